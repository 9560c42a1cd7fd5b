// Time limits, and trying again within them: the only waiting of the client.
import { setTimeout as sleep } from 'node:timers/promises'

export interface Deadline {
  /** At least 1, so that it can serve as a time limit; see `isOver`. */
  readonly remainingMs: () => number
  readonly isOver: () => boolean
  /** False when the time is up. Waits between 1 ms and `longestMs`, longer each time. */
  readonly wait: (longestMs?: number) => Promise<boolean>
}

/** Time runs from the call, on a clock that nobody sets. */
export function deadlineIn(ms: number): Deadline {
  const end = performance.now() + ms
  let nextMs = 1
  const isOver = (): boolean => performance.now() >= end
  const remainingMs = (): number => Math.max(1, end - performance.now())
  return {
    remainingMs,
    isOver,
    async wait(longestMs = 5) {
      if (isOver()) return false
      await sleep(Math.min(nextMs, longestMs, remainingMs()))
      nextMs *= 1.5
      return !isOver()
    },
  }
}

/** Resolves when `work` settles or the time is up, whatever comes first. Never rejects. */
export async function withinDeadline(work: Promise<unknown>, deadline: Deadline): Promise<void> {
  const timer = new AbortController()
  const settled = work.then(
    () => {},
    () => {},
  )
  const timeUp = sleep(deadline.remainingMs(), undefined, { signal: timer.signal }).catch(() => {})
  await Promise.race([settled, timeUp])
  timer.abort()
}
