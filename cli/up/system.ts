// Everything that `up` runs, in one process: the embedded runtime, the simulated venue with its own file, the order
// gateway between them, and the market that both see. Starting and recovering are the same.
import type { Logger } from 'pino'
import type { Step } from '../../connectors/embedded/cycle.ts'
import { openEmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
import type { EmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
import { createGateway } from '../../connectors/exchange/gateway.ts'
import type { Gateway } from '../../connectors/exchange/gateway.ts'
import { openDurableVenue } from '../../connectors/exchange/simulator/durable.ts'
import type { DurableVenue } from '../../connectors/exchange/simulator/durable.ts'
import { builtInInstruments } from '../../connectors/exchange/simulator/instruments.ts'
import { tickLetter } from '../../connectors/exchange/simulator/tick-letter.ts'
import type { Outgoing } from '../../connectors/runtime.ts'
import type { Config } from '../../schemas/config.ts'
import { deadLetter, exchangeTick, instrumentState, markState } from '../../schemas/topics.ts'
import type {
  DeadLetter,
  ExchangeTick,
  InstrumentState,
  MarkState,
} from '../../schemas/types.gen.ts'
import { trading } from '../../topologies/trading.ts'
import { UserError } from '../verb.ts'
import type { TickSource } from './market-feed.ts'

/** How often the market is looked at. */
const marketMs = 5

/** Most ticks of one look: after a pause the rest follows at the next one. */
const maxTicks = 2_000

export interface SystemOptions {
  readonly config: Config
  readonly logger: Logger
  readonly wallMs: () => number
  /** Makes the market once instruments and last prices are known. */
  readonly ticks: (
    instruments: readonly InstrumentState[],
    lastPrices: Readonly<Record<string, number>>,
    startMs: number,
  ) => TickSource
  /** Rows that the market's source refused since the last call. */
  readonly takeBadRows?: () => readonly DeadLetter[]
  /** Measurements only: called at each step of a transaction. */
  readonly atStep?: (step: Step) => void
}

export interface System {
  readonly runtime: EmbeddedRuntime
  readonly venue: DurableVenue
  readonly gateway: Gateway
  /** Fails with the error that stopped one of the parts; resolves when the market is over. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Starts all parts. Throws a UserError or a LogError that names what is wrong; then nothing runs. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const { config, logger, wallMs } = options
  if (config.environment !== 'PAPER')
    throw new UserError(
      `environment: expected PAPER, was ${config.environment}: this version trades on the simulated venue only`,
    )
  const instruments = instrumentsOf(config, wallMs())
  const runtime = openEmbeddedRuntime({
    ...{ topology: trading, config, wallMs, logger },
    ...(options.atStep === undefined ? {} : { atStep: options.atStep }),
  })
  try {
    return await startParts(options, runtime, instruments)
  } catch (error) {
    await runtime.close()
    throw error
  }
}

async function startParts(
  { config, logger, ticks, takeBadRows }: SystemOptions,
  runtime: EmbeddedRuntime,
  instruments: readonly InstrumentState[],
): Promise<System> {
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
  const gateway = createGateway({
    log: runtime,
    port: venue,
    accounts: accounts.map((account) => account.name),
    snapshotMs: config.watch.snapshot_ms,
    logger,
  })
  await runtime.write({ records: instruments.map((value) => ({ topic: instrumentState, value })) })
  const source = ticks(instruments, await lastPricesOf(runtime), runtime.nowMs())
  runtime.start()
  await gateway.start()
  const market = startMarket(runtime, venue, source, takeBadRows)
  return {
    runtime,
    venue,
    gateway,
    ended: Promise.race([runtime.stopped, gateway.stopped, market.ended]),
    async stop() {
      market.stop()
      gateway.stop()
      await runtime.close()
      venue.close()
    },
  }
}

/** Shows every due tick to the venue and to the log. */
function startMarket(
  runtime: EmbeddedRuntime,
  venue: DurableVenue,
  source: TickSource,
  takeBadRows: SystemOptions['takeBadRows'],
): { readonly ended: Promise<void>; stop(): void } {
  const ended = Promise.withResolvers<void>()
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
    if (records.length > 0) await runtime.write({ records })
    if (source.isOver) ended.resolve()
  }
  const timer = setInterval(() => {
    look().catch((error: unknown) => {
      clearInterval(timer)
      ended.reject(error instanceof Error ? error : new Error(String(error)))
    })
  }, marketMs)
  return {
    ended: ended.promise,
    stop: () => {
      clearInterval(timer)
    },
  }
}

function instrumentsOf(config: Config, nowMs: number): InstrumentState[] {
  const known = builtInInstruments(config.trading_venue, config.environment, nowMs)
  const wanted = new Set(config.accounts.flatMap((account) => account.symbols))
  const unknown = [...wanted].filter((symbol) => !known.some((i) => i.symbol === symbol))
  if (unknown.length > 0)
    throw new UserError(
      `accounts.symbols: expected symbols that the simulated venue lists (${known.map((i) => i.symbol).join(', ')}), was ${unknown.join(', ')}`,
    )
  return known.filter((instrument) => wanted.has(instrument.symbol))
}

async function lastPricesOf(runtime: EmbeddedRuntime): Promise<Record<string, number>> {
  const marks = [...(await runtime.table(markState)).values()] as MarkState[]
  return Object.fromEntries(marks.map((mark) => [mark.symbol, mark.price]))
}
