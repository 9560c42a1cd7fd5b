// Conditional orders: when the reference price passes a trigger, the order becomes a market order at once, inside the venue.
// Like Binance, a reduce-only stop whose position is gone stays until it is cancelled, or triggers and expires.
import { isTriggered, marginRefusal } from './admission.ts'
import { guardLedger } from './liquidation.ts'
import { takeAtMarket } from './matching.ts'
import { isConditional, retireOrder } from './orders.ts'
import { reportOrder } from './reports.ts'
import type { OrderRecord } from './state.ts'
import type { Book, World } from './world.ts'
import { ledgerOf } from './world.ts'

/** Fires every order whose trigger has been passed, oldest first. */
export function fireTriggers(world: World, book: Book): void {
  const passed = book.resting.filter(
    (order) => isConditional(order.type) && isTriggered(book, order),
  )
  for (const order of passed) fire(world, book, order)
  for (const order of passed) guardLedger(world, ledgerOf(world, order.account))
}

function fire(world: World, book: Book, order: OrderRecord): void {
  const ledger = ledgerOf(world, order.account)
  reportOrder(world, order, 'TRIGGERED')
  const refusal = marginRefusal(world, order, null)
  if (refusal === null) {
    takeAtMarket(world, ledger, book, order)
    return
  }
  reportOrder(world, order, 'EXPIRED', { refusal })
  retireOrder(world, ledger, book, order)
}
