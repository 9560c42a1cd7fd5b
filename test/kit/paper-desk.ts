// The whole topology on the embedded log, with gateway and durable venue, as one process runs them; time moves when the
// test says so. Both files stay when it stops, and each can be replaced on its own.
import { join } from 'node:path'
import { generatedTicks } from '../../cli/up/market-feed.ts'
import { openEmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
import { createGateway } from '../../connectors/exchange/gateway.ts'
import type { ExchangePort } from '../../connectors/exchange/port.ts'
import { openDurableVenue } from '../../connectors/exchange/simulator/durable.ts'
import type { DurableVenue } from '../../connectors/exchange/simulator/durable.ts'
import { builtInInstruments } from '../../connectors/exchange/simulator/instruments.ts'
import type { Config } from '../../schemas/config.ts'
import { exchangeTick, instrumentState, markState } from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { ExchangeTick } from '../../schemas/types.gen.ts'
import type { LogRecord, ValueOf } from '../../topologies/kernel/topic.ts'
import { trading } from '../../topologies/trading.ts'
import { silentLogger } from './silent-logger.ts'
import { demoConfig } from './whole-run.ts'

const stepMs = 100

export interface PaperDeskOptions {
  readonly folder: string
  /** File of the log; the venue's is always the same. */
  readonly log?: string
  /** Wall clock of the log and the venue; `run` moves it. */
  readonly clock: { nowMs: number }
  readonly config?: Config
  /** Prices at which the market goes on; by default it begins anew. */
  readonly prices?: Readonly<Record<string, number>>
  /** What the gateway sees of the venue. */
  readonly portOf?: (venue: DurableVenue) => ExchangePort
}

export interface PaperDesk {
  readonly venue: DurableVenue
  /** Last prices by symbol. */
  prices(): Record<string, number>
  /** Every record that entered the log since it was opened, in order. */
  readonly records: readonly LogRecord[]
  /** Values of one topic; tombstones are left out. */
  of<T extends Topic>(topic: T): ValueOf<T>[]
  run(ms: number): Promise<void>
  /** Runs until the condition holds. Fails when it does not within `limitMs`. */
  runUntil(holds: () => boolean, what: string, limitMs?: number): Promise<void>
  stop(): Promise<void>
}

export async function openPaperDesk(options: PaperDeskOptions): Promise<PaperDesk> {
  const { folder, clock } = options
  const path = join(folder, options.log ?? 'log.sqlite')
  const given = options.config ?? demoConfig()
  const config = { ...given, log: { ...given.log, path } }
  const { trading_venue: venueName, environment, simulator } = config
  const symbols = new Set(config.accounts.flatMap((account) => account.symbols))
  const instruments = builtInInstruments(venueName, environment, clock.nowMs).filter((one) =>
    symbols.has(one.symbol),
  )
  const records: LogRecord[] = []
  const runtime = openEmbeddedRuntime({
    ...{ topology: trading, config, logger: silentLogger },
    wallMs: () => clock.nowMs,
  })
  runtime.onCommit((appended) => records.push(...appended))
  const venue = openDurableVenue({
    path: join(folder, 'venue.sqlite'),
    config: {
      ...{ venue: venueName, environment, latencyMs: simulator.latency_ms },
      reportLatencyMs: simulator.report_latency_ms,
    },
    instruments,
    accounts: config.accounts.map(({ name, starting_balance_usd: depositUsd }) => ({
      ...{ name, depositUsd },
    })),
    nowMs: runtime.nowMs,
  })
  const gateway = createGateway({
    ...{ log: runtime, port: options.portOf?.(venue) ?? venue, logger: silentLogger },
    accounts: config.accounts.map((account) => account.name),
    snapshotMs: config.watch.snapshot_ms,
  })
  await runtime.write({ records: instruments.map((value) => ({ topic: instrumentState, value })) })
  const source = generatedTicks(config, instruments, options.prices ?? {}, clock.nowMs)
  await gateway.start()

  const step = async (): Promise<void> => {
    clock.nowMs += stepMs
    const ticks: ExchangeTick[] = []
    for (let tick = source.nextDue(clock.nowMs); tick !== null; tick = source.nextDue(clock.nowMs))
      ticks.push(tick)
    venue.onTicks(ticks)
    await runtime.write({ records: ticks.map((value) => ({ topic: exchangeTick, value })) })
    await runtime.tick(Math.floor(clock.nowMs / config.clock_ms) * config.clock_ms)
    await gateway.settled()
    await runtime.settle()
  }
  const self: PaperDesk = {
    venue,
    records,
    prices: () =>
      Object.fromEntries(self.of(markState).map(({ symbol, price }) => [symbol, price] as const)),
    of: <T extends Topic>(topic: T) =>
      records
        .filter((record) => record.topic === topic.name && record.value !== null)
        .map((record) => record.value as ValueOf<T>),
    async run(ms) {
      for (let passedMs = 0; passedMs < ms; passedMs += stepMs) await step()
    },
    async runUntil(holds, what, limitMs = 60_000) {
      for (let passedMs = 0; !holds(); passedMs += stepMs) {
        if (passedMs >= limitMs) throw new Error(`expected ${what} within ${limitMs} ms, was none`)
        await step()
      }
    },
    async stop() {
      gateway.stop()
      await runtime.close()
      venue.close()
    },
  }
  return self
}
