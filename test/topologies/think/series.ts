// Seeded series of bars for tests of the ensemble: trends, ranges, breaks and noise, with order flow that goes along.
import { createTask } from '../../../topologies/kernel/task.ts'
import type { Task } from '../../../topologies/kernel/task.ts'
import type { Processor } from '../../../topologies/kernel/processor.ts'
import { marketBar } from '../../../schemas/topics.ts'
import type { Config } from '../../../schemas/config.ts'
import type { AiSignalGenerated, MarketBar, OpsAlert } from '../../../schemas/types.gen.ts'
import { marketBarOf, startMs } from '../../kit/records.ts'

/** One stretch of a series. */
export interface Segment {
  readonly bars: number
  /** Mean move a bar, in units of its standard deviation. */
  readonly drift?: number
  /** Pull towards the price at the start of the segment, share of the distance a bar. */
  readonly pull?: number
  /** Standard deviation of a bar's move, as a fraction of price. */
  readonly sigma?: number
}

const stepsPerBar = 12

/** Bars of the segments, one after the other. The same seed gives the same bars. */
export function barSeries(
  seed: number,
  segments: readonly Segment[],
  intervalMs = 60_000,
): MarketBar[] {
  const normal = normals(seed)
  const bars: MarketBar[] = []
  let price = 1_000
  let openAtMs = Math.floor(startMs / intervalMs) * intervalMs
  for (const { bars: count, drift = 0, pull = 0, sigma = 0.001 } of segments) {
    const anchor = price
    for (let i = 0; i < count; i++) {
      const open = price
      let high = price
      let low = price
      let bought = 0
      let sold = 0
      for (let step = 0; step < stepsPerBar; step++) {
        const noise = normal() / Math.sqrt(stepsPerBar)
        const home = (pull / stepsPerBar) * ((anchor - price) / price)
        const move = sigma * (drift / stepsPerBar + noise) + home
        price *= 1 + move
        high = Math.max(high, price)
        low = Math.min(low, price)
        // Aggressors push price: two thirds of the volume goes the way of the move.
        const size = 1 + Math.abs(normal())
        bought += size * (move > 0 ? 2 / 3 : 1 / 3)
        sold += size * (move > 0 ? 1 / 3 : 2 / 3)
      }
      bars.push(
        marketBarOf({
          interval_ms: intervalMs,
          open_at_ms: openAtMs,
          open,
          high,
          low,
          close: price,
          volume: bought + sold,
          taker_buy_volume: bought,
          taker_sell_volume: sold,
          trade_count: stepsPerBar,
          update_count: stepsPerBar,
        }),
      )
      openAtMs += intervalMs
    }
  }
  return bars
}

/** The same bars upside down: every rise a fall of the same size, bought and sold exchanged. */
export function mirrored(bars: readonly MarketBar[]): MarketBar[] {
  const centre = bars[0]!.open
  const flip = (price: number): number => 2 * centre - price
  return bars.map((bar) => ({
    ...bar,
    open: flip(bar.open),
    high: flip(bar.low),
    low: flip(bar.high),
    close: flip(bar.close),
    taker_buy_volume: bar.taker_sell_volume,
    taker_sell_volume: bar.taker_buy_volume,
  }))
}

export interface EngineRun {
  readonly signals: AiSignalGenerated[]
  readonly alerts: OpsAlert[]
}

/** One task with nothing but this engine. */
export function taskOf(engine: Processor, config: Config): Task {
  return createTask({
    sub: {
      name: 'market',
      processors: [engine],
      inputs: [marketBar],
      handedOn: new Set(),
      tables: [],
      changelogs: [],
    },
    partition: 0,
    partitions: { market: 1, account: 1 },
    logId: 'test',
    config,
    table: () => ({ get: () => undefined, values: () => [] }),
  })
}

/** Gives one bar to a task, at the time that completed it. */
export function feed(task: Task, value: MarketBar): void {
  task.process({
    topic: 'market.bar',
    key: value.symbol,
    value,
    at_ms: value.tick_at_ms,
    partition: 0,
    offset: value.open_at_ms / value.interval_ms,
  })
}

/** Feeds bars to an engine in one task. */
export function runEngine(
  engine: Processor,
  config: Config,
  bars: readonly MarketBar[],
): EngineRun {
  const task = taskOf(engine, config)
  const run: EngineRun = { signals: [], alerts: [] }
  for (const bar of bars) {
    feed(task, bar)
    for (const { topic, value } of task.takeOutputs())
      if (topic === 'ops.alert') run.alerts.push(value as OpsAlert)
      else run.signals.push(value as AiSignalGenerated)
  }
  return run
}

/** Share of each action, 0 to 1. */
export function shares(
  signals: readonly AiSignalGenerated[],
): Record<'BUY' | 'SELL' | 'HOLD', number> {
  const of = (action: string): number =>
    signals.filter((s) => s.action === action).length / signals.length
  return { BUY: of('BUY'), SELL: of('SELL'), HOLD: of('HOLD') }
}

/** Standard normal numbers: mulberry32 (Tommy Ettinger, public domain) and Box and Muller's transform. */
export function normals(seed: number): () => number {
  let state = seed | 0
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}
