// The orders that may still change a position: their plans, how far they got, and what a reader of the position sees of them.
import type {
  ExecutionStatus,
  KeeperOrder,
  OrderCommand,
  OrderReport,
  PositionKeeperChangelog,
} from '../../schemas/types.gen.ts'
import { decimalText, exact, larger, zero } from '../../schemas/decimal.ts'

type State = PositionKeeperChangelog

/** Remembers the plan of an order until it has ended with all its fills. Returns whether it did. */
export function addCommand(state: State, command: OrderCommand): boolean {
  const { purpose } = command
  if (purpose !== 'ENTRY' && purpose !== 'EXIT' && purpose !== 'PROTECT') return false
  state.orders.push({
    client_order_id: command.client_order_id,
    purpose,
    parent_id: command.parent_id,
    correlation_id: command.correlation_id,
    quantity: command.quantity,
    filled_quantity: '0',
    seen_quantity: '0',
    acked: false,
    ended_as: null,
    trigger_price: command.trigger_price,
    reference_price: command.reference_price,
    stop_price: command.stop_price,
    target_price: command.target_price,
    risk_usd: command.risk_usd,
    leverage: command.leverage,
    regime: command.regime,
    horizon_ms: command.horizon_ms,
    exit_kind: command.exit_kind,
    exit_rung: command.exit_rung,
  })
  return true
}

/** Notes how far an order got. A terminal state stays: reports may overtake each other. */
export function noteReport(order: KeeperOrder, report: OrderReport): void {
  order.filled_quantity = decimalText(
    larger(exact(order.filled_quantity), exact(report.filled_quantity)),
  )
  switch (report.state) {
    case 'ACKED':
    case 'PARTIALLY_FILLED':
    case 'TRIGGERED':
      order.acked = true
      return
    case 'FILLED':
    case 'REJECTED':
    case 'CANCELLED':
    case 'EXPIRED':
      order.ended_as ??= report.state
      return
    case 'UNKNOWN':
      return
  }
}

/**
 * Drops an order that has ended with all its fills. An exit of several orders ends with the last of them; then the
 * position says how. An order whose last report counts more than was seen keeps its plan until the fills come or a
 * correction has brought the book to the venue's.
 */
export function endOrder(state: State, order: KeeperOrder): void {
  if (!isComplete(order)) return
  if (order.purpose !== 'EXIT') {
    state.orders = state.orders.filter((one) => one !== order)
    return
  }
  const siblings = state.orders.filter(
    (one) => one.purpose === 'EXIT' && one.parent_id === order.parent_id,
  )
  if (!siblings.every(isComplete)) return
  state.orders = state.orders.filter((one) => !siblings.includes(one))
  const [position] = state.positions
  if (position === undefined) return
  position.last_exit_id = order.parent_id
  position.last_exit_status = statusOf(siblings)
}

/** Drops ended orders whose missing fills will not come any more. Returns whether there were any. */
export function dropEnded(state: State): boolean {
  const before = state.orders
  for (const order of before)
    if (order.ended_as !== null) order.filled_quantity = order.seen_quantity
  for (const order of before) if (state.orders.includes(order)) endOrder(state, order)
  return state.orders.length < before.length
}

/** Shows live exits and the resting stop on the open position. */
export function showOrders(state: State): void {
  const [position] = state.positions
  if (position === undefined) return
  const exit = state.orders.findLast((order) => order.purpose === 'EXIT')
  position.status = exit === undefined ? 'OPEN' : 'CLOSING'
  position.pending_exit_id = exit?.parent_id ?? null
  const stop = state.orders.findLast(
    (order) => order.purpose === 'PROTECT' && order.acked && order.ended_as === null,
  )
  position.protective_client_order_id = stop?.client_order_id ?? null
  position.protective_stop_price = stop?.trigger_price ?? null
  position.protective_quantity = stop?.quantity ?? null
}

const isComplete = (order: KeeperOrder): boolean =>
  order.ended_as !== null && exact(order.seen_quantity).gte(order.filled_quantity)

function statusOf(orders: readonly KeeperOrder[]): ExecutionStatus {
  const requested = orders.reduce((sum, order) => sum.plus(order.quantity), zero)
  const filled = orders.reduce((sum, order) => sum.plus(order.seen_quantity), zero)
  if (filled.gt(0)) return filled.gte(requested) ? 'FILLED' : 'PARTIALLY_FILLED'
  const ends = orders.map((order) => order.ended_as)
  if (ends.includes('REJECTED')) return 'REJECTED'
  if (ends.includes('EXPIRED')) return 'EXPIRED'
  return ends.includes('CANCELLED') ? 'CANCELLED' : 'UNKNOWN'
}
