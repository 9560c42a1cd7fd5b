// quantum backtest: the whole topology and the exchange simulator over market files, in virtual time.
import { writeFileSync } from 'node:fs'
import { openMarketFiles } from '../connectors/backtest/files/market-feed.ts'
import type { MarketFeed } from '../connectors/backtest/files/market-feed.ts'
import { MarketFileError } from '../connectors/backtest/files/market-file-error.ts'
import { samplePrices } from '../connectors/backtest/files/sample-prices.ts'
import { performanceMetrics } from '../connectors/backtest/report/metrics.ts'
import { renderReport } from '../connectors/backtest/report/html.ts'
import { EmptyFeedError, runBacktest } from '../connectors/backtest/run.ts'
import type { BacktestResult } from '../connectors/backtest/run.ts'
import { backtestConfig } from '../connectors/backtest/settings.ts'
import {
  builtInInstruments,
  inferInstrument,
} from '../connectors/exchange/simulator/instruments.ts'
import type { Config } from '../schemas/config.ts'
import type { DeadLetter, InstrumentState } from '../schemas/types.gen.ts'
import { trading } from '../topologies/trading.ts'
import { loadConfig } from './configuration/load.ts'
import { createProgress } from './progress.ts'
import type { Io, Verb } from './verb.ts'
import { UserError, durationMs, exit } from './verb.ts'

export const verb: Verb = {
  name: 'backtest',
  summary:
    'Run the topology over market files (Binance columns: trades, bookTicker, klines; plain or gzip).',
  usage: 'FILES… [--bar 5s] [--report FILE.html]',
  options: {
    config: { type: 'string', help: 'Configuration file (YAML).' },
    bar: {
      type: 'string',
      help: 'Interval of the signal bars, for example 5s, 1m or 1h. Default: the configuration’s.',
    },
    'spread-bps': {
      type: 'string',
      help: 'Spread of the quotes made from klines, in basis points. Default 2.',
    },
    report: {
      type: 'string',
      help: 'Write a self-contained HTML page with metrics, equity curve and trades.',
    },
    trades: { type: 'boolean', help: 'Print the list of trades.' },
  },
  async run({ values, positionals, io, json }) {
    if (positionals.length === 0) throw new UserError('expected at least one market file, was none')
    const config = loadConfig((values['config'] as string | undefined) ?? null, io.env)
    const barMs =
      values['bar'] === undefined
        ? config.bars.interval_ms
        : durationMs('bar', String(values['bar']))
    const spreadBps = Number(values['spread-bps'] ?? 2)
    if (!(spreadBps >= 0))
      throw new UserError(`--spread-bps: expected 0 or more, was ${String(values['spread-bps'])}`)
    try {
      const { result, seconds, effective, instruments } = execute(
        positionals,
        config,
        { barMs, spreadBps },
        io,
        json,
      )
      const metrics = performanceMetrics(result.trades, result.equity)
      const summary = summaryOf(result, seconds, instruments)
      if (values['report'] !== undefined)
        writeFileSync(
          String(values['report']),
          renderReport({
            title: 'Quantum Trader backtest',
            symbols: effective.accounts[0]!.symbols,
            from_ms: result.fromMs,
            to_ms: result.toMs,
            venue: effective.trading_venue,
            bar_interval_ms: barMs,
            ticks: result.ticks,
            output_sha256: result.outputSha256,
            metrics,
            curve: result.equity,
            trades: result.trades,
          }),
        )
      if (json)
        io.out(
          JSON.stringify({
            ...summary,
            metrics,
            ...(values['trades'] === true ? { trade_list: result.trades } : {}),
          }),
        )
      else io.out(textOf(summary, metrics, values['trades'] === true ? result : null))
      return result.booksBalance ? exit.ok : exit.finding
    } catch (error) {
      if (error instanceof MarketFileError || error instanceof EmptyFeedError)
        throw new UserError(error.message, exit.failed)
      throw error
    }
  },
}

