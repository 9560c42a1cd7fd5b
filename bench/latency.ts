// Time from a tick to its order in the log, with everything that `up` runs in one process: embedded log on a real file,
// simulated venue with its own, gateway. A tick counts from the moment the process has it to the moment the command that
// it caused is on disk. Disk and cores are part of the figure: read it beside load_average, cpu_wait and commit_ms.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { generatedTicks } from '../cli/up/market-feed.ts'
import { startSystem } from '../cli/up/system.ts'
import type { Step } from '../connectors/embedded/cycle.ts'
import { configSchema } from '../schemas/config.ts'
import type { Config } from '../schemas/config.ts'
import type { ExchangeTick, OrderCommand, OrderReport, PriceUpdate } from '../schemas/types.gen.ts'
import type { LogRecord } from '../topologies/kernel/topic.ts'
import type { Bench } from './run.ts'

const ticksPerSecond = Number(process.env['TICKS_PER_SECOND'] ?? 2_000)
const seconds = Number(process.env['SECONDS'] ?? 20)
const warmUpSeconds = Number(process.env['WARM_UP_SECONDS'] ?? 5)
const rounds = Number(process.env['ROUNDS'] ?? 3)

export const bench: Bench = {
  summary: 'Tick to durable order.command on the embedded log, in ms.',
  async run(log) {
    const results: Figures[] = []
    for (let round = 1; round <= rounds; round++) {
      const folder = mkdtempSync(join(tmpdir(), 'quantum-latency-'))
      try {
        const figures = await measure(folder)
        results.push(figures)
        log(`round ${round} of ${rounds}: ${JSON.stringify(figures)}`)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }
    const names = Object.keys(results[0] ?? {}) as (keyof Figures)[]
    const column = (name: keyof Figures): number[] => results.map((figures) => figures[name])
    return {
      ...Object.fromEntries(names.map((name) => [name, percentile(column(name), 0.5)])),
      ...{ rounds, seconds, ticks_per_second: ticksPerSecond },
      spread: {
        p50_ms: [Math.min(...column('p50_ms')), Math.max(...column('p50_ms'))],
        p99_ms: [Math.min(...column('p99_ms')), Math.max(...column('p99_ms'))],
      },
      rule: 'medians of the rounds; entries and exits whose intent or exit signal follows the price.update of a tick; no window of decision, so that no command waits for a clock tick',
    }
  },
}

type Figures = Awaited<ReturnType<typeof measure>>

/** Many short trades: fast prices, bars of a quarter of a second, small orders, limits that do not bind. */
function livelyConfig(folder: string): Config {
  const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', '1000PEPEUSDT']
  return configSchema.parse({
    pricing_venues: ['bybit', 'okx'],
    accounts: [{ name: 'main', symbols, starting_balance_usd: '1000000' }],
    clock_ms: 50, bars: { interval_ms: 130 },
    ai: { warm_up_bars: 4, consensus: 1, horizon_bars: 8 },
    router: {
      ...{ cooldown_ms: 0, edge_factor: 0, min_confidence: 0, max_spread_bps: 100 },
      ...{ max_divergence_bps: 1_000, max_funding_8h: 1, stop_sigmas: 0.25, target_r: 1.2, max_atr_bps: 5_000 },
      ...{ risk_fraction: 0.000_01, max_notional_fraction: 0.005 },
    },
    limits: {
      ...{ max_open_positions: 100, max_in_flight: 100, max_entries_per_day: 1_000_000 },
      ...{ max_entries_per_minute: 1_000_000, decision_window_ms: 0 },
      ...{ daily_loss_fraction: 1, max_drawdown_fraction: 1 },
    },
    exits: { time_stop_horizons: 10 },
    log: { path: join(folder, 'log.sqlite') },
    simulator: { path: join(folder, 'venue.sqlite') },
    market: { ticks_per_second: ticksPerSecond, liveliness: 80 },
  })
}

async function measure(folder: string) {
  const config = livelyConfig(folder)
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

/** CPU time of the process, and how long its main thread was ready and had no core (Linux; NaN elsewhere). */
function used(): { readonly cpuMs: number; readonly waitMs: number } {
  const { user, system } = process.cpuUsage()
  let waitMs = NaN
  if (process.platform === 'linux')
    waitMs = Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6
  return { cpuMs: (user + system) / 1_000, waitMs }
}

const legName = (symbol: string, atMs: number): string => `${symbol}|${atMs}`

function createMeter() {
  /** When the process had a tick: symbol and receive time name it, for no symbol has two in one ms. */
  const handedAt = new Map<string, number>()
  /** Intents and exit signals that a tick caused, and the commands sent for them: to the moment of that tick. */
  const causes = new Map<string, number>()
  const sent = new Map<string, number>()
  let times = { entry: [] as number[], exit: [] as number[], due: [] as number[] }
  let prices: number[] = []
  let fills: number[] = []
  let commits: number[] = []
  let workMs = 0
  let records = 0
  let ticks = 0
  let stepAt = 0
  let beganAt = 0
  let committedAt = 0

  const onRecord = (record: LogRecord, tick: PriceUpdate | null): PriceUpdate | null => {
    switch (record.topic) {
      case 'price.update': {
        const price = record.value as PriceUpdate
        const from = handedAt.get(legName(price.symbol, price.tick_at_ms))
        if (from !== undefined) prices.push(committedAt - from)
        return price
      }
      // A task's outputs for one input lie together, and those for a tick begin with its price.update. What a clock
      // tick causes comes before the first price of its transaction.
      case 'trade.intent':
      case 'exit.signal': {
        const value = record.value as { symbol: string; tick_at_ms: number }
        const name = legName(value.symbol, value.tick_at_ms)
        const from = handedAt.get(name)
        if (tick === null || name !== legName(tick.symbol, tick.tick_at_ms)) return tick
        const { intent_id: intent, exit_id: exit } = value as Record<string, unknown>
        if (from !== undefined) causes.set(String(intent ?? exit), from)
        return tick
      }
      case 'order.command': {
        const command = record.value as OrderCommand
        const from = causes.get(command.parent_id)
        // Backstops name the intent as their parent too: what they answer is the report of its fill.
        if (from === undefined || (command.purpose !== 'ENTRY' && command.purpose !== 'EXIT'))
          return tick
        sent.set(command.client_order_id, from)
        times[command.purpose === 'ENTRY' ? 'entry' : 'exit'].push(committedAt - from)
        times.due.push(performance.timeOrigin + committedAt - command.tick_at_ms)
        return tick
      }
      case 'order.report': {
        const report = record.value as OrderReport
        const from = sent.get(report.client_order_id)
        if (report.state === 'FILLED' && from !== undefined) fills.push(committedAt - from)
        return tick
      }
      default:
        return tick
    }
  }

  return {
    onTick(tick: ExchangeTick) {
      handedAt.set(legName(tick.symbol, tick.received_at_ms), performance.now())
      ticks++
    },
    atStep(step: Step) {
      if (step === 'READ' || step === 'PROCESSED') return
      const now = performance.now()
      if (step === 'BEGIN') beganAt = now
      if (step === 'COMMITTED') {
        committedAt = now
        commits.push(now - stepAt)
        workMs += stepAt - beganAt
      }
      stepAt = now
    },
    onCommit(appended: readonly LogRecord[]) {
      records += appended.length
      let tick: PriceUpdate | null = null
      for (const record of appended) tick = onRecord(record, tick)
    },
    ticks: () => ticks,
    /** Forgets what the warm-up measured. */
    begin() {
      times = { entry: [], exit: [], due: [] }
      prices = []
      fills = []
      commits = []
      workMs = records = ticks = 0
    },
    figures(tookMs: number) {
      const all = [...times.entry, ...times.exit]
      const sum = commits.reduce((total, ms) => total + ms, 0)
      return {
        ...{ p50_ms: percentile(all, 0.5), p90_ms: percentile(all, 0.9) },
        ...{ p99_ms: percentile(all, 0.99), max_ms: percentile(all, 1) },
        ...{ commands: all.length, entries: times.entry.length, exits: times.exit.length },
        ...{
          entry_p99_ms: percentile(times.entry, 0.99),
          exit_p99_ms: percentile(times.exit, 0.99),
        },
        // From the time the generator gave the tick: what a busy process made it wait for is in it.
        ...{ due_p50_ms: percentile(times.due, 0.5), due_p99_ms: percentile(times.due, 0.99) },
        ...{ price_p50_ms: percentile(prices, 0.5), price_p99_ms: percentile(prices, 0.99) },
        ...{ fill_p50_ms: percentile(fills, 0.5), fill_p99_ms: percentile(fills, 0.99) },
        ...{ ticks_per_s: perSecond(ticks), commits_per_s: perSecond(commits.length) },
        records_per_s: perSecond(records),
        ...{ commit_p50_ms: percentile(commits, 0.5), commit_p99_ms: percentile(commits, 0.99) },
        ...{
          commit_share: rounded(sum / tookMs),
          transaction_share: rounded((workMs + sum) / tookMs),
        },
      }
      function perSecond(count: number): number {
        return Math.round((1_000 * count) / tookMs)
      }
    },
  }
}

/** The smallest value that at least this share of the values does not exceed; NaN of none. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return rounded(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN)
}

const rounded = (value: number): number => Number(value.toPrecision(4))
