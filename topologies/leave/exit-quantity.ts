// How much an exit closes: decimals, stepped down, never more than is open.
import type { InstrumentState, WatchedPosition } from '../../schemas/types.gen.ts'
import { decimalText, exact, roundDownToStep } from '../../schemas/decimal.ts'
import type { Hit } from './rules/rule.ts'

/**
 * Quantity in base units as decimal text, above 0 and at most the open quantity; null when there is nothing to close or
 * when it is too small for the venue. Closing everything is never rounded and never too small.
 */
export function quantityOf(
  position: WatchedPosition,
  hit: Hit,
  instrument: InstrumentState | undefined,
): string | null {
  if (hit.closesAll) return position.quantity
  const open = exact(position.quantity)
  const excess = open.minus(hit.keepQuantity)
  if (instrument === undefined) {
    // The venue has taken the open quantity, so it takes a part with as many decimals.
    const part = roundDownToStep(excess, exact(10).pow(-open.decimalPlaces()))
    return part.gt(0) ? decimalText(part) : null
  }
  const quantity = roundDownToStep(excess, exact(instrument.step_size))
  return quantity.gt(0) && quantity.gte(instrument.min_quantity) ? decimalText(quantity) : null
}
