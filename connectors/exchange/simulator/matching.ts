// Fills: what an order takes from the book, how a fill is booked, and what ends unfilled.
// A reduce-only order is cut to the position at every fill, so it can never flip one; its excess expires.
import type { Decimal } from 'decimal.js'
import type { Liquidity } from '../../../schemas/types.gen.ts'
import { decimalText, exact, roundToBooked } from '../../../schemas/decimal.ts'
import { addText } from './amounts.ts'
import type { PlannedFill } from './depth.ts'
import { consume, planTake } from './depth.ts'
import { refreshExposures } from './exposure.ts'
import { bookFill } from './ledger.ts'
import { allowedOf, openOrder, remainingOf, restOrder, retireOrder } from './orders.ts'
import { refuse } from './refusals.ts'
import { reportOrder } from './reports.ts'
import type { OrderRecord } from './state.ts'
import { FILLS_KEPT } from './state.ts'
import type { Book, Ledger, World } from './world.ts'

/** Accepts an order: acknowledged, then matched or left to rest. It has passed admission. */
export function acceptOrder(world: World, ledger: Ledger, book: Book, order: OrderRecord): void {
  openOrder(world, ledger, order)
  reportOrder(world, order, 'ACKED')
  if (order.type === 'MARKET') takeAtMarket(world, ledger, book, order)
  else if (order.type === 'LIMIT') takeAtLimit(world, ledger, book, order)
  else restOrder(world, book, order)
}

/** Takes what the book gives at any price; the rest expires. */
export function takeAtMarket(world: World, ledger: Ledger, book: Book, order: OrderRecord): void {
  const quantity = allowedOf(ledger.account, order)
  const plan = planTake(book, { side: order.side, quantity, limit: null })
  for (const fill of plan.fills) take(world, ledger, book, order, fill)
  if (plan.rest.gt(0))
    endUnfilled(world, ledger, book, order, `the book gave all but ${decimalText(plan.rest)}`)
  else endAfterFills(world, ledger, book, order)
}

/** Ends an order without further fills for lack of liquidity. */
function endUnfilled(
  world: World,
  ledger: Ledger,
  book: Book,
  order: OrderRecord,
  detail: string,
): void {
  reportOrder(world, order, 'EXPIRED', { refusal: refuse('NO_LIQUIDITY', detail) })
  retireOrder(world, ledger, book, order)
}

/** Takes what crosses the limit; the rest waits in the book. */
function takeAtLimit(world: World, ledger: Ledger, book: Book, order: OrderRecord): void {
  const quantity = allowedOf(ledger.account, order)
  const plan = planTake(book, { side: order.side, quantity, limit: exact(order.price ?? '0') })
  for (const fill of plan.fills) take(world, ledger, book, order, fill)
  if (!endAfterFills(world, ledger, book, order)) restOrder(world, book, order)
}

function take(
  world: World,
  ledger: Ledger,
  book: Book,
  order: OrderRecord,
  fill: PlannedFill,
): void {
  const rate = exact(book.instrument.taker_fee_rate)
  consume(book, order.side, fill.quantity)
  applyFill(world, ledger, book, order, { fill, liquidity: 'TAKER', rate })
}

/** Ends the order when it is filled or has nothing left that it may reduce. False when it goes on. */
export function endAfterFills(
  world: World,
  ledger: Ledger,
  book: Book,
  order: OrderRecord,
): boolean {
  const remaining = remainingOf(order)
  if (remaining.gt(0)) {
    if (allowedOf(ledger.account, order).gt(0)) return false
    const detail = `expected a position to reduce by ${decimalText(remaining)} more, was none`
    reportOrder(world, order, 'EXPIRED', { refusal: refuse('REDUCE_ONLY', detail) })
  }
  retireOrder(world, ledger, book, order)
  return true
}

export interface Execution {
  readonly fill: PlannedFill
  readonly liquidity: Liquidity
  /** Fee as a fraction of notional. */
  readonly rate: Decimal
}

/** Books and reports one fill. */
export function applyFill(
  world: World,
  ledger: Ledger,
  book: Book,
  order: OrderRecord,
  execution: Execution,
): void {
  const { price, quantity } = execution.fill
  const notional = price.times(quantity)
  const feeUsd = roundToBooked(notional.times(execution.rate))
  const { trades } = world.counters
  const tradeId = (trades[book.symbol] ?? 0) + 1
  trades[book.symbol] = tradeId
  bookFill(ledger.account, {
    symbol: book.symbol,
    signedQuantity: order.side === 'BUY' ? quantity : quantity.negated(),
    price,
    feeUsd,
  })
  refreshExposures(world, ledger)
  order.filled_quantity = addText(order.filled_quantity, quantity)
  order.filled_notional_usd = addText(order.filled_notional_usd, notional)
  order.fees_usd = addText(order.fees_usd, feeUsd)
  const fill = {
    trade_id: String(tradeId),
    price: decimalText(price),
    quantity: decimalText(quantity),
    fee_usd: decimalText(feeUsd),
    liquidity: execution.liquidity,
    at_ms: world.clockMs,
  }
  order.fills.push(fill)
  if (order.fills.length > FILLS_KEPT) order.fills.shift()
  const isFilled = remainingOf(order).isZero()
  reportOrder(world, order, isFilled ? 'FILLED' : 'PARTIALLY_FILLED', { fill })
}
