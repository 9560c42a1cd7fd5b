// Whether the venue accepts an order at all. Answers with a refusal or null and changes nothing.
import type { Environment } from '../../../schemas/types.gen.ts'
import { exact } from '../../../schemas/decimal.ts'
import type { Plan } from './depth.ts'
import { planTake, touchPrice } from './depth.ts'
import { filterRefusal } from './filters.ts'
import { entryRefusal } from './margin.ts'
import { closableQuantity, isConditional, remainingOf } from './orders.ts'
import type { Refusal } from './refusals.ts'
import { refuse } from './refusals.ts'
import type { OrderRecord } from './state.ts'
import { OPEN_ORDERS_MAX } from './state.ts'
import type { Book, World } from './world.ts'
import { bookOf, ledgerOf } from './world.ts'

/** Where an order wants to go, and the leverage it asks for. */
export interface Destination {
  readonly venue: string
  readonly environment: Environment
  readonly leverage: number | null
}

/** The refusal of an order that has reached the book, or null. */
export function admissionRefusal(
  world: World,
  order: OrderRecord,
  to: Destination,
): Refusal | null {
  return (
    addressRefusal(world, order, to) ??
    formRefusal(world, order) ??
    filterRefusal(bookOf(world, order.symbol).instrument, order, referenceIn(world, order)) ??
    effectRefusal(world, order, to.leverage)
  )
}

/** Account, venue, environment and symbol: a wrong one is never guessed right. */
export function addressRefusal(
  world: World,
  order: OrderRecord,
  to: Omit<Destination, 'leverage'>,
): Refusal | null {
  const { venue, environment } = world.config
  if (to.venue !== venue)
    return refuse('ENVIRONMENT', `expected an order for ${venue}, was for ${to.venue}`)
  if (to.environment !== environment)
    return refuse('ENVIRONMENT', `expected an order for ${environment}, was for ${to.environment}`)
  if (!world.ledgers.has(order.account))
    return refuse('UNKNOWN_ACCOUNT', `expected an open account, was '${order.account}'`)
  if (!world.books.has(order.symbol))
    return refuse('UNKNOWN_SYMBOL', `expected a listed symbol, was '${order.symbol}'`)
  return null
}

/**
 * Refusal of an order that would raise its position beyond bracket or margin. Used when an order arrives and when a
 * conditional order turns into a market order.
 */
export function marginRefusal(
  world: World,
  order: OrderRecord,
  leverage: number | null,
): Refusal | null {
  if (order.reduce_only) return null
  const book = bookOf(world, order.symbol)
  const quantity = remainingOf(order)
  const limit = order.type === 'LIMIT' && order.price !== null ? exact(order.price) : null
  const plan = planTake(book, { side: order.side, quantity, limit })
  const restPrice = limit ?? plan.worst ?? exact(book.reference)
  return entryRefusal(world, ledgerOf(world, order.account).account, book, {
    side: order.side,
    quantity,
    plan,
    restPrice,
    leverage,
  })
}

function referenceIn(world: World, order: OrderRecord): number {
  return bookOf(world, order.symbol).reference
}

function formRefusal(world: World, order: OrderRecord): Refusal | null {
  const { account } = ledgerOf(world, order.account)
  const book = bookOf(world, order.symbol)
  if (order.type === 'CANCEL' || order.type === 'UNKNOWN')
    return refuse('BAD_TYPE', `expected an order type, was ${order.type}`)
  if (order.side === 'UNKNOWN') return refuse('BAD_SIDE', 'expected BUY or SELL, was UNKNOWN')
  if (!/^[.A-Z:/a-z0-9_-]{1,36}$/.test(order.client_order_id))
    return refuse(
      'BAD_CLIENT_ID',
      `expected a client id of 1 to 36 letters and digits, was '${order.client_order_id}'`,
    )
  if (account.orders.some((open) => open.client_order_id === order.client_order_id))
    return refuse('DUPLICATE_ID', `expected a new client id, ${order.client_order_id} is open`)
  if (account.orders.filter((open) => open.symbol === order.symbol).length >= OPEN_ORDERS_MAX)
    return refuse('TOO_MANY_ORDERS', `expected at most ${OPEN_ORDERS_MAX} open orders`)
  if (book.instrument.status !== 'TRADING')
    return refuse(
      'SYMBOL_HALTED',
      `expected ${order.symbol} to trade, was ${book.instrument.status}`,
    )
  if (!(book.reference > 0))
    return refuse('NO_LIQUIDITY', `expected a price of ${order.symbol}, none was seen yet`)
  return null
}

function effectRefusal(world: World, order: OrderRecord, leverage: number | null): Refusal | null {
  const { account } = ledgerOf(world, order.account)
  const book = bookOf(world, order.symbol)
  if (order.reduce_only && closableQuantity(account, order.symbol, order.side).isZero())
    return refuse(
      'REDUCE_ONLY',
      `expected a position to reduce, was ${account.positions[order.symbol]?.quantity ?? '0'}`,
    )
  if (isConditional(order.type))
    return triggerRefusal(book, order) ?? leverageRefusal(world, order, leverage)
  if (order.type === 'MARKET' && touchPrice(book, order.side) === null)
    return refuse('NO_LIQUIDITY', `expected a price to ${order.side} at, that side is empty`)
  return marginRefusal(world, order, leverage)
}

function triggerRefusal(book: Book, order: OrderRecord): Refusal | null {
  if (!isTriggered(book, order)) return null
  return refuse(
    'WOULD_TRIGGER',
    `expected a trigger that ${book.reference} has not passed, was ${order.trigger_price ?? 'null'}`,
  )
}

/** A conditional entry needs no margin before it triggers, but its leverage has to be a possible one. */
function leverageRefusal(
  world: World,
  order: OrderRecord,
  leverage: number | null,
): Refusal | null {
  const { account } = ledgerOf(world, order.account)
  if (order.reduce_only || leverage === null) return null
  const book = bookOf(world, order.symbol)
  const quantity = remainingOf(order)
  const nothing: Plan = { fills: [], rest: quantity, worst: null }
  const refusal = entryRefusal(world, account, book, {
    side: order.side,
    quantity,
    plan: nothing,
    restPrice: exact(order.trigger_price ?? '0'),
    leverage,
  })
  return refusal?.reason === 'LEVERAGE' ? refusal : null
}

/** A stop to buy and a target to sell trigger as the price rises, the others as it falls. */
export function isTriggered(book: Book, order: OrderRecord): boolean {
  const trigger = Number(order.trigger_price)
  return (order.side === 'BUY') === (order.type === 'STOP_MARKET')
    ? book.reference >= trigger
    : book.reference <= trigger
}
