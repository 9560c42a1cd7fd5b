// The stop that rests at the venue while a position is open: exactly one, reduce-only, sized to the position after each
// fill, swept after the close. It lies beyond the local stop: local exits act first.
import type { Decimal } from 'decimal.js'
import { bracketOf } from '../../schemas/bracket.ts'
import type { Config } from '../../schemas/config.ts'
import type { GateLeg, GateOrder, InstrumentState, Side } from '../../schemas/types.gen.ts'
import {
  decimalText,
  exact,
  larger,
  roundDownToStep,
  roundUpToStep,
  smaller,
} from '../../schemas/decimal.ts'
import { average } from './amounts.ts'
import type { Desk } from './desk.ts'

/** Pause between two tries of the same stop or cancel. */
const retryMs = 1_000

/** Share of the distance to liquidation at which the backstop lies at most. */
const liquidationShare = 0.8

/**
 * Brings the resting stop of a symbol in line with its position. The new stop goes first; old ones are cancelled once a
 * newer one rests. A fill is answered at once, anything else at most once in `retryMs`.
 * Returns whether the state changed.
 */
export function syncBackstop(desk: Desk, symbol: string, because: 'fill' | 'other'): boolean {
  const { state, nowMs } = desk
  const leg = state.legs.find((one) => one.symbol === symbol)
  if (leg === undefined) return false
  const stops = state.orders.filter(
    (order) => order.symbol === symbol && order.purpose === 'PROTECT' && order.phase !== 'ENDED',
  )
  if (exact(leg.quantity).isZero()) return cancelAll(desk, leg, stops)
  const kept = stops.filter((stop) => stop.cancel_client_order_id === null)
  const newest = kept.at(-1)
  let hasChanged = false
  const isDue =
    because === 'fill' || leg.protect_at_ms === null || nowMs - leg.protect_at_ms >= retryMs
  if (isDue && (newest === undefined || !fits(newest, leg, desk.instrumentOf(symbol)))) {
    place(desk, leg)
    hasChanged = true
  }
  const resting = kept.findLastIndex((stop) => stop.phase === 'LIVE')
  const old = stops.filter((stop) => !kept.includes(stop) || kept.indexOf(stop) < resting)
  return cancelAll(desk, leg, old) || hasChanged
}

/**
 * Places the stop anew although one seems to rest: the venue does not have it. Whatever older one there is after all is
 * cancelled once the new one rests. Returns whether it did.
 */
export function renewBackstop(desk: Desk, symbol: string): boolean {
  const leg = desk.state.legs.find((one) => one.symbol === symbol)
  if (leg === undefined || exact(leg.quantity).isZero()) return false
  if (leg.protect_at_ms !== null && desk.nowMs - leg.protect_at_ms < retryMs) return false
  place(desk, leg)
  return true
}

/** Trigger of the backstop of a position: the initial stop, moved beyond by a share of its distance, before liquidation. */
export function backstopTrigger(
  leg: GateLeg,
  config: Config,
  instrument: InstrumentState | null,
): Decimal {
  const isLong = exact(leg.quantity).gt(0)
  const entry = average(exact(leg.cost_usd), exact(leg.quantity))
  const reference = leg.reference_price === null ? entry : exact(leg.reference_price)
  const adoptedDistance = entry.times(config.exits.adopted_stop_bps).dividedBy(10_000)
  const distance = leg.stop_price === null ? adoptedDistance : reference.minus(leg.stop_price).abs()
  const stop =
    leg.stop_price !== null
      ? exact(leg.stop_price)
      : isLong
        ? entry.minus(distance)
        : entry.plus(distance)
  const beyond = distance.times(config.limits.backstop_fraction)
  const wanted = isLong ? stop.minus(beyond) : stop.plus(beyond)
  const limit = beforeLiquidation(leg, entry, instrument)
  const trigger = limit === null ? wanted : isLong ? larger(wanted, limit) : smaller(wanted, limit)
  return onTick(trigger, isLong, leg, instrument)
}

