// The record of a round trip, from what was booked on it. Sums are checked to the last decimal: a trade whose legs do not
// add up is a bug of the books and must never be published.
import type { Decimal } from 'decimal.js'
import { decimalText, exact, larger, roundToBooked, smaller, zero } from '../../schemas/decimal.ts'
import type {
  PositionFlattened,
  PositionLeg,
  TrackedPosition,
  TradeClosed,
} from '../../schemas/types.gen.ts'
import { invariant } from '../kernel/invariant.ts'

/** Throws an InvariantError when legs, fees, funding and net do not sum. */
export function tradeOf(
  flattened: PositionFlattened,
  tracked: Pick<TrackedPosition, 'worst' | 'best'> | null,
): TradeClosed {
  checkSums(flattened)
  const exits = flattened.legs.filter((leg) => leg.leg === 'EXIT')
  const kinds = exits.map((leg) => leg.exit_kind ?? 'UNKNOWN')
  const { mae, mfe } = excursions(flattened, tracked)
  const risk = flattened.risk_usd === null ? null : exact(flattened.risk_usd)
  const inRisk = (amount: Decimal): number | null =>
    risk === null || risk.isZero() ? null : amount.div(risk).toNumber()
  return {
    trade_id: flattened.position_id,
    position_id: flattened.position_id,
    correlation_id: flattened.correlation_id,
    signal_id: flattened.adopted ? '' : flattened.correlation_id,
    intent_id: flattened.intent_id,
    account: flattened.account,
    symbol: flattened.symbol,
    venue: flattened.venue,
    environment: flattened.environment,
    direction: flattened.direction,
    regime: flattened.regime,
    leverage: flattened.leverage,
    quantity: flattened.peak_quantity,
    entry_price: flattened.average_entry_price,
    exit_price: flattened.average_exit_price,
    legs: flattened.legs.map((leg) => ({ ...leg })),
    gross_usd: flattened.gross_usd,
    fees_usd: flattened.fees_usd,
    funding_usd: flattened.funding_usd,
    net_usd: flattened.net_usd,
    risk_usd: flattened.risk_usd,
    r_multiple: inRisk(exact(flattened.net_usd)),
    mae_usd: decimalText(mae),
    mfe_usd: decimalText(mfe),
    mae_r: inRisk(mae),
    mfe_r: inRisk(mfe),
    held_ms: flattened.closed_at_ms - flattened.opened_at_ms,
    exit_kinds: [...new Set(kinds)],
    final_exit_kind: kinds.at(-1) ?? 'UNKNOWN',
    opened_at_ms: flattened.opened_at_ms,
    closed_at_ms: flattened.closed_at_ms,
  }
}

function checkSums(flattened: PositionFlattened): void {
  const { position_id: id, legs } = flattened
  const sum = (amount: (leg: PositionLeg) => string): Decimal =>
    legs.reduce((total, leg) => total.plus(amount(leg)), zero)
  const check = (name: string, expected: Decimal, was: string): void => {
    invariant(
      expected.eq(was),
      `trade-closer: expected ${name} ${decimalText(expected)} for position ${id}, was ${was}`,
    )
  }
  check(
    'gross as the sum of its legs',
    sum((leg) => leg.realised_usd),
    flattened.gross_usd,
  )
  check(
    'fees as the sum of its legs',
    sum((leg) => leg.fees_usd),
    flattened.fees_usd,
  )
  check(
    'net as gross - fees + funding',
    exact(flattened.gross_usd).minus(flattened.fees_usd).plus(flattened.funding_usd),
    flattened.net_usd,
  )
}

/**
 * Largest open loss (at most 0) and profit (at least 0) before fees, in USD: what the ticks saw, and at least the PnL at
 * the price of each exit fill, the part still open valued at that price. So mfe is never below gross.
 */
function excursions(
  flattened: PositionFlattened,
  tracked: Pick<TrackedPosition, 'worst' | 'best'> | null,
): { mae: Decimal; mfe: Decimal } {
  let mae = smaller(zero, roundToBooked(exact(tracked?.worst ?? 0)))
  let mfe = larger(zero, roundToBooked(exact(tracked?.best ?? 0)))
  const sign = flattened.direction === 'SHORT' ? -1 : 1
  const entry = exact(flattened.average_entry_price)
  const exits = flattened.legs.filter((leg) => leg.leg === 'EXIT')
  let open = exits.reduce((total, leg) => total.plus(leg.quantity), zero)
  let realised = zero
  for (const leg of exits) {
    open = open.minus(leg.quantity)
    realised = realised.plus(leg.realised_usd)
    const openProfit = exact(leg.average_price).minus(entry).times(open).times(sign)
    const profit = roundToBooked(realised.plus(openProfit))
    mae = smaller(mae, profit)
    mfe = larger(mfe, profit)
  }
  const gross = exact(flattened.gross_usd)
  return { mae: smaller(mae, gross), mfe: larger(mfe, gross) }
}
