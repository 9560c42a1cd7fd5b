// Moves the stop beyond entry plus round-trip cost once the position has earned enough: from then on it can't lose.
import type { Config } from '../../../schemas/config.ts'
import type { WatchedPosition } from '../../../schemas/types.gen.ts'
import { decimalText, exact } from '../../../schemas/decimal.ts'
import { roundToProfit } from '../tick.ts'
import type { LevelRule } from './rule.ts'

export const breakEven: LevelRule = {
  name: 'break-even',
  movesFrom(position, exits) {
    const costs = costDistance(position, exits)
    const isDone =
      position.stop_reason === 'BREAK_EVEN' || position.signed_stop >= position.signed_entry + costs
    if (position.risk <= 0 || isDone) return null
    // A stop at the price itself would close at once: where costs exceed break_even_r, the costs and half of them decide.
    return position.signed_entry + Math.max(exits.break_even_r * position.risk, costs * 1.5)
  },
  move(position, { signedPrice, instrument, exits }) {
    const from = breakEven.movesFrom(position, exits)
    if (from === null || signedPrice === null || signedPrice < from) return null
    const entry = exact(position.average_entry_price)
    const costs = entry.times(exits.round_trip_cost_bps).div(10_000).times(position.sign)
    const stop = roundToProfit(entry.plus(costs), position.sign, instrument?.tick_size ?? null)
    return { stopPrice: decimalText(stop), reason: 'BREAK_EVEN' }
  },
}

/** Round-trip cost per unit, in price. */
function costDistance(position: WatchedPosition, exits: Config['exits']): number {
  return (Math.abs(position.signed_entry) * exits.round_trip_cost_bps) / 10_000
}
