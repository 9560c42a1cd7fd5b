// The way of an exit. It must never be blocked: no gate, no limit, no safe mode, no missing data stops it. It ends without
// an order only when there is nothing left for it to close.
import type { Decimal } from 'decimal.js'
import type {
  ExitSignal,
  GateLeg,
  GateOrder,
  InstrumentState,
  Side,
} from '../../schemas/types.gen.ts'
import { decimalText, exact, roundDownToStep, smaller, zero } from '../../schemas/decimal.ts'
import { closable } from './booking.ts'
import { endExit } from './desk.ts'
import type { Desk } from './desk.ts'
import { unbookedQuantity } from './reserved.ts'
import { firstSight } from './seen.ts'

/** Most orders that one exit is split into. What is left after them is the next exit's. */
const maxPieces = 20

/** An exit that the venue has not spoken of for this many follow-ups no longer covers its quantity: reduce-only is harmless. */
const coverFollowUps = 5

/** Sends the reduce-only order or orders of an exit signal. */
export function takeExit(desk: Desk, signal: ExitSignal): void {
  const { state, nowMs } = desk
  if (!firstSight(desk.seen, `exit|${state.account}|${signal.exit_id}`, nowMs)) {
    const detail = `${signal.exit_id} was taken before; its result stands`
    endExit(desk, signal, { reason: 'DUPLICATE', detail }, { isCopy: true })
    return
  }
  const leg = state.legs.find((one) => one.symbol === signal.symbol)
  const live = state.orders.filter((order) => order.symbol === signal.symbol)
  const side = closingSide(signal, leg)
  const open = leg === undefined ? zero : closable(exact(leg.quantity), side)
  const covered = coveredQuantity(desk, live, side)
  if (open.isZero() && !isUncertain(leg, live)) {
    const detail = `nothing to ${side}: quantity is ${leg?.quantity ?? '0'}`
    endExit(desk, signal, { reason: 'POSITION_FLAT', detail })
    return
  }
  if (open.gt(0) && covered.gte(open)) {
    const detail = `live exits close ${decimalText(covered)} of ${decimalText(open)}`
    endExit(desk, signal, { reason: 'EXIT_IN_FLIGHT', detail })
    return
  }
  const instrument = desk.instrumentOf(signal.symbol)
  const free = open.isZero() ? null : open.minus(covered)
  const quantity = exitQuantity(signal, free, instrument)
  if (!quantity.gt(0)) {
    const detail = `expected a quantity above 0, was ${signal.quantity}`
    endExit(desk, signal, { reason: 'BELOW_MIN_QUANTITY', detail })
    return
  }
  for (const piece of pieces(quantity, instrument)) send(desk, signal, leg, { side, piece })
}

/**
 * Whether the leg may hold more than our own book says: it was never seen, an entry is on its way, or an order's fate is
 * not known. Then an exit is sent as asked: reduce-only does nothing when there is nothing.
 */
function isUncertain(leg: GateLeg | undefined, live: readonly GateOrder[]): boolean {
  return (
    leg === undefined ||
    live.some(
      (order) =>
        order.purpose === 'ENTRY' || order.phase === 'UNSETTLED' || order.phase === 'ENDED',
    )
  )
}

/** What live exits on that side will close. One whose fate is unknown covers nothing: an exit may be sent twice, never not at all. */
function coveredQuantity(desk: Desk, live: readonly GateOrder[], side: Side): Decimal {
  const silentMs = coverFollowUps * desk.config.exits.follow_up_ms
  let sum = zero
  for (const order of live) {
    if (order.purpose !== 'EXIT' || order.side !== side) continue
    if (order.phase === 'UNSETTLED' || desk.nowMs - order.heard_at_ms > silentMs) continue
    sum = sum.plus(unbookedQuantity(order))
  }
  return sum
}

