// A runtime's time: the wall clock, kept from going back, also over restarts. A wall clock that was set back would
// otherwise stop every expiry and time stop until it caught up.

export interface RisingClock {
  readonly nowMs: () => number
  /** From now on the time is at least this: what the log knows of the time before a restart. */
  raise(atLeastMs: number): void
}

/** A clock that rises as the wall clock does. */
export function risingClock(wallMs: () => number): RisingClock {
  let aheadMs = 0
  let lastMs = 0
  const nowMs = (): number => {
    const wall = wallMs()
    if (wall + aheadMs < lastMs) aheadMs = lastMs - wall
    lastMs = wall + aheadMs
    return Math.floor(lastMs)
  }
  return {
    nowMs,
    raise(atLeastMs) {
      if (nowMs() < atLeastMs) aheadMs += atLeastMs - lastMs
      lastMs = Math.max(lastMs, atLeastMs)
    },
  }
}
