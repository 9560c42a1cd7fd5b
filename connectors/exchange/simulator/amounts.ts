// Exact decimal arithmetic for the simulator's books. Sixty digits: no sum or product of money is ever rounded
// unseen. The only roundings are the two named here.
import { Decimal } from 'decimal.js'

const Exact = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_EVEN })

/** Decimals of a booked amount: fees, funding and the cost of a partly closed position. Binance books eight. */
export const BOOKED_DECIMALS = 8

/** The value as an exact decimal. Throws on text that is not a number. */
export function exact(value: string | number | Decimal): Decimal {
  return new Exact(value)
}

export const ZERO = exact(0)

// Not Decimal.min and Decimal.max: their results would go on calculating with the default of twenty digits.
export function smaller(left: Decimal, right: Decimal): Decimal {
  return left.lt(right) ? left : right
}

export function larger(left: Decimal, right: Decimal): Decimal {
  return left.gt(right) ? left : right
}

/** Plain text without exponent; zero has no sign. */
export function text(value: Decimal): string {
  return value.isZero() ? '0' : value.toFixed()
}

/** Rounds to the nearest booked amount, half to even, so that long and short round alike. */
export function roundToBooked(value: Decimal): Decimal {
  return value.toDecimalPlaces(BOOKED_DECIMALS, Decimal.ROUND_HALF_EVEN)
}

/** Rounds down to a multiple of `step`, which is above 0. */
export function roundDownToStep(value: Decimal, step: Decimal): Decimal {
  return value.dividedToIntegerBy(step).times(step)
}

/** Rounds up to a multiple of `step`, which is above 0. The value is at least 0. */
export function roundUpToStep(value: Decimal, step: Decimal): Decimal {
  const down = roundDownToStep(value, step)
  return down.equals(value) ? down : down.plus(step)
}

/** Whether the value is a whole multiple of `step`. */
export function isOnStep(value: Decimal, step: Decimal): boolean {
  return value.modulo(step).isZero()
}

/** Sum of two decimal strings, as a decimal string. */
export function addText(left: string, right: Decimal): string {
  return text(exact(left).plus(right))
}

/** The decimal that a text names in plain notation, or null: 'NaN', '1e9', '' and ' 1' are not amounts. */
export function parseAmount(value: string): Decimal | null {
  return /^-?\d{1,30}(\.\d{1,30})?$/.test(value) ? exact(value) : null
}
