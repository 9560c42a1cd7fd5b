// Lets the stop follow the best price at a distance of trail_r x R, in steps of at least trail_step_r x R.
import { decimalText, exact, roundToDigits } from '../../../schemas/decimal.ts'
import { levelDigits, roundToProfit } from '../tick.ts'
import type { LevelRule } from './rule.ts'

export const trailing: LevelRule = {
  name: 'trailing',
  movesFrom(position, exits) {
    if (position.risk <= 0) return null
    const start = position.signed_entry + exits.trail_start_r * position.risk
    const next = position.signed_stop + (exits.trail_r + exits.trail_step_r) * position.risk
    return Math.max(start, next)
  },
  move(position, { signedPrice, instrument, exits }) {
    const from = trailing.movesFrom(position, exits)
    if (from === null || signedPrice === null || signedPrice < from) return null
    const best = Math.max(position.signed_best, signedPrice)
    const stop = roundToDigits(
      exact(best).minus(exact(exits.trail_r).times(position.risk)).times(position.sign),
      levelDigits,
    )
    const rounded = roundToProfit(stop, position.sign, instrument?.tick_size ?? null)
    return { stopPrice: decimalText(rounded), reason: 'TRAILING' }
  },
}
