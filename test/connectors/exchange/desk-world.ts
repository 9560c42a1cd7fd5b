// Log, gateway and durable venue together, as one process runs them, around a topology with one processor: it turns an
// operator's wish into an order. The whole can be killed at once; both files stay.
import { join } from 'node:path'
import type { Step } from '../../../connectors/embedded/cycle.ts'
import { openEmbeddedRuntime } from '../../../connectors/embedded/runtime.ts'
import type { EmbeddedRuntime } from '../../../connectors/embedded/runtime.ts'
import { createGateway } from '../../../connectors/exchange/gateway.ts'
import type { Gateway } from '../../../connectors/exchange/gateway.ts'
import { openDurableVenue } from '../../../connectors/exchange/simulator/durable.ts'
import type { DurableVenue } from '../../../connectors/exchange/simulator/durable.ts'
import {
  accountSnapshot,
  fundingPaid,
  orderCommand,
  orderReport,
  safeModeCommand,
} from '../../../schemas/topics.ts'
import { processor } from '../../../topologies/kernel/processor.ts'
import { topology } from '../../../topologies/kernel/topology.ts'
import { testConfig } from '../../kit/given.ts'
import { orderCommandOf } from '../../kit/records.ts'
import { silentLogger } from '../../kit/silent-logger.ts'
import { commandOf, startMs } from '../../runtimes/sample.ts'
import { bitcoin, quote } from './simulator/kit.ts'

const wisher = processor({
  name: 'wisher',
  doc: 'Buys or sells 0.1 as the reason of a command says.',
  reads: [safeModeCommand, orderReport, fundingPaid, accountSnapshot],
  writes: [orderCommand],
  decide(_, record, ctx, emit) {
    if (record.topic !== 'safe_mode.command') return
    const isExit = record.value.reason === 'sell'
    const id = ctx.id(0)
    emit(
      orderCommand,
      orderCommandOf({
        ...{ command_id: id, client_order_id: id, parent_id: `wish-${record.offset}` },
        ...{ purpose: isExit ? 'EXIT' : 'ENTRY', side: isExit ? 'SELL' : 'BUY' },
        ...{ reduce_only: isExit, quantity: '0.1', expires_at_ms: null },
      }),
    )
  },
})
const desk = topology('desk', { act: [wisher] })

export interface World {
  readonly runtime: EmbeddedRuntime
  readonly venue: DurableVenue
  readonly gateway: Gateway
}

/** Time of the log and the venue; `work` moves it. */
export const clock = { nowMs: startMs }

/** Opens both files of a folder. The gateway is not started. */
export function openWorld(folder: string, atStep: (step: Step) => void = () => {}): World {
  const runtime = openEmbeddedRuntime({
    topology: desk,
    config: testConfig({ log: { path: join(folder, 'log.sqlite') } }),
    wallMs: () => clock.nowMs,
    logger: silentLogger,
    atStep,
  })
  const venue = openDurableVenue({
    path: join(folder, 'venue.sqlite'),
    config: { venue: 'binance', environment: 'PAPER', latencyMs: 20, reportLatencyMs: 10 },
    instruments: [bitcoin],
    accounts: [{ name: 'main', depositUsd: '1000' }],
    nowMs: () => clock.nowMs,
  })
  const gateway = createGateway({
    ...{ log: runtime, port: venue, accounts: ['main'], snapshotMs: 2_000 },
    logger: silentLogger,
  })
  return { runtime, venue, gateway }
}

/** Wishes for an order; what follows is up to `work`. */
export async function wish({ runtime }: World, what: 'buy' | 'sell'): Promise<void> {
  await runtime.publish(safeModeCommand, commandOf(what, true, clock.nowMs))
}

/** Lets everything happen that the next 200 ms bring, with a fresh quote. Fails when a part has stopped. */
export async function work({ runtime, venue, gateway }: World): Promise<void> {
  venue.onTick(quote(100, 100, clock.nowMs - startMs))
  for (let i = 0; i < 4; i++) {
    await runtime.settle()
    await gateway.settled()
    clock.nowMs += 50
    venue.advance()
  }
  await runtime.settle()
}

/** What kill -9 leaves: the two files. */
export function kill({ runtime, venue, gateway }: World): void {
  gateway.stop()
  runtime.abandon()
  venue.close()
}
