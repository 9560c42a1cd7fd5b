// One fill on the kept position: legs, realised, fees, averages, and the round trip that ends when it is flat. Sums are
// exact: realised of the legs is gross, and net = gross - fees + funding to the last decimal.
import type { Decimal } from 'decimal.js'
import { positionFlattened } from '../../schemas/topics.ts'
import type {
  Environment,
  ExitKind,
  KeeperLeg,
  KeeperOrder,
  LegKind,
  PositionKeeperChangelog,
  PositionState,
  Side,
} from '../../schemas/types.gen.ts'
import { invariant } from '../kernel/invariant.ts'
import type { Emit } from '../kernel/processor.ts'
import { decimalText, exact, larger, roundToBooked, zero } from '../../schemas/decimal.ts'
import { average, plus } from './amounts.ts'
import { book } from './booking.ts'
import { roundTrip } from './round-trip.ts'

export interface PositionFill {
  readonly clientOrderId: string
  readonly parentId: string
  /** Id of the record that brought it: correlation id of a position that has no other. */
  readonly openedBy: string
  readonly side: Side
  /** Above 0. */
  readonly quantity: Decimal
  readonly price: Decimal
  /** Negative is a rebate. */
  readonly feeUsd: Decimal
  readonly exitKind: ExitKind | null
  readonly exitRung: number | null
  readonly venue: string
  readonly environment: Environment
  /** Leverage at the venue, for a position without a plan. */
  readonly leverage: number | null
  readonly atMs: number
  /** The plan behind it; null when the order is not ours. */
  readonly order: KeeperOrder | null
}

/**
 * Books a fill. One that crosses zero ends the round trip and opens a new one with the rest, under `newPositionId`.
 * Emits position.flattened when the position has become flat.
 */
export function bookPosition(
  state: PositionKeeperChangelog,
  fill: PositionFill,
  emit: Emit<typeof positionFlattened>,
  newPositionId: string,
): void {
  const before = {
    quantity: exact(state.positions[0]?.quantity ?? '0'),
    cost: exact(state.cost_usd),
  }
  const booked = book(before, fill)
  const closingFee = booked.opened.isZero()
    ? fill.feeUsd
    : roundToBooked(fill.feeUsd.times(booked.closed).dividedBy(fill.quantity))
  if (booked.closed.gt(0)) {
    state.cost_usd = decimalText(booked.afterClosing.cost)
    const part = { quantity: booked.closed, feeUsd: closingFee, realised: booked.realised }
    addToLeg(state, fill, 'EXIT', part)
    reduce(state, booked.afterClosing.quantity, part)
    if (booked.afterClosing.quantity.isZero()) flatten(state, fill, emit)
  }
  if (booked.opened.gt(0)) {
    state.cost_usd = decimalText(booked.after.cost)
    const part = {
      quantity: booked.opened,
      feeUsd: fill.feeUsd.minus(closingFee),
      realised: zero,
    }
    if (state.positions.length === 0) state.positions.push(openPosition(state, fill, newPositionId))
    addToLeg(state, fill, 'ENTRY', part)
    add(state, booked.after.quantity, part, fill.order)
  }
}

interface Part {
  readonly quantity: Decimal
  readonly feeUsd: Decimal
  readonly realised: Decimal
}

function addToLeg(
  state: PositionKeeperChangelog,
  fill: PositionFill,
  kind: LegKind,
  part: Part,
): void {
  let leg = state.legs.find((one) => one.leg === kind && one.client_order_id === fill.clientOrderId)
  if (leg === undefined) {
    leg = newLeg(fill, kind)
    state.legs.push(leg)
  }
  leg.quantity = plus(leg.quantity, part.quantity)
  leg.value_usd = plus(leg.value_usd, part.quantity.times(fill.price))
  leg.fees_usd = plus(leg.fees_usd, part.feeUsd)
  leg.realised_usd = plus(leg.realised_usd, part.realised)
  leg.first_fill_at_ms = Math.min(leg.first_fill_at_ms, fill.atMs)
  leg.last_fill_at_ms = Math.max(leg.last_fill_at_ms, fill.atMs)
}

