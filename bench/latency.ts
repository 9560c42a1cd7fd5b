// Time from a tick to its order in the log, with everything that `up` runs in one process: embedded log on a real file,
// simulated venue with its own, gateway. Disk and cores are part of every figure, so the bare machine is measured beside it.
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { generatedTicks } from '../cli/up/market-feed.ts'
import { startSystem } from '../cli/up/system.ts'
import { configSchema } from '../schemas/config.ts'
import type { Config } from '../schemas/config.ts'
import { probeMachine, used } from './latency/machine.ts'
import { createMeter, percentile, rounded } from './latency/meter.ts'
import type { Bench } from './run.ts'

const ticksPerSecond = Number(process.env['TICKS_PER_SECOND'] ?? 2_000)
const seconds = Number(process.env['SECONDS'] ?? 20)
const warmUpSeconds = Number(process.env['WARM_UP_SECONDS'] ?? 5)
const rounds = Number(process.env['ROUNDS'] ?? 3)

export const bench: Bench = {
  summary: 'Tick to durable order.command on the embedded log, at 2,000 ticks/s.',
  async run(log) {
    const results: Figures[] = []
    for (let round = 1; round <= rounds; round++) {
      const figures = await inFolder(async (folder) => ({
        ...(await measure(livelyConfig(folder))),
        ...(await probeMachine(folder)),
      }))
      results.push(figures)
      log(`round ${round} of ${rounds}: ${JSON.stringify(figures)}`)
    }
    const calm = await inFolder((folder) => measure(calmConfig(folder)))
    const column = (name: keyof Figures): number[] => results.map((figures) => figures[name])
    const names = Object.keys(results[0] ?? {}) as (keyof Figures)[]
    return {
      ...Object.fromEntries(names.map((name) => [name, percentile(column(name), 0.5)])),
      calm_cpu_us_per_tick: calm.cpu_us_per_tick,
      ...{ rounds, seconds, ticks_per_second: ticksPerSecond },
      spread: {
        p50_ms: [Math.min(...column('p50_ms')), Math.max(...column('p50_ms'))],
        p99_ms: [Math.min(...column('p99_ms')), Math.max(...column('p99_ms'))],
      },
      rule: 'medians of the rounds; entries and exits that a tick caused, from the moment the process has the tick to the commit of the command; due_*: from the time the market gave it; calm_*: prices stand still, nothing is traded',
    }
  },
}

type Figures = Awaited<ReturnType<typeof measure>> & Awaited<ReturnType<typeof probeMachine>>

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'quantum-latency-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const filesIn = (folder: string) => ({
  log: { path: join(folder, 'log.sqlite') },
  simulator: { path: join(folder, 'venue.sqlite') },
})

const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', '1000PEPEUSDT']

/**
 * Many short trades: fast prices, short bars, near stops and targets, small orders, limits that do not bind. Without a
 * decision window no command waits for a clock tick. Bars end beside the clock's ticks, so that ticks close them.
 */
function livelyConfig(folder: string): Config {
  return configSchema.parse({
    pricing_venues: ['bybit', 'okx'],
    accounts: [{ name: 'main', symbols, starting_balance_usd: '1000000' }],
    clock_ms: 200,
    bars: { interval_ms: 130 },
    ai: { warm_up_bars: 4, consensus: 1, horizon_bars: 8 },
    router: {
      ...{ cooldown_ms: 0, edge_factor: 0, min_confidence: 0, max_spread_bps: 100 },
      ...{ max_divergence_bps: 1_000, max_funding_8h: 1, max_atr_bps: 5_000 },
      ...{ stop_sigmas: 0.25, target_r: 1.2 },
      ...{ risk_fraction: 0.000_01, max_notional_fraction: 0.005 },
    },
    limits: {
      ...{ max_open_positions: 100, max_in_flight: 100, max_entries_per_day: 1_000_000 },
      ...{ max_entries_per_minute: 1_000_000, decision_window_ms: 0 },
      ...{ daily_loss_fraction: 1, max_drawdown_fraction: 1 },
    },
    exits: { time_stop_horizons: 10 },
    market: { ticks_per_second: ticksPerSecond, liveliness: 40 },
    ...filesIn(folder),
  })
}

/** The same ticks, and nothing follows from them but prices. */
function calmConfig(folder: string): Config {
  return configSchema.parse({
    pricing_venues: ['bybit', 'okx'],
    accounts: [{ name: 'main', symbols }],
    market: { ticks_per_second: ticksPerSecond, liveliness: 0.01 },
    ...filesIn(folder),
  })
}

async function measure(config: Config) {
  const meter = createMeter()
  const system = await startSystem({
    config,
    logger: pino({ level: 'silent' }),
    wallMs: Date.now,
    atStep: meter.atStep,
    ticks(...market) {
      const source = generatedTicks(config, ...market)
      return {
        nextDue(nowMs) {
          const tick = source.nextDue(nowMs)
          if (tick !== null) meter.onTick(tick)
          return tick
        },
        isOver: false,
      }
    },
  })
  system.runtime.onCommit(meter.onCommit)
  try {
    await Promise.race([sleep(warmUpSeconds * 1_000), system.ended])
    const before = used()
    const fromMs = performance.now()
    meter.begin()
    await Promise.race([sleep(seconds * 1_000), system.ended])
    const tookMs = performance.now() - fromMs
    const after = used()
    const cpuMs = after.cpuMs - before.cpuMs
    return {
      ...meter.figures(tookMs),
      cpu_share: rounded(cpuMs / tookMs),
      cpu_us_per_tick: rounded((1_000 * cpuMs) / meter.ticks()),
      cpu_wait_share: rounded((after.waitMs - before.waitMs) / tookMs),
      load_average: rounded(loadavg()[0] ?? NaN),
    }
  } finally {
    await system.stop()
  }
}
