// Throughput of a backtest through the whole topology, with the simulator and trades, beside a plain hand-written loop.
// Both sides see the same seeded walk, run in the same run and take turns; ratios are of medians.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { runBacktest } from '../connectors/backtest/run.ts'
import { backtestConfig } from '../connectors/backtest/settings.ts'
import { builtInInstruments } from '../connectors/exchange/simulator/instruments.ts'
import { configSchema } from '../schemas/config.ts'
import type { ExchangeTick } from '../schemas/types.gen.ts'
import { trading } from '../topologies/trading.ts'
import type { Bench } from './run.ts'

const ticks = Number(process.env['TICKS'] ?? 1_000_000)
const rounds = Number(process.env['ROUNDS'] ?? 3)
const peers =
  process.env['QUANTUM_PEERS_DIR'] ?? resolve(import.meta.dirname, '../../shared/bench-peers')
const startMs = 1_700_000_000_000

export const bench: Bench = {
  summary: 'Backtest throughput against a plain loop (bench-peers/plain_loop.ts, JOB=stages).',
  async run(log) {
    const loop = join(peers, 'plain_loop.ts')
    const hasLoop = existsSync(loop)
    if (!hasLoop) log(`plain loop absent (${loop}): set QUANTUM_PEERS_DIR; no ratio is given`)
    const ours: Run[] = []
    const plain: number[] = []
    for (let round = -1; round < rounds; round++) {
      const run = runOurs()
      const peer = hasLoop ? runPlainLoop(loop) : NaN
      log(
        `round ${String(round)}: ours ${String(Math.round(run.ticksPerS))} ticks/s, plain loop ${String(Math.round(peer))} ticks/s${round < 0 ? ' (warm-up, not counted)' : ''}`,
      )
      if (round < 0) continue
      ours.push(run)
      plain.push(peer)
    }
    const ticksPerS = median(ours.map((run) => run.ticksPerS))
    const loopTicksPerS = median(plain)
    const last = ours.at(-1)!
    return {
      ticks,
      rounds,
      ticks_per_s: Math.round(ticksPerS),
      events_per_s: Math.round((ticksPerS * last.events) / ticks),
      events_per_tick: last.events / ticks,
      trades: last.trades,
      orders: last.orders,
      output_sha256: last.sha256,
      plain_loop_ticks_per_s: hasLoop ? Math.round(loopTicksPerS) : null,
      ratio_to_plain_loop: hasLoop ? ticksPerS / loopTicksPerS : null,
      spread: {
        ours: range(ours.map((run) => run.ticksPerS)),
        plain_loop: hasLoop ? range(plain) : null,
      },
      differences:
        'ours matches orders, keeps accounts, checks gates and hashes every output; the plain loop does none of it and computes its 20 features on every tick, ours on every bar',
    }
  },
}

interface Run {
  readonly ticksPerS: number
  readonly events: number
  readonly trades: number
  readonly orders: number
  readonly sha256: string
}

function runOurs(): Run {
  const feed = walk()
  const config = backtestConfig(
    configSchema.parse({}),
    { spacing: { kind: 'ticks', barIntervalMs: null }, symbols: ['BTCUSDT'] },
    1_000,
  )
  const instruments = builtInInstruments(config.trading_venue, 'BACKTEST', 0).filter(
    (i) => i.symbol === 'BTCUSDT',
  )
  const began = performance.now()
  const result = runBacktest({
    topology: trading,
    config,
    instruments,
    feed,
    takeBadRows: () => [],
  })
  const seconds = (performance.now() - began) / 1_000
  if (!result.booksBalance) throw new Error(`books do not balance: ${JSON.stringify(result.books)}`)
  return {
    ticksPerS: result.ticks / seconds,
    events: Object.values(result.topics).reduce((sum, n) => sum + n, 0),
    trades: result.trades.length,
    orders: result.topics['order.command'] ?? 0,
    sha256: result.outputSha256,
  }
}

/**
 * The walk of the peers' scripts: a linear congruential generator. One tick each 2 ms: as many as the recorded BTCUSDT
 * and ETHUSDT perpetuals of 2024-08-08 have together (155,470 in 345 s). What runs by the clock weighs accordingly.
 */
function walk(): { next(): ExchangeTick | null } {
  let state = 12_345
  let price = 30_000
  let index = 0
  const unit = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
  return {
    next() {
      if (index === ticks) return null
      const step = (unit() - 0.5) * 4
      price += step
      const last = Math.round(price * 10) / 10
      const size = Math.round(unit() * 1_000) / 1_000 + 0.001
      const atMs = startMs + index * 2
      return {
        venue: 'binance',
        environment: 'BACKTEST',
        symbol: 'BTCUSDT',
        bid: last - 0.1,
        bid_size: 10,
        ask: last,
        ask_size: 10,
        last,
        last_size: size,
        taker_side: step >= 0 ? 'BUY' : 'SELL',
        mark: null,
        funding_rate: null,
        funding_interval_ms: null,
        next_funding_at_ms: null,
        venue_at_ms: atMs,
        received_at_ms: atMs,
        sequence: index++,
      }
    },
  }
}

function runPlainLoop(script: string): number {
  const env = { ...process.env, JOB: 'stages', TICKS: String(ticks), REPEATS: '1' }
  const output = execFileSync(process.execPath, [script], { env, encoding: 'utf8' })
  return (JSON.parse(output) as { ticks_per_s: number }).ticks_per_s
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)
const median = (values: readonly number[]): number => sorted(values)[Math.floor(values.length / 2)]!
const range = (values: readonly number[]): [number, number] => [
  Math.round(Math.min(...values)),
  Math.round(Math.max(...values)),
]
