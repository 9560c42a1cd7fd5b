// Reports that the gateway itself makes, because the venue has no event for them: no answer, a refusal in the answer, an
// entry that was too late to be sent, an order that is over without an event.
import type { OrderCommand, OrderReport, OrderState, VenueReason } from '../../schemas/types.gen.ts'

export interface Said {
  readonly state: OrderState
  readonly reason: VenueReason | null
  readonly code: number | null
  readonly detail: string
  readonly atMs: number
  /** What is known to be filled; default 0. */
  readonly filledQuantity?: string
}

export interface Sent {
  readonly command: OrderCommand
  readonly sends: number
  /** Null when it was never sent. */
  readonly sentAtMs: number | null
}

/** `venue_sequence` is 0: the gateway sets it to the last event of the account that is in the log. */
export function gatewayReport({ command, sends, sentAtMs }: Sent, said: Said): OrderReport {
  const { venue, account, client_order_id: clientOrderId } = command
  return {
    report_id: `${venue}:${account}:${clientOrderId}:gateway:${said.state}:${sends}`,
    account,
    symbol: command.symbol,
    venue,
    environment: command.environment,
    client_order_id: clientOrderId,
    venue_order_id: null,
    purpose: command.purpose,
    parent_id: command.parent_id,
    correlation_id: command.correlation_id,
    state: said.state,
    side: command.side,
    reduce_only: command.reduce_only,
    order_quantity: command.quantity,
    filled_quantity: said.filledQuantity ?? '0',
    venue_trade_id: null,
    fill_quantity: null,
    fill_price: null,
    fee_usd: null,
    liquidity: null,
    exit_kind: command.exit_kind,
    exit_rung: command.exit_rung,
    venue_code: said.code,
    reason: said.reason,
    detail: said.detail,
    sent_at_ms: sentAtMs,
    venue_at_ms: said.atMs,
    received_at_ms: said.atMs,
    venue_sequence: 0,
  }
}
