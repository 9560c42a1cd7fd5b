// Closes a position that outlived its horizon. It needs no price: it is what still works when prices are gone.
import { closeAll } from './rule.ts'
import type { ExitRule } from './rule.ts'

export const timeStop: ExitRule = {
  name: 'time-stop',
  hit: (position, { nowMs }) =>
    nowMs >= position.deadline_at_ms ? closeAll('TIME', 'NORMAL', null) : null,
}

/**
 * When the time stop fires: after `horizons` horizons of the signal (ms), at most `maxHoldMs` after the first fill.
 * Without a horizon the upper bound alone counts.
 */
export function deadlineOf(
  openedAtMs: number,
  horizonMs: number | null,
  horizons: number,
  maxHoldMs: number,
): number {
  const holdMs = horizonMs === null ? maxHoldMs : Math.min(maxHoldMs, horizonMs * horizons)
  return openedAtMs + Math.round(holdMs)
}
