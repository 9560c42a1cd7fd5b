// What the account has used and reserved: positions by its own fills plus live entries. Derived from the state each time,
// never counted beside it, so that nothing can leak.
import type { Decimal } from 'decimal.js'
import type { ExecutionGatesChangelog, GateOrder } from '../../schemas/types.gen.ts'
import { exact, larger, zero } from '../../schemas/decimal.ts'

type State = ExecutionGatesChangelog

/** Signed open quantity of a symbol by our own fills. */
export function quantityOf(state: State, symbol: string): Decimal {
  const leg = state.legs.find((one) => one.symbol === symbol)
  return leg === undefined ? zero : exact(leg.quantity)
}

/** Live entries: sent and not ended, or ended with fills that were not seen yet. */
export function liveEntries(state: State): GateOrder[] {
  return state.orders.filter((order) => order.purpose === 'ENTRY')
}

/** Symbols that hold a slot: an open position or a live entry. */
export function takenSymbols(state: State): Set<string> {
  const taken = new Set(liveEntries(state).map((order) => order.symbol))
  for (const leg of state.legs) if (!exact(leg.quantity).isZero()) taken.add(leg.symbol)
  return taken
}

/** Quantity of an order that is not in the book yet: what may still fill, and fills that were counted and not seen. */
export function unbookedQuantity(order: GateOrder): Decimal {
  const end = order.phase === 'ENDED' ? order.filled_quantity : order.quantity
  const unbooked = exact(end).minus(order.seen_quantity)
  return unbooked.gt(0) ? unbooked : zero
}

/** USD notional of a symbol, positions and reservations, at the larger of cost and present price: it errs upwards. */
export function exposureOf(
  state: State,
  symbol: string,
  priceOf: (symbol: string) => Decimal | null,
): Decimal {
  const leg = state.legs.find((one) => one.symbol === symbol)
  let sum = zero
  if (leg !== undefined) {
    const atCost = exact(leg.cost_usd).abs()
    const price = priceOf(symbol)
    sum = price === null ? atCost : larger(atCost, exact(leg.quantity).abs().times(price))
  }
  for (const order of liveEntries(state))
    if (order.symbol === symbol) sum = sum.plus(reservedNotional(order))
  return sum
}

/** The same over all symbols. */
export function grossExposure(state: State, priceOf: (symbol: string) => Decimal | null): Decimal {
  const symbols = new Set([...state.legs, ...liveEntries(state)].map((one) => one.symbol))
  let sum = zero
  for (const symbol of symbols) sum = sum.plus(exposureOf(state, symbol, priceOf))
  return sum
}

/** Margin and fees that live entries may still take from what is available. */
export function reservedMargin(state: State): Decimal {
  let sum = zero
  for (const order of liveEntries(state)) {
    const notional = reservedNotional(order)
    sum = sum
      .plus(notional.dividedBy(order.leverage ?? 1))
      .plus(notional.times(order.fee_rate ?? '0'))
  }
  return sum
}

function reservedNotional(order: GateOrder): Decimal {
  return unbookedQuantity(order).times(order.reference_price ?? '0')
}