function closingSide(signal: ExitSignal, leg: GateLeg | undefined): Side {
  if (signal.side !== 'UNKNOWN') return signal.side
  return exact(leg?.quantity ?? '0').lt(0) ? 'BUY' : 'SELL'
}

/**
 * Quantity to close, at most `free`; null is a leg whose quantity is unknown. Steps down, rises to the venue's minimum,
 * and closes whole where the rest would be too small to be closed later. Without filters the quantity goes out as given.
 */
export function exitQuantity(
  signal: Pick<ExitSignal, 'quantity' | 'closes_all' | 'observed_price'>,
  free: Decimal | null,
  instrument: InstrumentState | null,
): Decimal {
  const asked = exact(signal.quantity)
  if (free !== null && (signal.closes_all || asked.gte(free))) return free
  if (instrument === null || !asked.gt(0)) return asked
  const stepped = roundDownToStep(asked, exact(instrument.step_size))
  if (free === null) return stepped.gt(0) ? stepped : asked
  const smallest = exact(instrument.min_quantity)
  const quantity = smaller(stepped.lt(smallest) ? smallest : stepped, free)
  const rest = free.minus(quantity)
  const price = signal.observed_price
  const restIsTooSmall =
    rest.lt(smallest) || (price !== null && rest.times(price).lt(instrument.min_notional_usd))
  return restIsTooSmall ? free : quantity
}

/** Splits at the largest market order. The last two are levelled so that none is below the minimum. */
export function pieces(quantity: Decimal, instrument: InstrumentState | null): Decimal[] {
  if (instrument === null) return [quantity]
  const largest = roundDownToStep(
    exact(instrument.market_max_quantity),
    exact(instrument.step_size),
  )
  if (!largest.gt(0) || quantity.lte(largest)) return [quantity]
  const found: Decimal[] = []
  let rest = quantity
  while (rest.gt(0) && found.length < maxPieces) {
    const piece = smaller(rest, largest)
    found.push(piece)
    rest = rest.minus(piece)
  }
  const missing = exact(instrument.min_quantity).minus(found.at(-1) ?? zero)
  if (missing.gt(0)) {
    const last = found.length - 1
    found[last] = found[last]!.plus(missing)
    found[last - 1] = found[last - 1]!.minus(missing)
  }
  return found
}

function send(
  desk: Desk,
  signal: ExitSignal,
  leg: GateLeg | undefined,
  order: { readonly side: Side; readonly piece: Decimal },
): void {
  const { state, config, nowMs } = desk
  const quantity = decimalText(order.piece)
  const clientOrderId = desk.command({
    correlation_id: signal.correlation_id,
    symbol: signal.symbol,
    venue: leg === undefined || leg.venue === '' ? config.trading_venue : leg.venue,
    environment: signal.environment,
    purpose: 'EXIT',
    type: 'MARKET',
    side: order.side,
    quantity,
    reduce_only: true,
    price: null,
    trigger_price: null,
    leverage: null,
    cancel_client_order_id: null,
    parent_id: signal.exit_id,
    reference_price: signal.observed_price,
    stop_price: null,
    target_price: null,
    risk_usd: null,
    regime: null,
    horizon_ms: null,
    exit_kind: signal.kind,
    exit_rung: signal.rung,
    decided_at_ms: signal.created_at_ms,
    expires_at_ms: null,
    tick_at_ms: signal.tick_at_ms,
  })
  state.orders.push({
    client_order_id: clientOrderId,
    symbol: signal.symbol,
    purpose: 'EXIT',
    phase: 'SENT',
    side: order.side,
    quantity,
    filled_quantity: '0',
    seen_quantity: '0',
    parent_id: signal.exit_id,
    correlation_id: signal.correlation_id,
    reference_price: signal.observed_price,
    stop_price: null,
    leverage: null,
    fee_rate: null,
    heard_at_ms: nowMs,
    cancel_client_order_id: null,
    cancel_at_ms: null,
  })
}
