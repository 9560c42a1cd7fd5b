// The part `gateway` of `up`: the simulated venue with its own file, the order gateway between it and the log, and the
// market that both see. One process of a system runs it.
import type { Logger } from 'pino'
import { createGateway } from '../../connectors/exchange/gateway.ts'
import { openDurableVenue } from '../../connectors/exchange/simulator/durable.ts'
import type { DurableVenue } from '../../connectors/exchange/simulator/durable.ts'
import { builtInInstruments } from '../../connectors/exchange/simulator/instruments.ts'
import { tickLetter } from '../../connectors/exchange/simulator/tick-letter.ts'
import type { Outgoing, Runtime } from '../../connectors/runtime.ts'
import type { Config } from '../../schemas/config.ts'
import { deadLetter, exchangeTick, instrumentState, markState } from '../../schemas/topics.ts'
import type {
  DeadLetter,
  ExchangeTick,
  InstrumentState,
  MarkState,
} from '../../schemas/types.gen.ts'
import { UserError } from '../verb.ts'
import type { TickSource } from './market-feed.ts'

/** How often the market is looked at. */
const marketMs = 5

/** Most ticks of one look: after a pause the rest follows at the next one. */
const maxTicks = 2_000

/** Most looks whose ticks wait for a commit: while the log is slow, the market is looked at less often. */
const maxWaiting = 200

export interface MarketOptions {
  /** Makes the market once instruments and last prices are known. */
  readonly ticks: (
    instruments: readonly InstrumentState[],
    lastPrices: Readonly<Record<string, number>>,
    startMs: number,
  ) => TickSource
  /** Rows that the market's source refused since the last call. */
  readonly takeBadRows?: () => readonly DeadLetter[]
}

export interface PaperExchangeOptions extends MarketOptions {
  readonly config: Config
  readonly logger: Logger
  readonly instruments: readonly InstrumentState[]
}

export interface PaperExchange {
  /** Trades from now on; the runtime works by then. */
  start(): Promise<void>
  /** Fails with the error that stopped a part of it; resolves when the market is over. */
  readonly ended: Promise<void>
  /** Takes no more commands and shows no more ticks. */
  stop(): void
  /** Lets go of the venue's file; the runtime is closed by then. */
  close(): void
}

/** Opens the venue and says in the log what can be traded. Throws an error that names what is wrong; then nothing is open. */
export async function openPaperExchange(
  options: PaperExchangeOptions,
  runtime: Runtime,
): Promise<PaperExchange> {
  const { config, logger, instruments, ticks, takeBadRows } = options
  const accounts = config.accounts.map(({ name, starting_balance_usd }) => ({
    name,
    depositUsd: starting_balance_usd,
  }))
  const venue = openDurableVenue({
    path: config.simulator.path,
    config: {
      venue: config.trading_venue,
      environment: config.environment,
      latencyMs: config.simulator.latency_ms,
      reportLatencyMs: config.simulator.report_latency_ms,
    },
    instruments,
    accounts,
    nowMs: runtime.nowMs,
  })
  try {
    const gateway = createGateway({
      log: runtime,
      port: venue,
      accounts: accounts.map((account) => account.name),
      snapshotMs: config.watch.snapshot_ms,
      logger,
    })
    const records = instruments.map((value): Outgoing => ({ topic: instrumentState, value }))
    await runtime.write({ records })
    const source = ticks(instruments, await lastPricesOf(runtime), runtime.nowMs())
    const market = createMarketFeed(runtime, venue, source, takeBadRows)
    const ended = Promise.race([gateway.stopped, market.ended])
    // Whoever waits for it hears of a failure, also of one before that.
    ended.catch(() => undefined)
    return {
      ended,
      async start() {
        await gateway.start()
        market.start()
      },
      stop() {
        market.stop()
        gateway.stop()
      },
      close: () => {
        venue.close()
      },
    }
  } catch (error) {
    venue.close()
    throw error
  }
}

/** Shows every due tick to the venue and to the log. */
function createMarketFeed(
  runtime: Runtime,
  venue: DurableVenue,
  source: TickSource,
  takeBadRows: MarketOptions['takeBadRows'],
): { readonly ended: Promise<void>; start(): void; stop(): void } {
  const ended = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | undefined
  let waiting = 0
  const look = async (): Promise<void> => {
    const nowMs = runtime.nowMs()
    const ticks: ExchangeTick[] = []
    while (ticks.length < maxTicks) {
      const tick = source.nextDue(nowMs)
      if (tick === null) break
      ticks.push(tick)
    }
    const refusals = venue.onTicks(ticks)
    const records = ticks.flatMap((tick, i): Outgoing[] => {
      const outgoing = { topic: exchangeTick, value: tick }
      const refusal = refusals[i] ?? null
      if (refusal === null) return [outgoing]
      return [outgoing, { topic: deadLetter, value: tickLetter(refusal, tick, nowMs) }]
    })
    for (const letter of takeBadRows?.() ?? [])
      records.push({ topic: deadLetter, value: { ...letter, at_ms: nowMs } })
    if (records.length > 0) {
      waiting++
      await runtime.write({ records })
      waiting--
    }
    if (source.isOver) ended.resolve()
  }
  return {
    ended: ended.promise,
    start() {
      timer = setInterval(() => {
        if (waiting >= maxWaiting) return
        look().catch((error: unknown) => {
          clearInterval(timer)
          ended.reject(error instanceof Error ? error : new Error(String(error)))
        })
      }, marketMs)
    },
    stop() {
      clearInterval(timer)
    },
  }
}

/** What the venue describes of what the accounts trade. Throws a UserError that names what it does not. */
export function instrumentsOf(config: Config, nowMs: number): InstrumentState[] {
  const known = builtInInstruments(config.trading_venue, config.environment, nowMs)
  const wanted = new Set(config.accounts.flatMap((account) => account.symbols))
  const unknown = [...wanted].filter((symbol) => !known.some((i) => i.symbol === symbol))
  if (unknown.length > 0)
    throw new UserError(
      `accounts.symbols: expected symbols that the simulated venue lists (${known.map((i) => i.symbol).join(', ')}), was ${unknown.join(', ')}`,
    )
  return known.filter((instrument) => wanted.has(instrument.symbol))
}

async function lastPricesOf(runtime: Runtime): Promise<Record<string, number>> {
  const marks = [...(await runtime.table(markState)).values()] as MarkState[]
  return Object.fromEntries(marks.map((mark) => [mark.symbol, mark.price]))
}