function execute(
  files: readonly string[],
  config: Config,
  { barMs, spreadBps }: { barMs: number; spreadBps: number },
  io: Io,
  json: boolean,
): { result: BacktestResult; seconds: number; effective: Config; instruments: InstrumentState[] } {
  const letters: DeadLetter[] = []
  using feed = openMarketFiles(files, {
    venue: config.trading_venue,
    spreadBps,
    onBadRow: (row) => {
      letters.push(row.letter)
      io.err(`refused row: ${row.letter.detail}`)
    },
  })
  const effective = backtestConfig(config, feed, barMs)
  const instruments = instrumentsOf(feed, files, effective)
  const progress = createProgress({ label: 'backtest', io, json })
  const startedMs = io.now()
  try {
    const result = runBacktest({
      topology: trading,
      config: effective,
      instruments,
      feed,
      takeBadRows: () => (letters.length === 0 ? letters : letters.splice(0)),
      onProgress: () => {
        const { bytesRead, bytesTotal } = feed.progress()
        progress.update(bytesRead / bytesTotal)
      },
    })
    return { result, seconds: (io.now() - startedMs) / 1_000, effective, instruments }
  } finally {
    progress.done()
  }
}

/** Known symbols have their filters; for others they are inferred from the data, and marked so. */
function instrumentsOf(
  feed: MarketFeed,
  files: readonly string[],
  config: Config,
): InstrumentState[] {
  const known = builtInInstruments(config.trading_venue, 'BACKTEST', 0)
  return feed.symbols.map((symbol) => {
    const instrument = known.find((candidate) => candidate.symbol === symbol)
    if (instrument !== undefined) return instrument
    const samples = files
      .map((file) => samplePrices(file))
      .filter((sample) => sample.symbol === symbol)
    const prices = samples.flatMap((s) => [
      s.firstPrice,
      s.lowestPrice,
      s.highestPrice,
      Number(s.priceStep),
    ])
    return inferInstrument(symbol, prices, config.trading_venue, 'BACKTEST')
  })
}

interface Summary {
  readonly ticks: number
  readonly seconds: number
  readonly ticks_per_s: number
  readonly events: number
  readonly topics: Record<string, number>
  readonly trades: number
  readonly long: number
  readonly short: number
  readonly open_positions: number
  readonly net_pnl: string
  readonly books_balance: boolean
  readonly books: BacktestResult['books']
  readonly inferred_instruments: readonly string[]
  readonly output_sha256: string
}

function summaryOf(
  result: BacktestResult,
  seconds: number,
  instruments: readonly InstrumentState[],
): Summary {
  const count = (direction: string): number =>
    result.trades.filter((t) => t.direction === direction).length
  return {
    ticks: result.ticks,
    seconds,
    ticks_per_s: Math.round(result.ticks / Math.max(seconds, 0.001)),
    events: Object.values(result.topics).reduce((sum, n) => sum + n, 0),
    topics: result.topics,
    trades: result.trades.length,
    long: count('LONG'),
    short: count('SHORT'),
    open_positions: result.openPositions.length,
    net_pnl: result.netUsd,
    books_balance: result.booksBalance,
    books: result.books,
    inferred_instruments: instruments.filter((i) => i.inferred).map((i) => i.symbol),
    output_sha256: result.outputSha256,
  }
}

function textOf(
  summary: Summary,
  metrics: ReturnType<typeof performanceMetrics>,
  list: BacktestResult | null,
): string {
  const rows: [string, unknown][] = [
    [
      'ticks',
      `${String(summary.ticks)} in ${summary.seconds.toFixed(1)} s (${String(summary.ticks_per_s)} ticks/s)`,
    ],
    [
      'trades',
      `${String(summary.trades)} (${String(summary.long)} long, ${String(summary.short)} short), ${String(summary.open_positions)} open`,
    ],
    ['net PnL', `${summary.net_pnl} USD`],
    [
      'books balance',
      summary.books_balance ? 'yes, to the last decimal' : `NO: ${JSON.stringify(summary.books)}`,
    ],
    ...(summary.inferred_instruments.length > 0
      ? [['filters inferred', summary.inferred_instruments.join(', ')] as [string, unknown]]
      : []),
    ...Object.entries(metrics).filter(([, value]) => value === null || typeof value !== 'object'),
    ['output sha256', summary.output_sha256],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${String(value)}`)
  for (const t of list?.trades ?? [])
    lines.push(
      `${new Date(t.closed_at_ms).toISOString()} ${t.symbol} ${t.direction} ${t.quantity} ${t.entry_price} → ${t.exit_price} net ${t.net_usd} ${t.final_exit_kind}`,
    )
  return lines.join('\n')
}
