// Amounts as they stand in records: sums of text, and averages.
import type { Decimal } from 'decimal.js'
import { decimalText, exact, roundToDigits } from '../../schemas/decimal.ts'

/** Significant digits of an average price. Averages are for people and levels; sums stay exact. */
const averageDigits = 18

/** Sum of two amounts as text. */
export function plus(left: string, right: string | Decimal): string {
  return decimalText(exact(left).plus(right))
}

/** value / quantity as an average price, rounded half to even. The quantity is not 0. */
export function average(value: Decimal, quantity: Decimal): Decimal {
  return roundToDigits(value.dividedBy(quantity), averageDigits)
}
