// Positions in numbers. A tick costs a multiplication for each holder; decimals are asked only where the numbers come
// near the limit. The numbers are rebuilt from the books after every booking, so they never drift.
import { invariant } from '../../../topologies/kernel/invariant.ts'
import { fundingTime } from './funding-time.ts'
import type { Book, Exposure, Ledger, NumericBracket, World } from './world.ts'
import { bookOf } from './world.ts'

/** Brings numbers, holders and funding times of an account up to date with its books. */
export function refreshExposures(world: World, ledger: Ledger): void {
  const { account } = ledger
  for (const exposure of ledger.exposures) {
    const { book } = exposure
    book.holders = book.holders.filter((holder) => holder !== exposure)
  }
  ledger.wallet = Number(account.wallet_usd)
  let gross = Math.abs(ledger.wallet)
  const exposures: Exposure[] = []
  for (const [symbol, position] of Object.entries(account.positions)) {
    const book = bookOf(world, symbol)
    const quantity = Number(position.quantity)
    const cost = Number(position.cost_usd)
    const bracket = bracketIn(book, 0)
    const exposure: Exposure = { ledger, book, quantity, cost, bracket, contribution: 0 }
    gross += Math.abs(cost)
    revalue(exposure, book.reference)
    exposures.push(exposure)
    book.holders.push(exposure)
    book.holders.sort((left, right) => left.ledger.index - right.ledger.index)
  }
  for (const { book } of ledger.exposures.concat(exposures)) watchBook(world, book)
  ledger.exposures = exposures
  ledger.slack = 1e-6 + 1e-9 * gross
}

/** Values one position at the reference price. */
export function revalue(exposure: Exposure, reference: number): void {
  const value = exposure.quantity * reference
  const notional = Math.abs(value)
  let { bracket } = exposure
  if (notional < bracket.floor || notional >= bracket.cap) {
    bracket = bracketIn(exposure.book, notional)
    exposure.bracket = bracket
  }
  exposure.contribution = value - exposure.cost - (notional * bracket.rate - bracket.amount)
}

/** Margin balance minus maintenance margin in USD; at or below the slack, decimals decide. */
export function excessOf(ledger: Ledger): number {
  let excess = ledger.wallet
  for (const exposure of ledger.exposures) excess += exposure.contribution
  return excess
}

/** Recomputes whether and at which prices a book needs attention. */
export function watchBook(world: World, book: Book): void {
  let risesTo = Infinity
  let fallsTo = -Infinity
  let askAt = -Infinity
  let bidAt = Infinity
  for (const order of book.resting) {
    const isBuy = order.side === 'BUY'
    if (order.type === 'LIMIT') {
      const price = Number(order.price)
      if (isBuy) askAt = Math.max(askAt, price)
      else bidAt = Math.min(bidAt, price)
    } else {
      const trigger = Number(order.trigger_price)
      if (isBuy === (order.type === 'STOP_MARKET')) risesTo = Math.min(risesTo, trigger)
      else fallsTo = Math.max(fallsTo, trigger)
    }
  }
  book.risesTo = risesTo
  book.fallsTo = fallsTo
  book.askAt = askAt
  book.bidAt = bidAt
  book.watched = book.resting.length > 0 || book.holders.length > 0
  // A time that is set stays: at this very moment it may be due and not yet paid.
  if (book.holders.length === 0) book.fundingAtMs = Infinity
  else if (book.fundingAtMs === Infinity) book.fundingAtMs = fundingTime(book, world.clockMs)
}

function bracketIn(book: Book, notional: number): NumericBracket {
  const bracket = book.brackets.find((one) => notional < one.cap) ?? book.brackets.at(-1)
  invariant(bracket !== undefined, `${book.symbol}: expected leverage brackets, was none`)
  return bracket
}