/** entry x (1 -/+ share x (1 / leverage - maintenance rate)): the liquidation price of an isolated position, nearer. */
function beforeLiquidation(
  leg: GateLeg,
  entry: Decimal,
  instrument: InstrumentState | null,
): Decimal | null {
  if (leg.leverage === null || instrument === null) return null
  const bracket = bracketOf(instrument, exact(leg.cost_usd).abs())
  const room = exact(1)
    .dividedBy(leg.leverage)
    .minus(bracket?.maintenance_rate ?? '0')
  if (!room.gt(0)) return null
  const distance = entry.times(room).times(liquidationShare)
  return exact(leg.quantity).gt(0) ? entry.minus(distance) : entry.plus(distance)
}

/** Away from the price, on the tick; without filters with the decimals of the stop. Never below one tick. */
function onTick(
  trigger: Decimal,
  isLong: boolean,
  leg: GateLeg,
  instrument: InstrumentState | null,
): Decimal {
  const decimals = exact(leg.stop_price ?? leg.reference_price ?? '0.00000001').decimalPlaces()
  const tick = instrument === null ? exact(10).pow(-decimals) : exact(instrument.tick_size)
  const rounded = isLong
    ? roundDownToStep(larger(trigger, tick), tick)
    : roundUpToStep(trigger, tick)
  return larger(rounded, tick)
}

/**
 * Size of the stop: the whole position, or the largest market order when the position is above it. Entries never make
 * such a position; one that was adopted stays unprotected beyond that size: naked-position reports it, and the exit
 * brain closes all of it at the same level, in pieces.
 */
function stopQuantity(leg: GateLeg, instrument: InstrumentState | null): Decimal {
  const quantity = exact(leg.quantity).abs()
  if (instrument === null) return quantity
  const largest = exact(instrument.market_max_quantity)
  return largest.gt(0) ? smaller(quantity, largest) : quantity
}

const closingSide = (leg: GateLeg): Side => (exact(leg.quantity).gt(0) ? 'SELL' : 'BUY')

function fits(stop: GateOrder, leg: GateLeg, instrument: InstrumentState | null): boolean {
  const remaining = exact(stop.quantity).minus(stop.filled_quantity)
  return stop.side === closingSide(leg) && remaining.equals(stopQuantity(leg, instrument))
}

function place(desk: Desk, leg: GateLeg): void {
  const { config, nowMs } = desk
  const instrument = desk.instrumentOf(leg.symbol)
  desk.command({
    ...addressOf(leg),
    purpose: 'PROTECT',
    type: 'STOP_MARKET',
    side: closingSide(leg),
    quantity: decimalText(stopQuantity(leg, instrument)),
    trigger_price: decimalText(backstopTrigger(leg, config, instrument)),
    exit_kind: 'BACKSTOP',
    exit_rung: 0,
    decided_at_ms: nowMs,
    tick_at_ms: nowMs,
  })
  leg.protect_at_ms = nowMs
}

/** Cancels stops that are not wanted; again after a pause when no report has ended them. */
function cancelAll(desk: Desk, leg: GateLeg, stops: readonly GateOrder[]): boolean {
  let hasChanged = false
  for (const stop of stops) {
    if (stop.cancel_at_ms !== null && desk.nowMs - stop.cancel_at_ms < retryMs) continue
    stop.cancel_client_order_id = desk.command({
      ...addressOf(leg),
      correlation_id: stop.correlation_id,
      parent_id: stop.parent_id,
      purpose: 'CANCEL',
      type: 'CANCEL',
      side: stop.side,
      quantity: stop.quantity,
      cancel_client_order_id: stop.client_order_id,
      decided_at_ms: desk.nowMs,
      tick_at_ms: desk.nowMs,
    })
    stop.cancel_at_ms = desk.nowMs
    hasChanged = true
  }
  return hasChanged
}

/** What orders that serve a position have in common. */
function addressOf(leg: GateLeg) {
  return {
    correlation_id: leg.correlation_id,
    symbol: leg.symbol,
    venue: leg.venue,
    environment: leg.environment,
    reduce_only: true,
    parent_id: leg.parent_id,
  } as const
}
