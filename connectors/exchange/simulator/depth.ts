// What an order finds in the book. Venues send us the best quote only, so the rest is a stated model: each further
// level shows the same size, one spread (at least one tick) worse, and there are DEPTH_LEVELS of them.
import type { Decimal } from 'decimal.js'
import type { Side } from '../../../schemas/types.gen.ts'
import {
  exact,
  larger,
  roundDownToStep,
  roundUpToStep,
  smaller,
  zero,
} from '../../../schemas/decimal.ts'
import type { Book } from './world.ts'

/** Levels that one quote offers to market orders, the best one included. */
export const DEPTH_LEVELS = 10

export interface PlannedFill {
  readonly price: Decimal
  readonly quantity: Decimal
}

export interface Plan {
  readonly fills: readonly PlannedFill[]
  /** Quantity that the book cannot give. */
  readonly rest: Decimal
  /** Price of the last level looked at, for what lies beyond; null when that side is empty. */
  readonly worst: Decimal | null
}

export interface Take {
  readonly side: Side
  readonly quantity: Decimal
  /** No fill beyond this price; null takes any. */
  readonly limit: Decimal | null
}

/** The fills that a taker would get now. Changes nothing. Sizes are rounded down to the step, prices to the worse tick. */
export function planTake(book: Book, take: Take): Plan {
  const isBuy = take.side === 'BUY'
  const touch = touchPrice(book, take.side)
  if (touch === null) return { fills: [], rest: take.quantity, worst: null }
  const size = shownSize(book, take.side)
  const levels = size === null ? 1 : DEPTH_LEVELS
  const gap = isBuy ? levelGap(book) : levelGap(book).negated()
  let gone = (isBuy ? book.askTaken : book.bidTaken) ?? zero
  let rest = take.quantity
  let worst = touch
  const fills: PlannedFill[] = []
  for (let level = 0; level < levels && rest.gt(0); level++) {
    const price = touch.plus(gap.times(level))
    if (price.lte(0) || isBeyond(price, take)) break
    worst = price
    const here = size === null ? rest : larger(size.minus(gone), zero)
    if (size !== null) gone = larger(gone.minus(size), zero)
    const quantity = smaller(here, rest)
    if (quantity.isZero()) continue
    fills.push({ price, quantity })
    rest = rest.minus(quantity)
  }
  return { fills, rest, worst }
}

/** Quantity left at the best price for a resting order on `side`; null is unlimited. */
export function restingLiquidity(book: Book, side: Side): Decimal | null {
  const size = shownSize(book, side)
  if (size === null) return null
  const taken = (side === 'BUY' ? book.askTaken : book.bidTaken) ?? zero
  return larger(size.minus(taken), zero)
}

/** Remembers that an order on `side` took `quantity` out of the shown quote: no size is sold twice. */
export function consume(book: Book, side: Side, quantity: Decimal): void {
  if (side === 'BUY') book.askTaken = (book.askTaken ?? zero).plus(quantity)
  else book.bidTaken = (book.bidTaken ?? zero).plus(quantity)
}

/** Best price for a taker on `side`, on the tick; null when that side is empty. */
export function touchPrice(book: Book, side: Side): Decimal | null {
  const price = side === 'BUY' ? book.ask : book.bid
  if (!(price > 0)) return null
  return side === 'BUY'
    ? roundUpToStep(exact(price), book.tickSize)
    : larger(roundDownToStep(exact(price), book.tickSize), book.tickSize)
}

function shownSize(book: Book, side: Side): Decimal | null {
  const size = side === 'BUY' ? book.askSize : book.bidSize
  return size === Infinity ? null : roundDownToStep(exact(size), book.stepSize)
}

function levelGap(book: Book): Decimal {
  if (!(book.ask > book.bid)) return book.tickSize
  const spread = exact(book.ask).minus(exact(book.bid))
  return larger(roundUpToStep(spread, book.tickSize), book.tickSize)
}

function isBeyond(price: Decimal, take: Take): boolean {
  if (take.limit === null) return false
  return take.side === 'BUY' ? price.gt(take.limit) : price.lt(take.limit)
}
