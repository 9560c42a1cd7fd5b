// A generated market: ticks of several symbols at several venues, decided by seed, start time and symbols alone.
// For demos and tests. Nothing in it is market data, and results on it say nothing about real ones.
import type { Environment, ExchangeTick } from '../../../schemas/types.gen.ts'
import { invariant } from '../../../topologies/kernel/invariant.ts'
import { exact } from '../../../schemas/decimal.ts'
import type { PricePath } from './market-path.ts'
import { leaningOf, movePath, placePath, startPath } from './market-path.ts'
import type { Random } from './random.ts'
import { randomFrom } from './random.ts'

export interface MarketSymbol {
  readonly symbol: string
  /** Price at the start, and the one it is drawn back to. */
  readonly price: number
  readonly tick_size: string
}

export interface MarketOptions {
  readonly seed: number | string
  readonly symbols: readonly MarketSymbol[]
  /** The first is the trading venue: it never diverges. */
  readonly venues: readonly string[]
  readonly environment: Environment
  readonly startMs: number
  /** Over all symbols and venues. */
  readonly ticksPerSecond: number
  /** How far prices move: 1 is about 100 bps a minute in a trend, 0.1 about 10. */
  readonly liveliness: number
  /** Default eight hours. */
  readonly fundingIntervalMs?: number
}

export interface Market {
  /** The next tick. There is always one. */
  next(): ExchangeTick
  /** Receive time of the next tick. */
  peekAtMs(): number
  /** Goes on from the last prices of an earlier run. Symbols of other markets are left alone. */
  resumeFrom(lastPriceBySymbol: Readonly<Record<string, number>>): void
}

/** One symbol at one venue. */
interface Stream {
  readonly venue: string
  /** Place among the venues, 0 for the trading one. */
  readonly rank: number
  readonly symbol: string
  readonly path: PricePath
  readonly random: Random
  readonly tickSize: number
  readonly priceScale: number
  readonly sizeScale: number
  offsetBps: number
  divergenceBps: number
  divergesUntilMs: number
  atMs: number
  sequence: number
  markedAtMs: number
}

const QUOTE_USD = 20_000
const TRADE_USD = 2_000
const MARK_EVERY_MS = 1_000

/** Creates the market. Throws when an option makes no market. */
export function createMarket(options: MarketOptions): Market {
  const { startMs, ticksPerSecond, liveliness, environment } = options
  const fundingIntervalMs = options.fundingIntervalMs ?? 8 * 3_600_000
  const streams = makeStreams(options)
  const intervalMs = 1_000 / ticksPerSecond
  invariant(streams.length > 0, 'expected a symbol and a venue, was none')
  invariant(
    intervalMs > 0 && intervalMs < Infinity && liveliness > 0,
    `expected ticks per second and liveliness above 0, was ${ticksPerSecond} and ${liveliness}`,
  )
  let slot = 0
  const slotAtMs = (): number => startMs + Math.floor(slot * intervalMs)

  function next(): ExchangeTick {
    const atMs = slotAtMs()
    const stream = streams[slot % streams.length]
    invariant(stream !== undefined, 'expected a stream, was none')
    slot++
    const mid = moveStream(stream, atMs)
    const tick = emptyTick(stream, environment, atMs)
    if (stream.sequence > 1 && atMs - stream.markedAtMs >= MARK_EVERY_MS)
      addMark(stream, tick, fundingIntervalMs)
    else if (stream.sequence === 1 || stream.random.next() < 0.6) addQuote(stream, tick, mid)
    else addTrade(stream, tick, mid)
    return tick
  }

  return {
    next,
    peekAtMs: slotAtMs,
    resumeFrom(lastPriceBySymbol) {
      for (const stream of streams) {
        const price = lastPriceBySymbol[stream.symbol]
        if (price !== undefined && price > 0) placePath(stream.path, price)
      }
    },
  }
}

function makeStreams(options: MarketOptions): Stream[] {
  const { seed, startMs, liveliness } = options
  const paths = options.symbols.map(({ symbol, price }) => {
    invariant(price > 0, `${symbol}: expected a price above 0, was ${price}`)
    return startPath(randomFrom(`${seed}|${startMs}|${symbol}`), price, liveliness, startMs)
  })
  return options.venues.flatMap((venue, rank) =>
    options.symbols.flatMap(({ symbol, price, tick_size: tick }, index): Stream[] => {
      const path = paths[index]
      if (path === undefined) return []
      return [
        {
          ...{ venue, rank, symbol, path },
          random: randomFrom(`${seed}|${startMs}|${symbol}|${venue}`),
          tickSize: Number(tick),
          priceScale: 10 ** exact(tick).decimalPlaces(),
          sizeScale: 10 ** Math.max(0, Math.ceil(Math.log10(price / 100))),
          ...{ offsetBps: 0, divergenceBps: 0, divergesUntilMs: 0 },
          ...{ atMs: startMs, sequence: 0, markedAtMs: -Infinity },
        },
      ]
    }),
  )
}

