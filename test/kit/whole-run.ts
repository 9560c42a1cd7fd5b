// The whole topology and the simulated venue on a generated market, in virtual time and strictly: outputs must fit their
// schemas, are frozen, and `unchanged` is checked. Everything that enters the log is kept.
import { join } from 'node:path'
import { Decimal } from 'decimal.js'
import { loadConfig } from '../../cli/configuration/load.ts'
import { createSimulation } from '../../connectors/backtest/simulation.ts'
import type { Simulation } from '../../connectors/backtest/simulation.ts'
import { builtInInstruments } from '../../connectors/exchange/simulator/instruments.ts'
import { createMarket } from '../../connectors/exchange/simulator/market.ts'
import type { Market } from '../../connectors/exchange/simulator/market.ts'
import { createCodec } from '../../schemas/codec.ts'
import type { Config } from '../../schemas/config.ts'
import type { Topic, TopicName } from '../../schemas/topic.ts'
import type { ExchangeTick, InstrumentState } from '../../schemas/types.gen.ts'
import type { LogRecord, ValueOf } from '../../topologies/kernel/topic.ts'
import { trading } from '../../topologies/trading.ts'
import type { Recorded } from './adding-up.ts'

/** 20 s before midnight UTC, where the day's counts start anew and funding is paid. */
export const wholeStartMs = Date.UTC(2025, 10, 24, 23, 59, 40)

const startPrices: Record<string, number> = { BTCUSDT: 60_000, ETHUSDT: 3_000, SOLUSDT: 150 }

/** The configuration of `npm start`. */
export function demoConfig(): Config {
  return loadConfig(join(import.meta.dirname, '../../cli/demo.yaml'), {})
}

export interface WholeRun extends Recorded {
  readonly config: Config
  readonly simulation: Simulation
  readonly market: Market
  readonly instruments: readonly InstrumentState[]
  /** Every record that entered the log, in order. */
  readonly records: readonly LogRecord[]
  /** Prices of these symbols are multiplied by it, from now on. */
  readonly priceFactors: Map<string, number>
  nowMs(): number
  /** Lets the market go on for so long. `change` may replace a tick, or hold it back with null. */
  run(ms: number, change?: (tick: ExchangeTick) => ExchangeTick | null): void
  /** Time without ticks: what is under way arrives. */
  settle(): void
  /** Runs until the condition holds. Fails when it does not within `limitMs` of virtual time. */
  runUntil(holds: () => boolean, what: string, limitMs?: number): void
}

export interface WholeRunOptions {
  readonly seed: number | string
  readonly config?: Config
  readonly startMs?: number
  /** Symbols that the venue does not describe. Their ticks come nevertheless. */
  readonly withoutFilters?: readonly string[]
  /** Called for every record that enters the log, before it is processed. */
  readonly onRecord?: (record: LogRecord) => void
}

const codec = createCodec()

export function wholeRun(options: WholeRunOptions): WholeRun {
  const config = options.config ?? demoConfig()
  const startMs = options.startMs ?? wholeStartMs
  const symbols = new Set(config.accounts.flatMap((account) => account.symbols))
  const instruments = builtInInstruments(config.trading_venue, config.environment, startMs).filter(
    (instrument) => symbols.has(instrument.symbol),
  )
  const records: LogRecord[] = []
  const byTopic = new Map<TopicName, unknown[]>()
  const simulation = createSimulation({
    topology: trading,
    config,
    instruments: instruments.filter((one) => !options.withoutFilters?.includes(one.symbol)),
    startMs,
    strict: true,
    onRecord(record) {
      if (record.value !== null) {
        codec.encodeShared(record.topic, record.value)
        const values = byTopic.get(record.topic) ?? []
        values.push(record.value)
        byTopic.set(record.topic, values)
      }
      records.push(record)
      options.onRecord?.(record)
    },
  })
  const market = createMarket({
    seed: options.seed,
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
  let nowMs = startMs
  const priceFactors = new Map<string, number>()
  const shifted = (tick: ExchangeTick): ExchangeTick => {
    const factor = priceFactors.get(tick.symbol)
    const size = instruments.find((one) => one.symbol === tick.symbol)?.tick_size
    if (factor === undefined || size === undefined) return tick
    const at = (price: number | null): number | null =>
      price === null ? null : new Decimal(price).times(factor).toNearest(size).toNumber()
    const { bid, ask, last, mark } = tick
    return { ...tick, bid: at(bid), ask: at(ask), last: at(last), mark: at(mark) }
  }
  const self: WholeRun = {
    config,
    simulation,
    market,
    instruments,
    records,
    priceFactors,
    of: <T extends Topic>(topic: T) => (byTopic.get(topic.name) ?? []) as ValueOf<T>[],
    nowMs: () => nowMs,
    run(ms, change = (tick) => tick) {
      const untilMs = nowMs + ms
      while (market.peekAtMs() <= untilMs) {
        const tick = change(shifted(market.next()))
        if (tick !== null) simulation.onTick(tick)
      }
      nowMs = untilMs
      simulation.runTo(nowMs)
    },
    settle() {
      const { latency_ms, report_latency_ms } = config.simulator
      nowMs += 4 * (latency_ms + report_latency_ms) + config.limits.decision_window_ms
      nowMs += 2 * config.clock_ms
      simulation.runTo(nowMs)
    },
    runUntil(holds, what, limitMs = 600_000) {
      const untilMs = nowMs + limitMs
      while (!holds()) {
        if (nowMs >= untilMs) throw new Error(`expected ${what} within ${limitMs} ms, was none`)
        self.run(100)
      }
    },
  }
  return self
}
