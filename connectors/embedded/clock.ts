// The runtime's time: the wall clock, kept from going back, also over restarts. A wall clock that was set back would
// otherwise stop every expiry and time stop until it caught up.

export interface RisingClock {
  readonly nowMs: () => number
}

/** A clock that starts at `atLeastMs` or later and rises as the wall clock does. */
export function risingClock(wallMs: () => number, atLeastMs: number): RisingClock {
  let aheadMs = Math.max(0, atLeastMs - wallMs())
  let lastMs = 0
  return {
    nowMs() {
      const wall = wallMs()
      if (wall + aheadMs < lastMs) aheadMs = lastMs - wall
      lastMs = wall + aheadMs
      return Math.floor(lastMs)
    },
  }
}
