// Arithmetic of a signed position: what one fill opens, closes and realises. Pure, exact, the same for long and short.
// It keeps the cost, not the average: over a round trip realised is exactly what was sold minus what was paid.
import type { Decimal } from 'decimal.js'
import type { Side } from '../../schemas/types.gen.ts'
import { roundToBooked, zero } from '../../schemas/decimal.ts'

/** Open quantity and its cost, both signed: above 0 long, below 0 short. */
export interface Book {
  readonly quantity: Decimal
  /** Sum of signed quantity x entry price of what is open. */
  readonly cost: Decimal
}

export interface Fill {
  readonly side: Side
  /** Above 0. */
  readonly quantity: Decimal
  readonly price: Decimal
}

/** What a fill does. A fill that crosses zero closes all that is open and opens the rest. */
export interface Booked {
  /** Quantity that closes, at least 0. */
  readonly closed: Decimal
  /** Quantity that opens, at least 0. */
  readonly opened: Decimal
  /** Realised by the closed part, before fees. */
  readonly realised: Decimal
  /** The book once the closed part is gone; flat when the fill crosses zero. */
  readonly afterClosing: Book
  readonly after: Book
}

export const flat: Book = { quantity: zero, cost: zero }

/** Above 0 for a buy. */
export function signed(side: Side, quantity: Decimal): Decimal {
  return side === 'BUY' ? quantity : quantity.negated()
}

/** Books a fill. */
export function book(before: Book, fill: Fill): Booked {
  const change = signed(fill.side, fill.quantity)
  const opposes = !before.quantity.isZero() && before.quantity.gt(0) !== change.gt(0)
  const closed = !opposes
    ? zero
    : fill.quantity.lte(before.quantity.abs())
      ? fill.quantity
      : before.quantity.abs()
  const opened = fill.quantity.minus(closed)
  const closedCost = costOfPart(before, closed)
  // A long sells what it closes, a short buys it back: the money that comes in minus what the part had cost.
  const realised = signed(fill.side, closed).times(fill.price).plus(closedCost).negated()
  const afterClosing = {
    quantity: before.quantity.plus(signed(fill.side, closed)),
    cost: before.cost.minus(closedCost),
  }
  const opening = signed(fill.side, opened)
  return {
    closed,
    opened,
    realised: closed.isZero() ? zero : realised,
    afterClosing,
    after: {
      quantity: afterClosing.quantity.plus(opening),
      cost: afterClosing.cost.plus(opening.times(fill.price)),
    },
  }
}

/** Signed cost of a part. Rounded for a part, exact for the whole, so that rounding never outlives the position. */
function costOfPart(before: Book, part: Decimal): Decimal {
  if (part.isZero()) return zero
  const size = before.quantity.abs()
  return part.equals(size) ? before.cost : roundToBooked(before.cost.times(part).dividedBy(size))
}

/** Quantity that an order on `side` would close, 0 when it would open. */
export function closable(quantity: Decimal, side: Side): Decimal {
  return quantity.isZero() || quantity.gt(0) === (side === 'BUY') ? zero : quantity.abs()
}
