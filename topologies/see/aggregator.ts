// Several venues become one price. It must never let a stale, foreign or impossible number into price.update.
import type { Config } from '../../schemas/config.ts'
import {
  aggregatorChangelog,
  clockTick,
  deadLetter,
  exchangeTick,
  markState,
  opsAlert,
  priceUpdate,
} from '../../schemas/topics.ts'
import type {
  AggregatorChangelog,
  ExchangeTick,
  MarkState,
  OpsAlert,
  PriceUpdate,
} from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import type { Ctx, Emit } from '../kernel/processor.ts'
import type { RecordOf } from '../kernel/topic.ts'
import { consolidate, emptyBook, nameVenues } from './consolidate.ts'
import type { SymbolBook } from './consolidate.ts'
import {
  hasMark,
  hasQuote,
  pricedAtMs,
  spreadBps,
  takeTick,
  tickFault,
  unheardVenue,
} from './venue-book.ts'

/** Quotes are rebuilt by fresh input, so they are not kept; a book that knows nothing yet is stale. */
interface State extends SymbolBook {
  /** When the symbol was first expected in this run: its first tick, or the first of the clock. */
  openedAtMs: number
  /** Receive time of the last quote or trade of any venue. */
  pricedAtMs: number
  /** Whether a tick was taken in since mark.state was written, and what was written. */
  ticked: boolean
  markedFresh: boolean
  markedPrice: number
}

type Context = Ctx<never, AggregatorChangelog>
type Write = Emit<typeof priceUpdate | typeof markState | typeof deadLetter | typeof opsAlert>

export const aggregator = processor({
  name: 'aggregator',
  doc: 'Merges the ticks of all venues into one price: fresh venues only, median, outliers left out.',
  reads: [exchangeTick, clockTick],
  writes: [priceUpdate, markState, deadLetter, opsAlert],
  state: {
    ephemeral: true,
    key: (record) => record.key,
    // A configured symbol that no tick comes for must be missed.
    always: (config) => [...new Set(config.accounts.flatMap((account) => account.symbols))],
    initial: (): State => ({
      ...emptyBook(),
      openedAtMs: 0,
      pricedAtMs: 0,
      ticked: false,
      markedFresh: false,
      markedPrice: 0,
    }),
  },
  // Open alerts by symbol: they outlive a restart, which the quotes do not.
  ledger: aggregatorChangelog,
  decide(state, record, ctx, emit) {
    if (record.topic === 'clock.tick') {
      onClock(record.key, state, ctx, emit)
      return
    }
    const tick = record.value
    if (state.venues.length === 0) openVenues(state, ctx.config)
    const nowMs = ctx.nowMs
    const fault = takeOrRefuse(state, tick, nowMs, ctx.config)
    if (fault !== null) {
      refuse(record, fault, nowMs, emit)
      if (state.openedAtMs > 0) return unchanged
      // A symbol that is not ours and of which no sound tick was seen leaves nothing behind.
      if (!isTraded(record.key, ctx.config)) ctx.forget()
      return
    }
    if (state.openedAtMs === 0) state.openedAtMs = nowMs
    const priced = tick.bid !== null || tick.last !== null
    if (priced && tick.received_at_ms > state.pricedAtMs) state.pricedAtMs = tick.received_at_ms
    state.ticked = true
    if (consolidate(state, nowMs, ctx.config.aggregator) > 0)
      emit(priceUpdate, priceOf(state, tick, nowMs, ctx.config.aggregator.stale_after_ms))
  },
})

/** Every configured venue has a place from the start: one that is never heard is shown as stale. */
function openVenues(state: State, config: Config): void {
  state.venues = [config.trading_venue, ...config.pricing_venues].map(unheardVenue)
  state.prices = state.venues.map(() => 0)
  nameVenues(state)
}

const isTraded = (symbol: string, config: Config): boolean =>
  config.accounts.some((account) => account.symbols.includes(symbol))

/** Takes a tick into its venue's book, or says why it must not. */
function takeOrRefuse(
  state: State,
  tick: ExchangeTick,
  nowMs: number,
  config: Config,
): string | null {
  if (tick.environment !== config.environment)
    return `environment: expected ${config.environment}, was ${tick.environment}`
  const { venues } = state
  let i = 0
  while (i < venues.length && venues[i]!.name !== tick.venue) i++
  const venue = venues[i]
  if (venue === undefined)
    return `venue: expected ${venues.map((v) => v.name).join(' or ')}, was ${tick.venue}`
  const toleranceMs = config.aggregator.backward_tolerance_ms
  if (!(tick.received_at_ms >= venue.receivedAtMs - toleranceMs))
    return `received_at_ms: expected at least ${venue.receivedAtMs - toleranceMs}, was ${tick.received_at_ms} (time going back)`
  if (!(tick.received_at_ms <= nowMs + toleranceMs))
    return `received_at_ms: expected at most ${nowMs + toleranceMs}, was ${tick.received_at_ms} (time in the future)`
  const fault = tickFault(tick)
  if (fault === null) takeTick(venue, tick)
  return fault
}

