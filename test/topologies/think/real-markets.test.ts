// The transparent ensemble on recorded markets: it must act on both sides, and not on every bar.
import { describe, expect, it } from 'vitest'
import type { AiSignalGenerated, MarketBar } from '../../../schemas/types.gen.ts'
import { exchangeTick, marketBar, priceUpdate } from '../../../schemas/topics.ts'
import type { Topic } from '../../../schemas/topic.ts'
import { createTask } from '../../../topologies/kernel/task.ts'
import { aggregator } from '../../../topologies/see/aggregator.ts'
import { bars } from '../../../topologies/see/bars.ts'
import { aiEngine } from '../../../topologies/think/ai-engine.ts'
import { needMarketData } from '../../kit/data.ts'
import { testConfig } from '../../kit/given.ts'
import { feedOf } from '../../kit/market-files.ts'
import { shares } from './series.ts'

interface Run {
  readonly signals: AiSignalGenerated[]
  readonly bars: MarketBar[]
  readonly deadLetters: number
}

/** Runs files through aggregator, bars and engine, with a clock tick every `clockMs`. */
function runFiles(files: readonly string[], intervalMs: number, clockMs: number): Run {
  const config = testConfig({
    environment: 'BACKTEST',
    bars: { interval_ms: intervalMs },
    // Ticks of a bar are a third of it apart: such a feed is fresh for longer.
    aggregator: { stale_after_ms: Math.max(5_000, intervalMs) },
    exits: { silent_after_ms: Math.max(15_000, 2 * intervalMs) },
  })
  const task = createTask({
    sub: {
      name: 'market',
      processors: [aggregator, bars, aiEngine],
      inputs: [exchangeTick],
      handedOn: new Set<Topic>([priceUpdate, marketBar]),
      tables: [],
      changelogs: [],
    },
    partition: 0,
    partitions: { market: 1, account: 1 },
    logId: 'test',
    config,
    table: () => ({ get: () => undefined, values: () => [] }),
  })
  const { feed } = feedOf(files)
  const run: Run = { signals: [], bars: [], deadLetters: 0 }
  let deadLetters = 0
  let clockAtMs = 0
  let offset = 0
  for (let tick = feed.next(); tick !== null; tick = feed.next()) {
    const atMs = tick.received_at_ms
    if (clockAtMs === 0) clockAtMs = Math.ceil(atMs / clockMs) * clockMs
    for (; clockAtMs <= atMs; clockAtMs += clockMs) task.tick(clockAtMs)
    const key = tick.symbol
    task.process({ topic: 'exchange.tick', key, value: tick, at_ms: atMs, partition: 0, offset })
    offset++
    for (const { topic, value } of task.takeOutputs())
      if (topic === 'ai.signal_generated') run.signals.push(value as AiSignalGenerated)
      else if (topic === 'market.bar') run.bars.push(value as MarketBar)
      else if (topic === 'dead.letter') deadLetters++
    task.takeChanges()
  }
  return { ...run, deadLetters }
}

describe('recorded markets', () => {
  it('real ticks of BTCUSDT and ETHUSDT in bars of 5 s: both sides, no dead letter', (context) => {
    const files = needMarketData(
      context,
      ...['BTCUSDT', 'ETHUSDT'].flatMap((symbol) => [
        `trades/binance_um_${symbol}_trades_20240808T2354.csv.gz`,
        `quotes/binance_um_${symbol}_bookTicker_20240808T2354.csv.gz`,
      ]),
    )
    const run = runFiles(files, 5_000, 1_000)
    expect(run.deadLetters).toBe(0)
    const share = shares(run.signals)
    expect(share.BUY).toBeGreaterThan(0.02)
    expect(share.SELL).toBeGreaterThan(0.02)
    expect(share.HOLD).toBeGreaterThan(0.6)
    expect(run.bars.every((bar) => !bar.gap)).toBe(true)
  })

  it('hourly bars over years: both sides, holes marked, confidence that varies', (context) => {
    const [file] = needMarketData(context, 'klines/bitvavo_spot_BTCEUR_1h_20191231_20240531.csv.gz')
    const run = runFiles([`BTCEUR:klines:${file!}`], 3_600_000, 3_600_000)
    const share = shares(run.signals)
    for (const side of ['BUY', 'SELL'] as const) {
      expect(share[side]).toBeGreaterThan(0.02)
      expect(share[side]).toBeLessThan(0.2)
    }
    const hourly = run.bars.filter((bar) => bar.interval_ms === 3_600_000)
    // As the data's description has it: 12 gaps, 30 bars missing.
    expect(hourly.filter((bar) => bar.gap).length).toBe(12)
    expect(hourly.reduce((sum, bar) => sum + bar.missing_bars, 0)).toBe(30)
    const acting = run.signals.filter((signal) => signal.action !== 'HOLD')
    expect(new Set(acting.map((signal) => signal.confidence)).size).toBeGreaterThan(
      0.9 * acting.length,
    )
  })
})