function newLeg(fill: PositionFill, kind: LegKind): KeeperLeg {
  const fallback = fill.order?.purpose === 'PROTECT' ? 'BACKSTOP' : 'EXTERNAL'
  return {
    leg: kind,
    client_order_id: fill.clientOrderId,
    parent_id: fill.order?.parent_id ?? fill.parentId,
    exit_kind: kind === 'EXIT' ? (fill.exitKind ?? fill.order?.exit_kind ?? fallback) : null,
    exit_rung: kind === 'EXIT' ? (fill.exitRung ?? fill.order?.exit_rung ?? 0) : null,
    quantity: '0',
    value_usd: '0',
    fees_usd: '0',
    realised_usd: '0',
    first_fill_at_ms: fill.atMs,
    last_fill_at_ms: fill.atMs,
  }
}

/** A new position with the plan of its entry, or adopted without one. Quantities come with the fill. */
function openPosition(
  state: PositionKeeperChangelog,
  fill: PositionFill,
  positionId: string,
): PositionState {
  const entry = fill.order?.purpose === 'ENTRY' ? fill.order : null
  return {
    position_id: positionId,
    correlation_id: entry?.correlation_id ?? fill.openedBy,
    account: state.account,
    symbol: state.symbol,
    venue: fill.venue,
    environment: fill.environment,
    status: 'OPEN',
    quantity: '0',
    peak_quantity: '0',
    average_entry_price: decimalText(fill.price),
    realised_usd: '0',
    fees_usd: '0',
    funding_usd: '0',
    intent_id: entry?.parent_id ?? null,
    adopted: entry === null,
    leverage: entry === null ? fill.leverage : entry.leverage,
    regime: entry?.regime ?? 'NORMAL',
    horizon_ms: entry?.horizon_ms ?? null,
    initial_stop_price: entry?.stop_price ?? null,
    target_price: entry?.target_price ?? null,
    risk_usd: null,
    pending_exit_id: null,
    last_exit_id: null,
    last_exit_status: null,
    protective_client_order_id: null,
    protective_stop_price: null,
    protective_quantity: null,
    opened_at_ms: fill.atMs,
    updated_at_ms: fill.atMs,
  }
}

function add(
  state: PositionKeeperChangelog,
  quantity: Decimal,
  part: Part,
  order: KeeperOrder | null,
): void {
  const position = openOf(state)
  position.quantity = decimalText(quantity)
  position.peak_quantity = decimalText(larger(exact(position.peak_quantity), quantity.abs()))
  position.average_entry_price = decimalText(average(exact(state.cost_usd), quantity))
  position.fees_usd = plus(position.fees_usd, part.feeUsd)
  position.risk_usd = riskOf(state, position, order)
}

/** The average entry stays: only adding fills change it. */
function reduce(state: PositionKeeperChangelog, quantity: Decimal, part: Part): void {
  const position = openOf(state)
  position.quantity = decimalText(quantity)
  position.fees_usd = plus(position.fees_usd, part.feeUsd)
  position.realised_usd = plus(position.realised_usd, part.realised)
}

/**
 * Loss at the initial stop: distance of the entry fills to it x quantity entered. When the fills lie beyond the stop the
 * plan's own risk stands, in proportion to what was filled. Null without a stop.
 */
function riskOf(
  state: PositionKeeperChangelog,
  position: PositionState,
  order: KeeperOrder | null,
): string | null {
  if (position.initial_stop_price === null) return null
  const entries = state.legs.filter((leg) => leg.leg === 'ENTRY')
  const entered = entries.reduce((sum, leg) => sum.plus(leg.quantity), zero)
  const value = entries.reduce((sum, leg) => sum.plus(leg.value_usd), zero)
  const atStop = entered.times(position.initial_stop_price)
  const loss = exact(position.quantity).gt(0) ? value.minus(atStop) : atStop.minus(value)
  if (loss.gt(0)) return decimalText(loss)
  if (order === null || order.risk_usd === null) return position.risk_usd
  return decimalText(roundToBooked(exact(order.risk_usd).times(entered).dividedBy(order.quantity)))
}

/** What closes a long is a sale. */
function flatten(
  state: PositionKeeperChangelog,
  fill: PositionFill,
  emit: Emit<typeof positionFlattened>,
): void {
  const direction = fill.side === 'SELL' ? 'LONG' : 'SHORT'
  emit(positionFlattened, roundTrip(openOf(state), state.legs, direction))
  state.positions = []
  state.legs = []
  state.cost_usd = '0'
}

function openOf(state: PositionKeeperChangelog): PositionState {
  const [position] = state.positions
  invariant(position !== undefined, `${state.account}|${state.symbol}: expected an open position`)
  return position
}
