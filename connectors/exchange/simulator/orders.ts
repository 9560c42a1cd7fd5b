// Orders as the venue keeps them: how one is made from a command, where open and ended ones lie.
import type { Decimal } from 'decimal.js'
import type { OrderCommand, OrderType, Side } from '../../../schemas/types.gen.ts'
import { exact, smaller, zero } from '../../../schemas/decimal.ts'
import { watchBook } from './exposure.ts'
import { positionOf } from './ledger.ts'
import type { AccountState, OrderRecord } from './state.ts'
import { CLOSED_ORDERS_KEPT } from './state.ts'
import type { Book, Ledger, World } from './world.ts'

/** An order that a client asked for. Lineage is copied; what a protective stop closes is a BACKSTOP exit. */
export function orderFromCommand(command: OrderCommand, sentAtMs: number): OrderRecord {
  const isBackstop = command.purpose === 'PROTECT'
  return {
    ...blankOrder(command.account, command.symbol, command.client_order_id),
    purpose: command.purpose,
    parent_id: command.parent_id,
    correlation_id: command.correlation_id,
    exit_kind: isBackstop ? 'BACKSTOP' : command.exit_kind,
    exit_rung: isBackstop ? (command.exit_rung ?? 0) : command.exit_rung,
    type: command.type,
    side: command.side,
    reduce_only: command.reduce_only,
    quantity: command.quantity,
    price: command.price,
    trigger_price: command.trigger_price,
    sent_at_ms: sentAtMs,
    updated_at_ms: sentAtMs,
  }
}

export interface ForeignOrder {
  readonly account: string
  readonly symbol: string
  readonly clientOrderId: string
  readonly side: Side
  readonly quantity: string
  readonly reduceOnly: boolean
  readonly exitKind: 'LIQUIDATION' | 'EXTERNAL'
}

/** A market order that no command asked for: a liquidation, or a person's own trade. */
export function foreignOrder(world: World, order: ForeignOrder): OrderRecord {
  return {
    ...blankOrder(order.account, order.symbol, order.clientOrderId),
    side: order.side,
    quantity: order.quantity,
    reduce_only: order.reduceOnly,
    exit_kind: order.exitKind,
    exit_rung: 0,
    updated_at_ms: world.clockMs,
  }
}

function blankOrder(account: string, symbol: string, clientOrderId: string): OrderRecord {
  return {
    account,
    symbol,
    client_order_id: clientOrderId,
    venue_order_id: '',
    purpose: 'EXTERNAL',
    parent_id: '',
    correlation_id: '',
    exit_kind: null,
    exit_rung: null,
    type: 'MARKET',
    side: 'BUY',
    reduce_only: false,
    quantity: '0',
    filled_quantity: '0',
    filled_notional_usd: '0',
    fees_usd: '0',
    price: null,
    trigger_price: null,
    state: 'ACKED',
    venue_code: null,
    reason: null,
    detail: null,
    sent_at_ms: null,
    updated_at_ms: 0,
    fills: [],
  }
}

/** Whether the order waits for a trigger. */
export function isConditional(type: OrderType): boolean {
  return type === 'STOP_MARKET' || type === 'TAKE_PROFIT_MARKET'
}

/** Quantity still open. */
export function remainingOf(order: OrderRecord): Decimal {
  return exact(order.quantity).minus(order.filled_quantity)
}

/** Quantity that the order may fill now: a reduce-only order never more than the position on the other side. */
export function allowedOf(account: AccountState, order: OrderRecord): Decimal {
  const remaining = remainingOf(order)
  if (!order.reduce_only) return remaining
  return smaller(remaining, closableQuantity(account, order.symbol, order.side))
}

/** Size of the position that an order on `side` would close, 0 when it would open. */
export function closableQuantity(account: AccountState, symbol: string, side: Side): Decimal {
  const position = positionOf(account, symbol)
  if (position.isZero() || position.isPositive() === (side === 'BUY')) return zero
  return position.abs()
}

/** Puts an accepted order among the open ones and gives it the venue's id. */
export function openOrder(world: World, ledger: Ledger, order: OrderRecord): void {
  order.venue_order_id = String(world.counters.next_order++)
  ledger.account.orders.push(order)
}

/** Lets an open order wait in its book. */
export function restOrder(world: World, book: Book, order: OrderRecord): void {
  book.resting.push(order)
  watchBook(world, book)
}

/** Moves an order that has ended from the open ones to those that look-ups still find. */
export function retireOrder(world: World, ledger: Ledger, book: Book, order: OrderRecord): void {
  const { account } = ledger
  account.orders = account.orders.filter((one) => one !== order)
  account.closed_orders.push(order)
  if (account.closed_orders.length > CLOSED_ORDERS_KEPT) account.closed_orders.shift()
  if (!book.resting.includes(order)) return
  book.resting = book.resting.filter((one) => one !== order)
  watchBook(world, book)
}

/** The order with that client id: the open one, else the one that ended last, else null. */
export function findOrderIn(account: AccountState, clientOrderId: string): OrderRecord | null {
  const isIt = (order: OrderRecord): boolean => order.client_order_id === clientOrderId
  return account.orders.find(isIt) ?? account.closed_orders.findLast(isIt) ?? null
}
