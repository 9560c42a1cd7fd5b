// Plays a generated market to its end while somebody watches the venue, and says in words everything that is wrong.
import { Decimal } from 'decimal.js'
import type { Config } from '../../schemas/config.ts'
import { deadLetter, opsAlert, positionState, tradeClosed } from '../../schemas/topics.ts'
import type { PositionState } from '../../schemas/types.gen.ts'
import {
  copies,
  resultFaults,
  sequenceFaults,
  signalFaults,
  sum,
  tradeFaults,
} from './adding-up.ts'
import { wholeRun, wholeStartMs } from './whole-run.ts'
import type { WholeRun } from './whole-run.ts'

const watchMs = 100

/** Most positions open at once, and the longest time without a resting stop of its size, by account, as the venue has it. */
export interface Watched {
  mostOpen: number
  longestNakedMs: number
}

export interface Played {
  readonly run: WholeRun
  readonly watched: Watched
}

/** Runs for `ms` and lets what is under way arrive. */
export function play(
  seed: number | string,
  config: Config,
  ms: number,
  startMs = wholeStartMs,
): Played {
  const watched: Watched = { mostOpen: 0, longestNakedMs: 0 }
  const open = new Map<string, Set<string>>()
  const run = wholeRun({
    seed,
    config,
    startMs,
    onRecord(record) {
      if (record.topic !== 'position.state') return
      const [account = '', symbol = ''] = record.key.split('|')
      const symbols = open.get(account) ?? new Set()
      open.set(account, symbols)
      if (record.value === null) symbols.delete(symbol)
      else symbols.add(symbol)
      watched.mostOpen = Math.max(watched.mostOpen, symbols.size)
    },
  })
  const nakedSinceMs = new Map<string, number>()
  for (let atMs = 0; atMs < ms; atMs += watchMs) {
    run.run(watchMs)
    watchStops(run, nakedSinceMs, watched)
  }
  run.settle()
  return { run, watched }
}

function watchStops(run: WholeRun, nakedSinceMs: Map<string, number>, watched: Watched): void {
  for (const { name } of run.config.accounts) {
    const { positions, open_orders } = run.simulation.venue.snapshot(name, run.nowMs())
    watched.mostOpen = Math.max(watched.mostOpen, positions.length)
    for (const { symbol } of run.instruments) {
      const key = `${name}|${symbol}`
      const position = positions.find((one) => one.symbol === symbol)
      const stops = open_orders.filter((one) => one.symbol === symbol && one.reduce_only)
      const covered = new Decimal(sum(stops.map((stop) => stop.quantity)))
      if (position === undefined || covered.gte(new Decimal(position.quantity).abs()))
        nakedSinceMs.delete(key)
      else {
        const sinceMs = nakedSinceMs.get(key) ?? run.nowMs()
        nakedSinceMs.set(key, sinceMs)
        watched.longestNakedMs = Math.max(watched.longestNakedMs, run.nowMs() - sinceMs)
      }
    }
  }
}

/** What each account's venue wallet gained, against closed trades and what is booked on open positions. */
export function bookFaults(run: WholeRun): string[] {
  const open = [...run.simulation.engine.table(positionState).values()] as PositionState[]
  return run.config.accounts.flatMap(({ name }) => {
    const { wallet, deposits, insurance } = run.simulation.venue.books(name)
    const closedUsd = run
      .of(tradeClosed)
      .filter((one) => one.account === name)
      .map((one) => one.net_usd)
    const openUsd = open
      .filter((one) => one.account === name)
      .map((one) => new Decimal(one.realised_usd).minus(one.fees_usd).plus(one.funding_usd))
    const ours = sum([...closedUsd, ...openUsd.map((one) => one.toFixed())])
    const theirs = new Decimal(wallet).minus(deposits).minus(insurance).toFixed()
    return ours === theirs ? [] : [`${name}: expected a change of ${theirs}, was ${ours}`]
  })
}

/** Our open positions and the venue's, where they differ. */
export function positionFaults(run: WholeRun): string[] {
  const ours = run.simulation.engine.table(positionState) as ReadonlyMap<string, PositionState>
  return run.config.accounts.flatMap(({ name }) => {
    const { positions } = run.simulation.venue.snapshot(name, run.nowMs())
    return run.instruments.flatMap(({ symbol }) => {
      const mine = ours.get(`${name}|${symbol}`)?.quantity ?? '0'
      const theirs = positions.find((one) => one.symbol === symbol)?.quantity ?? '0'
      return mine === theirs ? [] : [`${name}|${symbol}: expected ${theirs}, was ${mine}`]
    })
  })
}

/** A command on its way to the venue and its report on the way back. */
const longestTripMs = ({ simulator }: Config): number =>
  simulator.latency_ms + simulator.report_latency_ms

/** Everything that is wrong with a run, in words. */
export function faultsOf({ run, watched }: Played): string[] {
  const { config } = run
  const critical = run.of(opsAlert).filter((alert) => alert.severity === 'CRITICAL')
  return [
    ...copies(run),
    ...sequenceFaults(run),
    ...resultFaults(run, run.nowMs() - longestTripMs(config)),
    ...tradeFaults(run),
    ...signalFaults(run, config.accounts),
    ...bookFaults(run),
    ...positionFaults(run),
    ...critical.map((one) => `alert ${one.kind} ${one.subject} ${one.state}: ${one.detail}`),
    ...run.of(deadLetter).map((one) => `dead letter of ${one.topic}: ${one.detail}`),
    ...(watched.mostOpen > config.limits.max_open_positions
      ? [`expected at most ${config.limits.max_open_positions} positions, was ${watched.mostOpen}`]
      : []),
    ...(watched.longestNakedMs > config.watch.naked_after_ms
      ? [`a position had no stop of its size for ${watched.longestNakedMs} ms`]
      : []),
  ]
}
