// I-22: blocking reads and a safety check per tick in one loop starved everything else, and the pipeline hung.
import { describe, expect, test, vi } from 'vitest'
import { createGateway } from '../../connectors/exchange/gateway.ts'
import { exchangeTick, marketBar, orderCommand, orderReport } from '../../schemas/topics.ts'
import { fakeVenue } from '../connectors/exchange/fake-venue.ts'
import { temporaryLog } from '../connectors/embedded/temporary-log.ts'
import { createMemoryLog } from '../kit/memory-log.ts'
import { orderCommandOf } from '../kit/records.ts'
import { silentLogger } from '../kit/silent-logger.ts'
import { startMs, tradeOf } from '../runtimes/sample.ts'

const log = temporaryLog()

describe('I-22: every wait has a bound', () => {
  test('a venue that answers nothing holds up no exit, and each question to it ends', async () => {
    const memory = createMemoryLog(startMs)
    // It has heard of the venue before; a new log holds entries back until then.
    await memory.write({ notes: { owner: 'gateway', entries: [['sequence|main', '0']] } })
    const venue = fakeVenue()
    const never = async () => new Promise<never>(() => undefined)
    Object.assign(venue, { eventsSince: never, snapshot: never, findOrder: never, submit: never })
    const sent: string[] = []
    venue.submit = async (command) => {
      sent.push(command.client_order_id)
      return never()
    }
    const gateway = createGateway({
      ...{ log: memory, port: venue, accounts: ['main'], snapshotMs: 2_000, answerMs: 10 },
      logger: silentLogger,
    })
    await gateway.start()
    const exit = { purpose: 'EXIT', reduce_only: true } as const
    memory.append(
      orderCommand,
      ...Array.from({ length: 20 }, (_, i) => orderCommandOf({ client_order_id: `e${i}` })),
      ...Array.from({ length: 20 }, (_, i) =>
        orderCommandOf({ ...exit, client_order_id: `x${i}` }),
      ),
    )
    await vi.waitFor(() => expect(sent.length).toBe(40), { interval: 2 })
    expect(sent.slice(0, 20).every((id) => id.startsWith('x'))).toBe(true)
    await vi.waitFor(() => expect(memory.values(orderReport).length).toBe(40), { interval: 2 })
    expect(gateway.status()).toEqual({ connected: false, live: 0, unknown: 40 })
    gateway.stop()
  })

  test('a long backlog is worked off in pieces, and timers run between them', async () => {
    const runtime = log.open({ log: { max_batch: 50 } })
    await runtime.write({
      records: Array.from({ length: 1_000 }, (_, i) => ({
        topic: exchangeTick,
        value: tradeOf('BTCUSDT', 90, startMs + i),
      })),
    })
    runtime.start()
    let turns = 0
    await new Promise<void>((resolve) => {
      const look = (): void => {
        turns++
        void runtime.read(marketBar, { newest: true, limit: 1 }).then(([last]) => {
          if (last?.offset === 999) resolve()
          else setImmediate(look)
        })
      }
      look()
    })
    expect(turns).toBeGreaterThan(10)
  })
})
