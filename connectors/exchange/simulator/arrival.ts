// What happens when a command reaches the book: an order is accepted or rejected, a cancel finds its order or does not.
import type { OrderCommand } from '../../../schemas/types.gen.ts'
import { addressRefusal, admissionRefusal } from './admission.ts'
import { guardLedger } from './liquidation.ts'
import { acceptOrder } from './matching.ts'
import { orderFromCommand, retireOrder } from './orders.ts'
import type { Refusal } from './refusals.ts'
import { refuse } from './refusals.ts'
import { reportOrder } from './reports.ts'
import type { OrderRecord, QueuedCommand } from './state.ts'
import type { World } from './world.ts'
import { bookOf, ledgerOf } from './world.ts'

/** Carries out a command whose latency is over. Every outcome is a report. */
export function commandArrives(world: World, queued: QueuedCommand): void {
  const { command } = queued
  const order = orderFromCommand(command, queued.sent_at_ms)
  if (command.type === 'CANCEL') cancelArrives(world, order, command)
  else orderArrives(world, order, command)
}

/** Accepts or rejects an order at the book. Also the way of a person's own trade, which has no command. */
export function orderArrives(
  world: World,
  order: OrderRecord,
  to: Pick<OrderCommand, 'venue' | 'environment' | 'leverage'>,
): void {
  const refusal = admissionRefusal(world, order, to)
  if (refusal !== null) {
    reportOrder(world, order, 'REJECTED', { refusal })
    return
  }
  const ledger = ledgerOf(world, order.account)
  if (!order.reduce_only && to.leverage !== null)
    ledger.account.leverage[order.symbol] = to.leverage
  acceptOrder(world, ledger, bookOf(world, order.symbol), order)
  guardLedger(world, ledger)
}

/**
 * A cancel that works is reported on the order that it ends. One that does not is reported under its own client id,
 * never under the target's: the target may have been filled meanwhile and must not look rejected.
 */
function cancelArrives(world: World, cancel: OrderRecord, command: OrderCommand): void {
  const target = command.cancel_client_order_id
  const refusal = addressRefusal(world, cancel, command) ?? cancelTarget(world, cancel, target)
  if (refusal !== null) reportOrder(world, cancel, 'REJECTED', { refusal })
}

function cancelTarget(world: World, cancel: OrderRecord, target: string | null): Refusal | null {
  const ledger = ledgerOf(world, cancel.account)
  const order = ledger.account.orders.find(
    (open) => open.client_order_id === target && open.symbol === cancel.symbol,
  )
  if (order === undefined)
    return refuse('UNKNOWN_ORDER', `expected an open order, ${target ?? 'null'} is none`)
  reportOrder(world, order, 'CANCELLED')
  retireOrder(world, ledger, bookOf(world, order.symbol), order)
  return null
}
