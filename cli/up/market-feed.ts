// Where the ticks of `up` come from: the generated market, or market files replayed at their own pace.
import type { MarketFeed } from '../../connectors/backtest/files/market-feed.ts'
import { createMarket } from '../../connectors/exchange/simulator/market.ts'
import type { Config } from '../../schemas/config.ts'
import type { ExchangeTick, InstrumentState } from '../../schemas/types.gen.ts'

export interface TickSource {
  /** The next tick that is due by now, or null. Its receive time is on the wall clock. */
  nextDue(nowMs: number): ExchangeTick | null
  /** True when nothing will come any more. */
  readonly isOver: boolean
}

/** First prices of the generated market; other symbols start at 100. */
const startPrices: Record<string, number> = {
  BTCUSDT: 60_000,
  ETHUSDT: 3_000,
  SOLUSDT: 150,
  '1000PEPEUSDT': 0.01,
}

/** The generated market of the configuration, going on from the last prices of an earlier run. */
export function generatedTicks(
  config: Config,
  instruments: readonly InstrumentState[],
  lastPrices: Readonly<Record<string, number>>,
  startMs: number,
): TickSource {
  const market = createMarket({
    // Each start is another stretch of the same market.
    seed: `${String(config.market.seed)}:${String(Object.keys(lastPrices).length === 0 ? 0 : startMs)}`,
    symbols: instruments.map(({ symbol, tick_size }) => ({
      symbol,
      tick_size,
      price: startPrices[symbol] ?? 100,
    })),
    venues: [config.trading_venue, ...config.pricing_venues],
    environment: config.environment,
    startMs,
    ticksPerSecond: config.market.ticks_per_second,
    liveliness: config.market.liveliness,
  })
  market.resumeFrom(lastPrices)
  return {
    nextDue: (nowMs) => (market.peekAtMs() <= nowMs ? market.next() : null),
    isOver: false,
  }
}

/** Files at their own pace: the first tick is due now, each later one as much later as it was then. */
export function replayedTicks(feed: MarketFeed, config: Config, startMs: number): TickSource {
  let shiftMs: number | null = null
  let tick = feed.next()
  return {
    nextDue(nowMs) {
      if (tick === null) return null
      shiftMs ??= startMs - tick.received_at_ms
      const atMs = tick.received_at_ms + shiftMs
      if (atMs > nowMs) return null
      const due: ExchangeTick = {
        ...tick,
        environment: config.environment,
        received_at_ms: atMs,
        venue_at_ms: tick.venue_at_ms === null ? null : tick.venue_at_ms + shiftMs,
      }
      tick = feed.next()
      return due
    },
    get isOver() {
      return tick === null
    },
  }
}