function priceOf(
  state: State,
  tick: ExchangeTick,
  nowMs: number,
  staleAfterMs: number,
): PriceUpdate {
  const trading = state.venues[0]!
  const quoted = hasQuote(trading, nowMs, staleAfterMs)
  const ageMs = nowMs - pricedAtMs(trading)
  const isTrade = tick.last !== null
  return {
    environment: tick.environment,
    symbol: tick.symbol,
    trading_venue: trading.name,
    price: state.price,
    bid: quoted ? trading.bid : null,
    bid_size: quoted ? trading.bidSize : null,
    ask: quoted ? trading.ask : null,
    ask_size: quoted ? trading.askSize : null,
    mark: hasMark(trading, nowMs, staleAfterMs) ? trading.mark : null,
    last: tick.last,
    last_size: isTrade ? tick.last_size : null,
    taker_side: isTrade ? tick.taker_side : null,
    spread_bps: quoted ? spreadBps(trading) : null,
    divergence_bps: state.divergenceBps,
    fresh_venues: state.freshVenues,
    stale_venues: state.staleVenues,
    outlier_venues: state.outlierVenues,
    funding_rate_8h: trading.fundingRate8h,
    next_funding_at_ms: trading.nextFundingAtMs,
    age_ms: ageMs > 0 ? ageMs : 0,
    tick_at_ms: tick.received_at_ms,
  }
}

/** Refreshes mark.state when something changed since it was written, and raises or clears the stale-price alert. */
function onClock(symbol: string, state: State, ctx: Context, emit: Write): void {
  const { nowMs, config } = ctx
  const staleAfterMs = config.aggregator.stale_after_ms
  if (state.venues.length === 0) openVenues(state, config)
  if (state.openedAtMs === 0) state.openedAtMs = nowMs
  consolidate(state, nowMs, config.aggregator)
  const trading = state.venues[0]!
  const fresh = nowMs - pricedAtMs(trading) <= staleAfterMs
  const isNews = state.ticked || fresh !== state.markedFresh || state.price !== state.markedPrice
  // Without any price there is nothing to show, only something to miss.
  if (state.price > 0 && isNews) emit(markState, markOf(symbol, state, fresh, nowMs, config))
  state.ticked = false
  state.markedFresh = fresh
  state.markedPrice = state.price
  const open = ctx.ledger.get(symbol)
  if (fresh) {
    if (open === undefined) return
    ctx.ledger.delete(symbol)
    emit(opsAlert, staleAlert(symbol, state, 'CLEARED', open.raised_at_ms, nowMs, staleAfterMs))
  } else if (open === undefined) {
    // A venue that was not heard yet gets the same time to speak as one that fell silent.
    const silentMs = nowMs - Math.max(pricedAtMs(trading), state.openedAtMs)
    if (silentMs <= staleAfterMs) return
    ctx.ledger.set(symbol, { symbol, raised_at_ms: nowMs })
    emit(opsAlert, staleAlert(symbol, state, 'RAISED', nowMs, nowMs, staleAfterMs))
  }
}

function markOf(
  symbol: string,
  state: State,
  fresh: boolean,
  nowMs: number,
  { environment, aggregator: { stale_after_ms: staleAfterMs } }: Config,
): MarkState {
  const trading = state.venues[0]!
  const quoted = hasQuote(trading, nowMs, staleAfterMs)
  return {
    symbol,
    environment,
    price: state.price,
    bid: quoted ? trading.bid : null,
    ask: quoted ? trading.ask : null,
    mark: hasMark(trading, nowMs, staleAfterMs) ? trading.mark : null,
    spread_bps: quoted ? spreadBps(trading) : null,
    divergence_bps: state.divergenceBps,
    funding_rate_8h: trading.fundingRate8h,
    fresh,
    price_at_ms: state.pricedAtMs,
  }
}

function staleAlert(
  symbol: string,
  state: State,
  alertState: 'RAISED' | 'CLEARED',
  raisedAtMs: number,
  nowMs: number,
  staleAfterMs: number,
): OpsAlert {
  const trading = state.venues[0]!
  const pricedAt = pricedAtMs(trading)
  const seen = pricedAt === 0 ? 'no quote yet' : `a quote ${nowMs - pricedAt} ms old`
  return {
    alert_id: `STALE_PRICE|${symbol}`,
    kind: 'STALE_PRICE',
    severity: 'WARNING',
    state: alertState,
    subject: symbol,
    detail: `${trading.name}: expected a quote of ${symbol} within ${staleAfterMs} ms, was ${seen}`,
    raised_at_ms: raisedAtMs,
    at_ms: nowMs,
  }
}

/** A refused tick leaves whole: nothing of it was taken in. NaN and infinity are kept readable in the payload. */
function refuse(
  record: RecordOf<typeof exchangeTick>,
  detail: string,
  nowMs: number,
  emit: Write,
): void {
  emit(deadLetter, {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    key: record.key,
    processor: 'aggregator',
    cause: 'INVALID_VALUE',
    detail,
    payload_encoding: 'JSON',
    payload: JSON.stringify(record.value, (_, value: unknown) =>
      typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
    ),
    at_ms: nowMs,
  })
}
