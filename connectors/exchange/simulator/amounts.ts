// Amounts as the venue's doors take them: text that may be anything, and multiples of a step.
import type { Decimal } from 'decimal.js'
import { decimalText, exact } from '../../../schemas/decimal.ts'

/** Whether the value is a whole multiple of `step`. */
export function isOnStep(value: Decimal, step: Decimal): boolean {
  return value.modulo(step).isZero()
}

/** Sum of two decimal strings, as a decimal string. */
export function addText(left: string, right: Decimal): string {
  return decimalText(exact(left).plus(right))
}

/** The decimal that a text names in plain notation, or null: 'NaN', '1e9', '' and ' 1' are not amounts. */
export function parseAmount(value: string): Decimal | null {
  return /^-?\d{1,30}(\.\d{1,30})?$/.test(value) ? exact(value) : null
}
