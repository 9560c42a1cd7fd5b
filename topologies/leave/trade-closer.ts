// Closes the books of a round trip: one trade.closed for each position that went flat, whatever made it flat. It must never
// write a second one, nor one whose parts do not sum to the whole.
import {
  positionFlattened,
  positionState,
  priceUpdate,
  tradeClosed,
  tradeCloserChangelog,
  tradeCloserSeenChangelog,
} from '../../schemas/topics.ts'
import type {
  PositionFlattened,
  PositionState,
  PriceUpdate,
  TrackedPosition,
  TradeCloserChangelog,
  TradeCloserSeenChangelog,
} from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import type { Ctx } from '../kernel/processor.ts'
import { tradeOf } from './closed-trade.ts'

/** Positions of one symbol that may wait for their end at once, all accounts together. */
const maxTracked = 256

type Context = Ctx<never, TradeCloserSeenChangelog>

export const tradeCloser = processor({
  name: 'trade-closer',
  doc: 'The only writer of trade.closed: one record for each round trip, with its excursions.',
  reads: [positionState, positionFlattened, priceUpdate],
  writes: [tradeClosed],
  // A closed trade changes the portfolio, and that lets positions open and close.
  feedback: [tradeClosed],
  state: {
    topic: tradeCloserChangelog,
    key: (record) =>
      record.topic === 'price.update' ? record.key : record.key.slice(record.key.indexOf('|') + 1),
    initial: (symbol) => ({ symbol, open: [] }),
  },
  // Every closed position by id, as long as its end can be delivered again.
  ledger: tradeCloserSeenChangelog,
  forgets: true,
  decide(state, record, ctx, emit) {
    switch (record.topic) {
      case 'price.update':
        return takePrice(state, record.value, ctx.config.aggregator.stale_after_ms)
          ? undefined
          : unchanged
      case 'position.state': {
        const account = record.key.slice(0, record.key.indexOf('|'))
        return takeState(state, account, record.value, ctx) ? undefined : unchanged
      }
      case 'position.flattened': {
        const flattened = record.value
        const { position_id } = flattened
        if (ctx.ledger.get(position_id) !== undefined) return unchanged
        emit(tradeClosed, tradeOf(flattened, takeTracked(state, flattened)))
        ctx.ledger.set(position_id, { position_id, at_ms: ctx.nowMs })
      }
    }
  },
})

/** Each tick: the open profit at the price that each position would close at. True when an excursion grew. */
function takePrice(state: TradeCloserChangelog, price: PriceUpdate, staleAfterMs: number): boolean {
  const { open } = state
  const isStale = price.age_ms > staleAfterMs
  let changed = false
  for (let i = 0; i < open.length; i++) {
    const position = open[i]!
    if (position.ended) continue
    const side = isStale ? null : position.sign > 0 ? price.bid : price.ask
    const closing = side ?? price.price
    const openProfit = position.sign * position.quantity * (closing - position.entry)
    const profit = position.realised + openProfit
    if (profit > position.best) position.best = profit
    else if (profit < position.worst) position.worst = profit
    else continue
    changed = true
  }
  return changed
}

/** A later state of a position. A tombstone ends it; its excursions are kept for the record of its end. */
function takeState(
  state: TradeCloserChangelog,
  account: string,
  value: PositionState | null,
  ctx: Context,
): boolean {
  if (value === null) {
    const ending = state.open.filter((one) => one.account === account && !one.ended)
    for (const position of ending) position.ended = true
    return ending.length > 0
  }
  if (ctx.ledger.get(value.position_id) !== undefined) return false
  const known = state.open.find((one) => one.position_id === value.position_id)
  const position = known ?? trackedOf(value)
  if (known === undefined) state.open.push(position)
  position.ended = false
  position.quantity = Math.abs(Number(value.quantity))
  position.entry = Number(value.average_entry_price)
  position.realised = Number(value.realised_usd)
  position.updated_at_ms = ctx.nowMs
  if (state.open.length > maxTracked) state.open.shift()
  return true
}

const trackedOf = (value: PositionState): TrackedPosition => ({
  account: value.account,
  position_id: value.position_id,
  ended: false,
  sign: value.quantity.startsWith('-') ? -1 : 1,
  quantity: 0,
  entry: 0,
  realised: 0,
  worst: 0,
  best: 0,
  updated_at_ms: 0,
})

/** Takes the excursions of the position out of the state; none when its state never came. */
function takeTracked(
  state: TradeCloserChangelog,
  flattened: PositionFlattened,
): TrackedPosition | null {
  const index = state.open.findIndex((one) => one.position_id === flattened.position_id)
  return index < 0 ? null : (state.open.splice(index, 1)[0] ?? null)
}
