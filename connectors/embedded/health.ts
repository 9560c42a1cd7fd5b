// The health of the embedded runtime: it has all partitions and all state from the moment it is open, so what is left to ask
// is whether it works.
import type { Health } from '../health.ts'
import { progressCheck } from '../health.ts'

/** A transaction is due with every clock tick; a slow disk is no reason for a restart. */
const stuckAfterMs = 15_000

export interface HealthOptions {
  readonly clockMs: number
  readonly nowMs: () => number
  /** Time of the last committed transaction; null before the first. */
  readonly committedAtMs: () => number | null
  /** Why it does not run, or null when it does. */
  readonly stopped: () => string | null
}

export function createHealth({ clockMs, nowMs, committedAtMs, stopped }: HealthOptions): Health {
  return {
    live() {
      const why = stopped()
      if (why !== null) return [{ name: 'runs', ok: false, detail: why }]
      const atMs = committedAtMs()
      const limitMs = Math.max(stuckAfterMs, 5 * clockMs)
      return atMs === null ? [] : [progressCheck('commits', nowMs() - atMs, limitMs)]
    },
    async ready() {
      const ok = stopped() === null && committedAtMs() !== null
      const detail = ok ? 'every partition and state is here' : 'nothing was committed yet'
      return [{ name: 'restored', ok, detail }]
    },
  }
}
