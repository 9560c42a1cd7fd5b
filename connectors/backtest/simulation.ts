// The topology and the exchange simulator side by side in virtual time: what is due happens in order of its time.
import type { Config } from '../../schemas/config.ts'
import {
  accountSnapshot,
  deadLetter,
  exchangeTick,
  fundingPaid,
  instrumentState,
  orderReport,
} from '../../schemas/topics.ts'
import type { ExchangeTick, InstrumentState, OrderCommand } from '../../schemas/types.gen.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import { tickLetter } from '../exchange/simulator/tick-letter.ts'
import { createVenue } from '../exchange/simulator/venue.ts'
import type { Venue } from '../exchange/simulator/venue.ts'
import { createEngine } from './engine.ts'
import type { Engine } from './engine.ts'

export interface SimulationOptions {
  readonly topology: Topology
  readonly config: Config
  readonly instruments: readonly InstrumentState[]
  readonly startMs: number
  readonly onRecord?: (record: LogRecord) => void
  /** Tests only: see TaskOptions.strict. */
  readonly strict?: boolean
}

export interface Simulation {
  readonly engine: Engine
  readonly venue: Venue
  /** Does all that is due before the tick, then shows it to the venue and to the topology. */
  onTick(tick: ExchangeTick): void
  /** Does all that is due until then. */
  runTo(atMs: number): void
}

/** Opens the accounts, publishes instruments and first snapshots; then ticks and time drive it. */
export function createSimulation(options: SimulationOptions): Simulation {
  const { config, startMs, onRecord } = options
  const commands: OrderCommand[] = []
  const engine = createEngine({
    topology: options.topology,
    config,
    startMs,
    strict: options.strict ?? false,
    onRecord(record) {
      if (record.topic === 'order.command') commands.push(record.value as OrderCommand)
      onRecord?.(record)
    },
  })
  const venue = createVenue(
    {
      venue: config.trading_venue,
      environment: config.environment,
      latencyMs: config.simulator.latency_ms,
      reportLatencyMs: config.simulator.report_latency_ms,
    },
    options.instruments,
  )
  let nextSnapshotMs = startMs

  const exchange = (nowMs: number): void => {
    for (;;) {
      if (commands.length > 0)
        for (const command of commands.splice(0)) venue.submit(command, nowMs)
      const events = venue.takeEvents()
      if (events.length === 0) return
      for (const event of events)
        if (event.topic === 'order.report') engine.publish(orderReport, event.record, nowMs)
        else engine.publish(fundingPaid, event.record, nowMs)
    }
  }
  const snapshots = (nowMs: number): void => {
    for (const { name } of config.accounts)
      engine.publish(accountSnapshot, venue.snapshot(name, nowMs), nowMs)
    exchange(nowMs)
  }
  const runTo = (atMs: number): void => {
    for (;;) {
      const venueMs = venue.nextEventAtMs() ?? Infinity
      const tickMs = engine.nextTickAtMs()
      const dueMs = Math.min(venueMs, tickMs, nextSnapshotMs)
      if (dueMs > atMs) return
      if (venueMs === dueMs) {
        venue.advance(dueMs)
        exchange(dueMs)
      }
      if (nextSnapshotMs === dueMs) {
        nextSnapshotMs += config.watch.snapshot_ms
        snapshots(dueMs)
      }
      if (tickMs === dueMs) {
        engine.advanceTo(dueMs)
        exchange(dueMs)
      }
    }
  }

  for (const instrument of options.instruments) engine.publish(instrumentState, instrument, startMs)
  for (const { name, starting_balance_usd } of config.accounts)
    venue.openAccount(name, starting_balance_usd, startMs)

  return {
    engine,
    venue,
    runTo,
    onTick(tick) {
      const atMs = tick.received_at_ms
      runTo(atMs)
      const refusal = venue.onTick(tick)
      if (refusal !== null) engine.publish(deadLetter, tickLetter(refusal, tick, atMs), atMs)
      engine.publish(exchangeTick, tick, atMs)
      exchange(atMs)
    },
  }
}
