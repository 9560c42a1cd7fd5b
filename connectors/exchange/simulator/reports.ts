// Records for the log. Each event of an account takes the next sequence number of that account, at the moment it happens;
// the client has it one report latency later.
import type { OrderState } from '../../../schemas/types.gen.ts'
import type { Refusal } from './refusals.ts'
import type { OrderFill, OrderRecord, VenueEvent } from './state.ts'
import type { World } from './world.ts'

/** Reports a change of an order, with the fill or the refusal behind it. */
export function reportOrder(
  world: World,
  order: OrderRecord,
  state: OrderState,
  because: { readonly fill?: OrderFill; readonly refusal?: Refusal } = {},
): void {
  const { fill, refusal } = because
  order.state = state
  order.updated_at_ms = world.clockMs
  if (refusal !== undefined) {
    order.venue_code = refusal.code
    order.reason = refusal.reason
    order.detail = refusal.detail
  }
  const { venue, environment } = world.config
  const receivedAtMs = arrivalMs(world)
  const reportId = `${venue}:${order.account}:${order.client_order_id}:${world.counters.next_event++}`
  emit(world, {
    topic: 'order.report',
    at_ms: receivedAtMs,
    record: {
      report_id: reportId,
      account: order.account,
      symbol: order.symbol,
      venue,
      environment,
      client_order_id: order.client_order_id,
      venue_order_id: order.venue_order_id === '' ? null : order.venue_order_id,
      purpose: order.purpose,
      parent_id: order.parent_id,
      correlation_id: order.correlation_id,
      state,
      side: order.side,
      reduce_only: order.reduce_only,
      order_quantity: order.quantity,
      filled_quantity: order.filled_quantity,
      venue_trade_id: fill?.trade_id ?? null,
      fill_quantity: fill?.quantity ?? null,
      fill_price: fill?.price ?? null,
      fee_usd: fill?.fee_usd ?? null,
      liquidity: fill?.liquidity ?? null,
      exit_kind: order.exit_kind,
      exit_rung: order.exit_rung,
      venue_code: refusal?.code ?? null,
      reason: refusal?.reason ?? null,
      detail: refusal?.detail ?? null,
      sent_at_ms: order.sent_at_ms,
      venue_at_ms: world.clockMs,
      received_at_ms: receivedAtMs,
      venue_sequence: nextSequence(world, order.account),
    },
  })
}

export interface FundingPayment {
  readonly account: string
  readonly symbol: string
  readonly amountUsd: string
  readonly rate: number
  readonly quantity: string
  readonly markPrice: string
  readonly dueAtMs: number
}

/** Reports a funding payment that has been booked. */
export function reportFunding(world: World, payment: FundingPayment): void {
  const { venue, environment } = world.config
  const { account, symbol, dueAtMs } = payment
  emit(world, {
    topic: 'funding.paid',
    at_ms: arrivalMs(world),
    record: {
      funding_id: `${venue}:${account}:${symbol}:funding:${dueAtMs}`,
      account,
      symbol,
      venue,
      environment,
      amount_usd: payment.amountUsd,
      rate: payment.rate,
      quantity: payment.quantity,
      mark_price: payment.markPrice,
      venue_at_ms: dueAtMs,
      venue_sequence: nextSequence(world, account),
    },
  })
}

function emit(world: World, event: VenueEvent): void {
  world.outbox.push(event)
  world.changed.add(event.record.account)
}

/** Reports overtake each other as little as messages of one connection do, also after the latency was configured anew. */
function arrivalMs(world: World): number {
  const atMs = world.clockMs + world.config.reportLatencyMs
  return Math.max(atMs, world.outbox.at(-1)?.at_ms ?? atMs)
}

/** 0 for an account that does not exist: its refusals belong to no account's sequence. */
function nextSequence(world: World, account: string): number {
  const ledger = world.ledgers.get(account)
  return ledger === undefined ? 0 : ++ledger.account.sequence
}
