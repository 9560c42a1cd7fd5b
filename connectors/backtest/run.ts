// Runs a backtest from a feed of ticks to its end and gives what it found: counts, hash, books, trades, equity.
import { createCodec } from '../../schemas/codec.ts'
import type { Config } from '../../schemas/config.ts'
import { exact, zero } from '../../schemas/decimal.ts'
import { deadLetter, positionState } from '../../schemas/topics.ts'
import type {
  DeadLetter,
  ExchangeTick,
  InstrumentState,
  PortfolioState,
  PositionState,
  TradeClosed,
} from '../../schemas/types.gen.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import { createOutputHash } from './output-hash.ts'
import type { EquityPoint } from './report/equity.ts'
import { createSimulation } from './simulation.ts'
import type { Simulation } from './simulation.ts'

export interface BacktestOptions {
  readonly topology: Topology
  readonly config: Config
  readonly instruments: readonly InstrumentState[]
  readonly feed: { next(): ExchangeTick | null }
  /** Rows that the feed refused since the last call; they become dead letters. */
  readonly takeBadRows: () => readonly DeadLetter[]
  /** Called every few thousand ticks. */
  readonly onProgress?: (ticks: number) => void
  readonly onRecord?: (record: LogRecord) => void
}

export interface BacktestResult {
  readonly ticks: number
  readonly fromMs: number
  readonly toMs: number
  readonly topics: Record<string, number>
  readonly trades: readonly TradeClosed[]
  readonly openPositions: readonly PositionState[]
  /** Net of the closed trades. */
  readonly netUsd: string
  readonly equity: readonly EquityPoint[]
  /** Whether every account's closed and open results equal the simulator's wallet to the last decimal. */
  readonly booksBalance: boolean
  readonly books: readonly AccountCheck[]
  readonly outputSha256: string
}

export interface AccountCheck {
  readonly account: string
  /** Wallet change at the simulator. */
  readonly venue_usd: string
  /** Net of closed trades plus what is booked on open positions. */
  readonly pipeline_usd: string
}

const progressEvery = 4_096

/** Runs to the end of the feed. Throws when the feed is empty. */
export function runBacktest(options: BacktestOptions): BacktestResult {
  const hash = createOutputHash(createCodec())
  const trades: TradeClosed[] = []
  const equity: EquityPoint[] = []
  const first = options.feed.next()
  if (first === null) throw new EmptyFeedError('expected at least one tick in the files, was none')
  const fromMs = first.received_at_ms
  const simulation = createSimulation({
    topology: options.topology,
    config: options.config,
    instruments: options.instruments,
    startMs: fromMs - 1,
    onRecord(record) {
      if (record.topic !== 'exchange.tick') hash.add(record)
      if (record.topic === 'trade.closed') trades.push(record.value as TradeClosed)
      if (record.topic === 'portfolio.state' && record.value !== null) {
        const { at_ms, equity_usd, known } = record.value as PortfolioState
        if (known) equity.push({ at_ms, equity_usd })
      }
      options.onRecord?.(record)
    },
  })

  const recordBadRows = (): void => {
    for (const letter of options.takeBadRows()) simulation.engine.publish(deadLetter, letter, toMs)
  }
  let ticks = 0
  let toMs = fromMs
  for (let tick: ExchangeTick | null = first; tick !== null; tick = options.feed.next()) {
    simulation.onTick(tick)
    toMs = tick.received_at_ms
    for (const letter of options.takeBadRows()) simulation.engine.publish(deadLetter, letter, toMs)
    if (++ticks % progressEvery === 0) options.onProgress?.(ticks)
  }
  recordBadRows()
  simulation.runTo(toMs + settleMs(options.config))
  const openPositions = [...simulation.engine.table(positionState).values()] as PositionState[]
  const books = options.config.accounts.map(({ name }) =>
    checkAccount(simulation, name, trades, openPositions),
  )
  return {
    ticks,
    fromMs,
    toMs,
    topics: Object.fromEntries([...simulation.engine.counts()].sort()),
    trades,
    openPositions,
    netUsd: trades.reduce((sum, t) => sum.plus(t.net_usd), zero).toFixed(),
    equity,
    booksBalance: books.every((check) => check.venue_usd === check.pipeline_usd),
    books,
    outputSha256: hash.digest(),
  }
}

export class EmptyFeedError extends Error {
  override readonly name = 'EmptyFeedError'
}

/** Time for orders on their way to arrive and to be reported. */
const settleMs = (config: Config): number =>
  2 * (config.simulator.latency_ms + config.simulator.report_latency_ms) + config.clock_ms

function checkAccount(
  simulation: Simulation,
  account: string,
  trades: readonly TradeClosed[],
  open: readonly PositionState[],
): AccountCheck {
  const books = simulation.venue.books(account)
  let pipeline = zero
  for (const trade of trades) if (trade.account === account) pipeline = pipeline.plus(trade.net_usd)
  for (const position of open)
    if (position.account === account)
      pipeline = pipeline
        .plus(position.realised_usd)
        .minus(position.fees_usd)
        .plus(position.funding_usd)
  return {
    account,
    venue_usd: exact(books.wallet).minus(books.deposits).minus(books.insurance).toFixed(),
    pipeline_usd: pipeline.toFixed(),
  }
}
