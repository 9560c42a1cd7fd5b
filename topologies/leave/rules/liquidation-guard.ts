// Closes while there is still margin to close with: at the mark price where only a share of the way from entry to
// liquidation is left. It must never wait for another rule.
import { bracketOf } from '../../../schemas/bracket.ts'
import type { InstrumentState } from '../../../schemas/types.gen.ts'
import { decimalText, exact, roundToDigits } from '../../../schemas/decimal.ts'
import { levelDigits } from '../tick.ts'
import { closeAll } from './rule.ts'
import type { ExitRule } from './rule.ts'

export const liquidationGuard: ExitRule = {
  name: 'liquidation-guard',
  hit: (position, { signedMark }) =>
    position.signed_guard !== null && signedMark !== null && signedMark <= position.signed_guard
      ? closeAll('LIQUIDATION_GUARD', 'EMERGENCY', position.guard_price)
      : null,
}

export interface MarginedPosition {
  /** 1 long, -1 short. */
  readonly sign: number
  /** Open quantity in base units, above 0. */
  readonly quantity: string
  readonly entryPrice: string
  readonly leverage: number
}

export interface Guard {
  /** Price at which the position's own margin is used up. */
  readonly liquidationPrice: string
  /** Mark price at which to close. */
  readonly guardPrice: string
}

/**
 * Liquidation price of a position on its own (isolated) margin, in price units, and the price of the guard before it.
 * Margin E q / L plus PnL s q (P - E) equals the maintenance margin m q P - A at the liquidation price, so
 * P = (E (1 - s / L) - s A / q) / (1 - s m), with entry E, quantity q, leverage L, sign s, and the bracket's
 * maintenance rate m and amount A: Binance's formula for USDT-margined contracts, one position, isolated margin.
 * On cross margin the true price lies farther away: the guard is early, never late.
 * Null when there is no such price, as for a long without leverage.
 */
export function guardOf(
  position: MarginedPosition,
  instrument: InstrumentState,
  guardFraction: number,
): Guard | null {
  const { sign, leverage } = position
  const entry = exact(position.entryPrice)
  const quantity = exact(position.quantity)
  const bracket = bracketOf(instrument, entry.times(quantity))
  if (bracket === null) return null
  const liquidation = roundToDigits(
    entry
      .times(exact(1).minus(exact(sign).div(leverage)))
      .minus(exact(bracket.maintenance_amount_usd).div(quantity).times(sign))
      .div(exact(1).minus(exact(bracket.maintenance_rate).times(sign))),
    levelDigits,
  )
  if (!liquidation.gt(0)) return null
  const distance = entry.minus(liquidation).abs()
  const guard = liquidation.plus(distance.times(guardFraction).times(sign))
  return {
    liquidationPrice: decimalText(liquidation),
    guardPrice: decimalText(roundToDigits(guard, levelDigits)),
  }
}
