// An order in its two shapes: the command that goes to the venue, and what the gates keep of it until it has ended.
import type { GateOrder, OrderCommand } from '../../schemas/types.gen.ts'

/** What an order may say and most do not. */
const unsaid = {
  price: null,
  trigger_price: null,
  leverage: null,
  cancel_client_order_id: null,
  reference_price: null,
  stop_price: null,
  target_price: null,
  risk_usd: null,
  regime: null,
  horizon_ms: null,
  exit_kind: null,
  exit_rung: null,
  expires_at_ms: null,
} as const

/** Given by the gates to each command. */
type Identity = Pick<OrderCommand, 'command_id' | 'client_order_id' | 'account' | 'commanded_at_ms'>

/** An order as its maker words it. What is not said is null. */
export type Order = Omit<OrderCommand, keyof Identity | keyof typeof unsaid> &
  Partial<Pick<OrderCommand, keyof typeof unsaid>>

/** The whole command. */
export function commandOf(order: Order, identity: Identity): OrderCommand {
  return { ...unsaid, ...order, ...identity }
}

/** What the gates keep beside the command: the fee rate of an entry, the urgency of an exit. */
export type Beside = Partial<Pick<GateOrder, 'fee_rate' | 'urgency'>>

/** The order in the gates' book: sent, and nothing heard of it. */
export function keptOrder(command: OrderCommand, beside: Beside): GateOrder {
  return {
    client_order_id: command.client_order_id,
    symbol: command.symbol,
    purpose: command.purpose,
    phase: 'SENT',
    side: command.side,
    quantity: command.quantity,
    filled_quantity: '0',
    seen_quantity: '0',
    parent_id: command.parent_id,
    correlation_id: command.correlation_id,
    reference_price: command.reference_price,
    stop_price: command.stop_price,
    leverage: command.leverage,
    fee_rate: null,
    urgency: null,
    heard_at_ms: command.commanded_at_ms,
    cancel_client_order_id: null,
    cancel_at_ms: null,
    ...beside,
  }
}
