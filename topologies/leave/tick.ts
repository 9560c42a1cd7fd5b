// Prices on the venue's grid. A rounded level of ours never gets looser than it was meant.
import type { Decimal } from 'decimal.js'
import { exact, roundDownToStep, roundUpToStep } from '../../schemas/decimal.ts'

/** Significant digits of a level that was calculated, before it is put on the grid. */
export const levelDigits = 12

/**
 * Rounds a price to a multiple of `tickSize` in the direction of profit: up for a long (sign 1), down for a short (-1).
 * A stop gets tighter by it and a target farther, never the other way. Without a tick size it rounds nothing.
 */
export function roundToProfit(price: Decimal, sign: number, tickSize: string | null): Decimal {
  if (tickSize === null) return price
  return sign > 0 ? roundUpToStep(price, exact(tickSize)) : roundDownToStep(price, exact(tickSize))
}