/** Moves hidden price and venue noise on and returns the venue's mid. */
function moveStream(stream: Stream, atMs: number): number {
  const { random, rank } = stream
  const seconds = (atMs - stream.atMs) / 1_000
  stream.atMs = atMs
  stream.sequence++
  const hidden = movePath(stream.path, atMs)
  stream.offsetBps += -0.5 * stream.offsetBps * seconds + 0.5 * Math.sqrt(seconds) * random.normal()
  // About every three minutes a pricing venue strays for some seconds.
  if (rank > 0 && atMs >= stream.divergesUntilMs) {
    stream.divergenceBps = 0
    if (random.next() < seconds / 180) {
      stream.divergenceBps = random.between(10, 30) * (random.next() < 0.5 ? -1 : 1)
      stream.divergesUntilMs = atMs + random.between(3_000, 6_000)
    }
  }
  return hidden * (1 + (stream.offsetBps + stream.divergenceBps) / 10_000)
}

function addMark(stream: Stream, tick: ExchangeTick, fundingIntervalMs: number): void {
  const atMs = tick.received_at_ms
  const { path } = stream
  stream.markedAtMs = atMs
  tick.mark = onTick(stream, path.anchorPrice * Math.exp(path.positionBps / 10_000))
  tick.funding_rate = Math.round((0.0001 + path.positionBps * 5e-7) * 1e8) / 1e8
  tick.funding_interval_ms = fundingIntervalMs
  tick.next_funding_at_ms = (Math.floor(atMs / fundingIntervalMs) + 1) * fundingIntervalMs
}

function addQuote(stream: Stream, tick: ExchangeTick, mid: number): void {
  const { random } = stream
  const leaning = leaningOf(stream.path)
  const { bid, ask } = quoteAround(stream, mid)
  tick.bid = bid
  tick.ask = ask
  tick.bid_size = sizeOf(stream, QUOTE_USD * (1 + 0.6 * leaning) * Math.exp(0.7 * random.normal()))
  tick.ask_size = sizeOf(stream, QUOTE_USD * (1 - 0.6 * leaning) * Math.exp(0.7 * random.normal()))
}

/** A trade takes the ask or the bid, more often in the direction of the market. */
function addTrade(stream: Stream, tick: ExchangeTick, mid: number): void {
  const { random } = stream
  const { bid, ask } = quoteAround(stream, mid)
  const isBuy = random.next() < 0.5 + 0.35 * leaningOf(stream.path)
  tick.last = isBuy ? ask : bid
  tick.last_size = sizeOf(stream, TRADE_USD * Math.exp(random.normal()))
  tick.taker_side = isBuy ? 'BUY' : 'SELL'
}

function quoteAround(stream: Stream, mid: number): { bid: number; ask: number } {
  const { random, path, tickSize } = stream
  const spreadBps = random.between(0.4, 1.2) * (path.regime === 'VOLATILE' ? 2 : 1)
  const spread = Math.max(tickSize, (mid * spreadBps) / 10_000)
  const bid = Math.max(tickSize, onTick(stream, mid - spread / 2))
  return { bid, ask: Math.max(onTick(stream, bid + tickSize), onTick(stream, mid + spread / 2)) }
}

function onTick(stream: Stream, price: number): number {
  const { tickSize, priceScale } = stream
  return Math.round(Math.round(price / tickSize) * tickSize * priceScale) / priceScale
}

function sizeOf(stream: Stream, usd: number): number {
  const { path, sizeScale } = stream
  const size = Math.round((usd / path.anchorPrice) * sizeScale) / sizeScale
  return Math.max(size, 1 / sizeScale)
}

function emptyTick(stream: Stream, environment: Environment, atMs: number): ExchangeTick {
  return {
    ...{ venue: stream.venue, environment, symbol: stream.symbol },
    ...{ bid: null, bid_size: null, ask: null, ask_size: null },
    ...{ last: null, last_size: null, taker_side: null, mark: null },
    ...{ funding_rate: null, funding_interval_ms: null, next_funding_at_ms: null },
    // Each venue's message has travelled for some milliseconds.
    venue_at_ms: atMs - 2 - 3 * stream.rank,
    received_at_ms: atMs,
    sequence: stream.sequence,
  }
}
