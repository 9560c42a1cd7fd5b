// Exact decimals for money, prices and quantities: sixty digits, so that no sum or product is ever rounded unseen.
// Every rounding in the system names its direction.
import { Decimal } from 'decimal.js'

const Exact = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_EVEN })

/** Decimals of a booked amount of money; what venues book. */
const bookedDecimals = 8

/** The value as an exact decimal. Throws on text that is not a number. */
export function exact(value: string | number | Decimal): Decimal {
  return new Exact(value)
}

export const zero = exact(0)

/** Plain text without exponent; zero has no sign. */
export function decimalText(value: Decimal): string {
  return value.isZero() ? '0' : value.toFixed()
}

// Not Decimal.min and Decimal.max: their results would go on calculating with the default of twenty digits.
/** The smaller of two. */
export function smaller(left: Decimal, right: Decimal): Decimal {
  return left.lt(right) ? left : right
}

/** The larger of two. */
export function larger(left: Decimal, right: Decimal): Decimal {
  return left.gt(right) ? left : right
}

/** The largest multiple of `step` that is not above the value. `step` is above 0. */
export function roundDownToStep(value: Decimal, step: Decimal): Decimal {
  const towardsZero = value.dividedToIntegerBy(step).times(step)
  return towardsZero.gt(value) ? towardsZero.minus(step) : towardsZero
}

/** The smallest multiple of `step` that is not below the value. `step` is above 0. */
export function roundUpToStep(value: Decimal, step: Decimal): Decimal {
  const down = roundDownToStep(value, step)
  return down.equals(value) ? down : down.plus(step)
}

/** To the nearest booked amount, half to even, so that gains and losses round alike. */
export function roundToBooked(value: Decimal): Decimal {
  return value.toDecimalPlaces(bookedDecimals, Decimal.ROUND_HALF_EVEN)
}

/** Up to the next booked amount: for what is demanded of an account. The value is at least 0. */
export function roundUpToBooked(value: Decimal): Decimal {
  return value.toDecimalPlaces(bookedDecimals, Decimal.ROUND_UP)
}

/** To the nearest with so many significant digits, half to even: for averages and levels, never for what is booked. */
export function roundToDigits(value: Decimal, digits: number): Decimal {
  return value.toSignificantDigits(digits, Decimal.ROUND_HALF_EVEN)
}
