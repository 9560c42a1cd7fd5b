// The way of an exit. It must never be blocked: no gate, no limit, no safe mode, no missing data stops it. It ends without
// an order only when there is nothing left for it to close.
import type { Decimal } from 'decimal.js'
import type {
  ExitSignal,
  GateLeg,
  GateOrder,
  InstrumentState,
  Side,
  Urgency,
} from '../../schemas/types.gen.ts'
import { decimalText, exact, roundDownToStep, smaller, zero } from '../../schemas/decimal.ts'
import { closable } from './booking.ts'
import { endExit } from './desk.ts'
import type { Desk } from './desk.ts'
import type { Order } from './order.ts'
import { unbookedQuantity } from './reserved.ts'
import { firstSight } from './seen.ts'

/** Most orders that one exit is split into. What is left after them is the next exit's. */
const maxPieces = 20

/** An acknowledged exit of which the venue says no more for this many follow-ups no longer covers its quantity. */
const coverFollowUps = 5

/** From the least to the most urgent. */
const urgencies: readonly Urgency[] = ['NORMAL', 'HIGH', 'EMERGENCY']

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
  const covered = coveredQuantity(desk, signal, live, side)
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

/** What live exits on that side will close, as far as this one may rely on them. */
function coveredQuantity(
  desk: Desk,
  signal: ExitSignal,
  live: readonly GateOrder[],
  side: Side,
): Decimal {
  let sum = zero
  for (const order of live)
    if (order.purpose === 'EXIT' && order.side === side && covers(desk, signal, order))
      sum = sum.plus(unbookedQuantity(order))
  return sum
}

/**
 * Whether an exit may rely on a live order. It relies on little, since an exit that was sent twice does no harm
 * (reduce-only: the venue cancels the excess) and one that was not sent may: never on an order whose fate is unknown;
 * an emergency on none, a stop on what the venue has acknowledged, anything else also on what was just sent. Exits of
 * one instant are told apart from a repetition by their urgency alone: equal ones give one order, however many.
 */
function covers({ config, nowMs }: Desk, signal: ExitSignal, order: GateOrder): boolean {
  const followUpMs = config.exits.follow_up_ms
  const silentMs = nowMs - order.heard_at_ms
  if (order.phase === 'UNSETTLED') return false
  if (order.phase === 'SENT' && silentMs === 0)
    return urgencies.indexOf(signal.urgency) <= urgencies.indexOf(order.urgency ?? 'NORMAL')
  if (signal.urgency === 'EMERGENCY') return false
  if (order.phase !== 'SENT') return silentMs <= coverFollowUps * followUpMs
  return signal.urgency === 'NORMAL' && signal.attempt === 1 && silentMs < followUpMs
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
  const command: Order = {
    correlation_id: signal.correlation_id,
    symbol: signal.symbol,
    venue: leg === undefined || leg.venue === '' ? desk.config.trading_venue : leg.venue,
    environment: signal.environment,
    purpose: 'EXIT',
    type: 'MARKET',
    side: order.side,
    quantity: decimalText(order.piece),
    reduce_only: true,
    parent_id: signal.exit_id,
    reference_price: signal.observed_price,
    exit_kind: signal.kind,
    exit_rung: signal.rung,
    decided_at_ms: signal.created_at_ms,
    tick_at_ms: signal.tick_at_ms,
  }
  desk.command(command, { urgency: signal.urgency })
}
