// How far a start has come with its state, as one share: what was to be read when each part was first heard of, and what is
// left of it. A start that is over at once shows nothing.
import type { Metrics } from '../../connectors/metrics.ts'
import type { Progress } from '../progress.ts'

/** A shorter restore is nothing to wait for. */
const quietMs = 1_000

/** Gives what hears of each step. */
export function followRestoring(progress: Progress, nowMs: () => number): Metrics['restoring'] {
  const startedAtMs = nowMs()
  let isShown = false
  const parts = new Map<string, { total: number; left: number }>()
  return (subTopology, partition, topic, remaining) => {
    const name = `${subTopology}|${partition} ${topic}`
    const part = parts.get(name) ?? { total: 0, left: 0 }
    parts.set(name, part)
    part.total = Math.max(part.total, remaining)
    part.left = remaining
    const sum = (of: 'total' | 'left'): number =>
      [...parts.values()].reduce((sum, part) => sum + part[of], 0)
    const left = sum('left')
    if (left > 0 && nowMs() - startedAtMs >= quietMs) isShown = true
    if (isShown) progress.update(1 - left / sum('total'), `${left} records left`)
  }
}
