// Whether open positions are without a usable price for too long. Age alone decides: what an earlier run called fresh says
// nothing now. A clock that stood still was no witness, so after a stop a price gets its time to come.
import type { Config } from '../../schemas/config.ts'
import type { ExitBrainChangelog, MarkState } from '../../schemas/types.gen.ts'

/** Notes on each clock tick whether the last price is still usable. True when the state changed: while it is not. */
export function notePrice(
  state: ExitBrainChangelog,
  mark: MarkState | undefined,
  config: Config,
  nowMs: number,
): boolean {
  const { stale_after_ms: staleAfterMs } = config.aggregator
  if (mark !== undefined && nowMs - mark.price_at_ms <= staleAfterMs) {
    if (state.unpriced_since_ms === null) return false
    state.unpriced_since_ms = null
    state.unpriced_clock_at_ms = null
    return true
  }
  const lastMs = state.unpriced_clock_at_ms ?? -Infinity
  if (nowMs - lastMs > Math.max(staleAfterMs, 3 * config.clock_ms)) state.unpriced_since_ms = nowMs
  state.unpriced_clock_at_ms = nowMs
  return true
}

/** Whether that lasts for longer than `exits.silent_after_ms`. Once raised, only a price or the end of the positions ends it. */
export function isSilent(
  state: ExitBrainChangelog,
  mark: MarkState | undefined,
  config: Config,
  nowMs: number,
): boolean {
  if (state.unpriced_since_ms === null) return false
  if (state.silent_since_ms !== null) return true
  const openedMs = Math.min(...state.positions.map((position) => position.opened_at_ms))
  const ageMs = nowMs - Math.max(mark?.price_at_ms ?? 0, openedMs)
  const seenMs = nowMs - state.unpriced_since_ms
  const { silent_after_ms: silentAfterMs } = config.exits
  return ageMs > silentAfterMs && seenMs > silentAfterMs - config.aggregator.stale_after_ms
}
