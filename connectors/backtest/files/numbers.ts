// Numbers straight from bytes: a string for each field would cost more than all else in reading a row.
// What these functions return is the double that Number() gives for the same text, or NaN: never a guess.

/** The widest integer in which every whole number is exact, as digits: 15 nines are below 2^53. */
const EXACT_DIGITS = 15
const MILLISECOND_DIGITS = 13
const ZERO = 48
const DOT = 46
const MINUS = 45

const powersOfTen = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, power) => 10 ** power)
const plainNumber = /^-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/

/**
 * The decimal number in bytes `from` to `to`; NaN when there is none. With at most 15 digits, digits and power of ten are both exact doubles, so
 * that one division rounds correctly (Clinger, How to read floating point numbers accurately, 1990); everything else takes the slow way.
 */
export function parseDecimal(bytes: Buffer, from: number, to: number): number {
  let at = from
  const negative = bytes[at] === MINUS
  if (negative) at += 1
  let digits = 0
  let value = 0
  let dotAt = -1
  for (; at < to; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit
      digits += 1
    } else if (bytes[at] === DOT && dotAt < 0) dotAt = at
    else return parseSlowly(bytes, from, to)
  }
  if (digits === 0 || digits > EXACT_DIGITS) return parseSlowly(bytes, from, to)
  if (dotAt >= 0) value /= powersOfTen[to - dotAt - 1] ?? NaN
  return negative ? -value : value
}

function parseSlowly(bytes: Buffer, from: number, to: number): number {
  const text = bytes.toString('latin1', from, to)
  const value = plainNumber.test(text) ? Number(text) : NaN
  return Number.isFinite(value) ? value : NaN
}

/** A whole number of at most 2^53 - 1, NaN for anything else. */
export function parseId(bytes: Buffer, from: number, to: number): number {
  if (to === from || to - from > 16) return NaN
  const value = parseDigits(bytes, from, to)
  return value <= Number.MAX_SAFE_INTEGER ? value : NaN
}

/**
 * Epoch milliseconds of a time in seconds (10 digits), milliseconds (13), microseconds (16) or nanoseconds (19), cut to the millisecond; NaN for
 * anything else. The number of digits settles the unit for every time from September 2001 to November 2286.
 */
export function parseTimeMs(bytes: Buffer, from: number, to: number): number {
  switch (to - from) {
    case 10:
      return parseDigits(bytes, from, to) * 1_000
    case 13:
      return parseDigits(bytes, from, to)
    case 16:
    case 19:
      // A letter in the part that is cut off must not pass.
      if (Number.isNaN(parseDigits(bytes, from + MILLISECOND_DIGITS, to))) return NaN
      return parseDigits(bytes, from, from + MILLISECOND_DIGITS)
    default:
      return NaN
  }
}

/** The part of that time below the millisecond, in nanoseconds: what keeps two ticks of one millisecond in order. */
export function parseSubMillisecondNs(bytes: Buffer, from: number, to: number): number {
  const length = to - from - MILLISECOND_DIGITS
  if (length <= 0) return 0
  return parseDigits(bytes, from + MILLISECOND_DIGITS, to) * (length === 3 ? 1_000 : 1)
}

function parseDigits(bytes: Buffer, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO
    if (digit < 0 || digit > 9) return NaN
    value = value * 10 + digit
  }
  return value
}
