// What the first rows of a file say about its instrument: decimals and steps of price and quantity, level of price.
// It only looks: a bad number is passed over here and refused when the file is read. A step is inferred, never the venue's word.
import { readFileName, type MarketFileKind } from './file-name.ts'
import { openFirstRow, openHead } from './peek.ts'
import { decimalField, fieldText, isEmptyField, nextRow } from './rows.ts'

/** Numbers seen in the first rows. Steps are decimal strings, such as 0.1: the largest of which all numbers seen are multiples. */
export interface PriceSample {
  symbol: string
  rows: number
  firstPrice: number
  lowestPrice: number
  highestPrice: number
  /** Decimals in use; zeros at the end don't count. */
  priceDecimals: number
  priceStep: string
  quantityDecimals: number
  quantityStep: string
}

const prices: Readonly<Record<MarketFileKind, readonly number[]>> = {
  trades: [1],
  bookTicker: [1, 3],
  klines: [1, 2, 3, 4],
}
const quantities: Readonly<Record<MarketFileKind, readonly number[]>> = {
  trades: [2],
  bookTicker: [2, 4],
  klines: [5],
}

/**
 * Samples at most `limitRows` rows from the first 64 KB on disk of `given`, a path or SYMBOL:KIND:PATH. Throws MarketFileError
 * when the file can't be read or none of these rows holds a price.
 */
export function samplePrices(given: string, limitRows = 10_000): PriceSample {
  const name = readFileName(given)
  const rows = openHead(name.path)
  const columns = openFirstRow(rows, name)
  const price = makeTally()
  const quantity = makeTally()
  let count = 0
  do {
    count += 1
    if (rows.fields !== columns.names.length) continue
    for (const column of prices[name.kind]) {
      if (decimalField(rows, column) > 0) addNumber(price, fieldText(rows, column))
    }
    for (const column of quantities[name.kind]) {
      const held = !isEmptyField(rows, column) && decimalField(rows, column) > 0
      if (held) addNumber(quantity, fieldText(rows, column))
    }
  } while (count < limitRows && nextRow(rows))
  return {
    symbol: name.symbol,
    rows: count,
    firstPrice: price.first,
    lowestPrice: price.lowest,
    highestPrice: price.highest,
    priceDecimals: price.decimals,
    priceStep: stepOf(price),
    quantityDecimals: quantity.decimals,
    quantityStep: stepOf(quantity),
  }
}

interface Tally {
  first: number
  lowest: number
  highest: number
  decimals: number
  /** Greatest common divisor of all numbers, in units of the last decimal. */
  divisor: bigint
}

function makeTally(): Tally {
  return { first: 0, lowest: 0, highest: 0, decimals: 0, divisor: 0n }
}

function addNumber(tally: Tally, text: string): void {
  const [, whole = '', fraction = ''] = /^(\d+)(?:\.(\d*?)0*)?$/.exec(text) ?? []
  // Numbers with an exponent are left out of the steps: no exchange writes its prices so.
  if (whole === '') return
  const value = Number(text)
  if (tally.first === 0) tally.first = value
  tally.lowest = tally.lowest === 0 ? value : Math.min(tally.lowest, value)
  tally.highest = Math.max(tally.highest, value)
  if (fraction.length > tally.decimals) {
    tally.divisor *= 10n ** BigInt(fraction.length - tally.decimals)
    tally.decimals = fraction.length
  }
  tally.divisor = commonDivisor(tally.divisor, BigInt(whole + fraction.padEnd(tally.decimals, '0')))
}

function commonDivisor(left: bigint, right: bigint): bigint {
  while (right !== 0n) [left, right] = [right, left % right]
  return left
}

function stepOf({ divisor, decimals }: Tally): string {
  if (divisor === 0n) return '1'
  const digits = divisor.toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  return decimals === 0 ? whole : `${whole}.${digits.slice(digits.length - decimals)}`
}
