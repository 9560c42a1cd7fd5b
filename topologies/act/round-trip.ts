// The record of a round trip that has ended: everything that was booked on it.
import type {
  Direction,
  KeeperLeg,
  PositionFlattened,
  PositionLeg,
  PositionState,
} from '../../schemas/types.gen.ts'
import { decimalText, exact, zero } from '../../schemas/decimal.ts'
import { average } from './amounts.ts'

/** Sums are exact: the legs' realised is gross, their fees are fees, and net = gross - fees + funding. */
export function roundTrip(
  position: PositionState,
  legs: readonly KeeperLeg[],
  direction: Direction,
): PositionFlattened {
  const entries = legs.filter((leg) => leg.leg === 'ENTRY')
  const exits = legs.filter((leg) => leg.leg === 'EXIT')
  const gross = position.realised_usd
  return {
    position_id: position.position_id,
    correlation_id: position.correlation_id,
    account: position.account,
    symbol: position.symbol,
    venue: position.venue,
    environment: position.environment,
    direction,
    intent_id: position.intent_id,
    adopted: position.adopted,
    regime: position.regime,
    leverage: position.leverage,
    peak_quantity: position.peak_quantity,
    average_entry_price: averageOf(entries),
    average_exit_price: averageOf(exits),
    initial_stop_price: position.initial_stop_price,
    risk_usd: position.risk_usd,
    legs: [...entries, ...exits].map(shownLeg),
    gross_usd: gross,
    fees_usd: position.fees_usd,
    funding_usd: position.funding_usd,
    net_usd: decimalText(exact(gross).minus(position.fees_usd).plus(position.funding_usd)),
    opened_at_ms: Math.min(...legs.map((leg) => leg.first_fill_at_ms)),
    closed_at_ms: Math.max(...legs.map((leg) => leg.last_fill_at_ms)),
  }
}

function shownLeg(leg: KeeperLeg): PositionLeg {
  return {
    leg: leg.leg,
    client_order_id: leg.client_order_id,
    parent_id: leg.parent_id,
    exit_kind: leg.exit_kind,
    exit_rung: leg.exit_rung,
    quantity: leg.quantity,
    average_price: averageOf([leg]),
    fees_usd: leg.fees_usd,
    realised_usd: leg.realised_usd,
    first_fill_at_ms: leg.first_fill_at_ms,
    last_fill_at_ms: leg.last_fill_at_ms,
  }
}

function averageOf(legs: readonly KeeperLeg[]): string {
  const quantity = legs.reduce((sum, leg) => sum.plus(leg.quantity), zero)
  return decimalText(
    average(
      legs.reduce((sum, leg) => sum.plus(leg.value_usd), zero),
      quantity,
    ),
  )
}
