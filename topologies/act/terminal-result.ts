// The numbers and the reason of a terminal result, from the orders of one intent or exit.
import type { Decimal } from 'decimal.js'
import type {
  ExecutionOrder,
  ExecutionResult,
  ExecutionStatus,
  ExecutionSubject,
  ReasonCode,
  VenueReason,
} from '../../schemas/types.gen.ts'
import { decimalText, exact, zero } from '../../schemas/decimal.ts'
import { average } from './amounts.ts'

/** What the venue's word means in our closed list. */
const reasons: Readonly<Record<VenueReason, ReasonCode>> = {
  REDUCE_ONLY_REJECTED: 'REDUCE_ONLY_REJECTED',
  INSUFFICIENT_MARGIN: 'MARGIN_SHORT',
  FILTER: 'VENUE_REJECTED',
  LEVERAGE: 'LEVERAGE_MISMATCH',
  UNKNOWN_SYMBOL: 'INSTRUMENT_UNKNOWN',
  NO_LIQUIDITY: 'NO_LIQUIDITY',
  WOULD_TRIGGER: 'VENUE_REJECTED',
  DUPLICATE_ID: 'VENUE_REJECTED',
  UNKNOWN_ORDER: 'VENUE_REJECTED',
  EXPIRED_BEFORE_SEND: 'EXPIRED',
  TRANSPORT: 'VENUE_REJECTED',
  ENVIRONMENT: 'ENVIRONMENT_MISMATCH',
  OTHER: 'VENUE_REJECTED',
}

/** The terminal result of a subject whose orders have ended. */
export function terminalResult(
  subject: ExecutionSubject,
): Omit<ExecutionResult, 'result_id' | 'account' | 'symbol' | 'at_ms'> {
  const { orders } = subject
  const requested = sum(orders, (order) => order.quantity)
  const filled = sum(orders, (order) => order.seen_quantity)
  const counted = sum(orders, (order) => order.filled_quantity)
  const price = filled.gt(0)
    ? average(
        sum(orders, (order) => order.value_usd),
        filled,
      )
    : null
  const status = statusOf(orders, { requested, filled, counted })
  const isFilled = status === 'FILLED'
  const failed = orders.find((order) => order.ended_as !== 'FILLED')
  const heardAtMs = Math.max(...orders.map((order) => order.heard_at_ms))
  const missing = counted.minus(filled)
  return {
    environment: subject.environment,
    subject: subject.subject,
    subject_id: subject.subject_id,
    correlation_id: subject.correlation_id,
    status,
    terminal: true,
    gate: isFilled || filled.gt(0) ? 'NONE' : gateOf(failed),
    reason: isFilled ? 'NONE' : reasonOf(failed),
    detail: missing.gt(0)
      ? `the venue counts ${decimalText(counted)} filled, fills of ${decimalText(filled)} were seen`
      : (failed?.detail ?? ''),
    side: subject.side,
    requested_quantity: decimalText(requested),
    filled_quantity: decimalText(filled),
    average_price: price === null ? null : decimalText(price),
    fees_usd: decimalText(sum(orders, (order) => order.fees_usd)),
    reference_price: subject.reference_price,
    slippage_bps: slippageBps(subject, price),
    client_order_id: orders[0]?.client_order_id ?? null,
    venue_code: failed?.venue_code ?? null,
    decide_ms: Math.max(0, subject.decided_at_ms - subject.tick_at_ms),
    gate_ms: Math.max(0, subject.commanded_at_ms - subject.decided_at_ms),
    venue_ms: Math.max(0, heardAtMs - subject.commanded_at_ms),
  }
}

/** Cost against the reference in basis points: positive is worse, for a buy above it and for a sell below it. */
function slippageBps(subject: ExecutionSubject, price: Decimal | null): number | null {
  if (price === null || subject.reference_price === null) return null
  const reference = exact(subject.reference_price)
  if (!reference.gt(0)) return null
  const worse = subject.side === 'BUY' ? price.minus(reference) : reference.minus(price)
  return worse.dividedBy(reference).times(10_000).toNumber()
}

function statusOf(
  orders: readonly ExecutionOrder[],
  quantity: { readonly requested: Decimal; readonly filled: Decimal; readonly counted: Decimal },
): ExecutionStatus {
  if (quantity.filled.gt(0))
    return quantity.filled.gte(quantity.requested) ? 'FILLED' : 'PARTIALLY_FILLED'
  // Filled says the venue, and no fill ever came: without a price it is not called filled.
  if (quantity.counted.gt(0)) return 'UNKNOWN'
  const ends = orders.map((order) => order.ended_as)
  if (ends.includes('REJECTED')) return 'REJECTED'
  if (ends.includes('EXPIRED')) return 'EXPIRED'
  return ends.includes('CANCELLED') ? 'CANCELLED' : 'UNKNOWN'
}

function reasonOf(order: ExecutionOrder | undefined): ReasonCode {
  if (order === undefined) return 'OTHER'
  if (order.reason !== null) return reasons[order.reason]
  return order.ended_as === 'EXPIRED' ? 'EXPIRED' : 'VENUE_REJECTED'
}

const gateOf = (order: ExecutionOrder | undefined) =>
  order?.reason === 'EXPIRED_BEFORE_SEND' ? 'EXPIRY' : 'VENUE'

function sum(orders: readonly ExecutionOrder[], of: (order: ExecutionOrder) => string): Decimal {
  return orders.reduce((total, order) => total.plus(of(order)), zero)
}
