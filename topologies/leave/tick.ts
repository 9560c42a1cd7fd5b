// Prices on the venue's grid. A rounded level of ours never gets looser than it was meant.
import { Decimal } from 'decimal.js'

/**
 * Rounds a price to a multiple of `tickSize` in the direction of profit: up for a long (sign 1), down for a short (-1).
 * A stop gets tighter by it and a target farther, never the other way. Without a tick size it rounds nothing.
 */
export function roundToProfit(price: Decimal, sign: number, tickSize: string | null): Decimal {
  if (tickSize === null) return price
  return price.toNearest(tickSize, sign > 0 ? Decimal.ROUND_CEIL : Decimal.ROUND_FLOOR)
}
