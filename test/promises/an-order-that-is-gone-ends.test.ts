// Nothing noticed an order that was live in our books and gone at the venue: an entry held its leg, and an exit its
// position, for ever.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ExchangePort } from '../../connectors/exchange/port.ts'
import type { DurableVenue } from '../../connectors/exchange/simulator/durable.ts'
import {
  executionResult,
  opsAlert,
  orderCommand,
  orderReport,
  positionFlattened,
  reconcileReport,
  safeModeState,
} from '../../schemas/topics.ts'
import type { OrderCommand } from '../../schemas/types.gen.ts'
import { openPaperDesk } from '../kit/paper-desk.ts'
import type { PaperDesk } from '../kit/paper-desk.ts'
import { demoConfig, wholeStartMs } from '../kit/whole-run.ts'

const demo = demoConfig()
const config = { ...demo, exits: { ...demo.exits, max_hold_ms: 3_000 } }
let folder = ''
let desk: PaperDesk | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantum-gone-'))
})
afterEach(async () => {
  await desk?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A venue that takes the first command of a kind and then has no trace of it. */
function forgetting(isMeant: (command: OrderCommand) => boolean, forgotten: OrderCommand[]) {
  return (venue: DurableVenue): ExchangePort => ({
    ...venue,
    async submit(command) {
      if (forgotten.length > 0 || !isMeant(command)) return venue.submit(command)
      forgotten.push(command)
      return { outcome: 'ACCEPTED' }
    },
  })
}

async function open(isMeant: (command: OrderCommand) => boolean) {
  const forgotten: OrderCommand[] = []
  const portOf = forgetting(isMeant, forgotten)
  const clock = { nowMs: wholeStartMs }
  desk = await openPaperDesk({ folder, clock, config, portOf })
  const opened = desk
  await opened.runUntil(() => forgotten.length > 0, 'an order that is forgotten')
  return { desk: opened, lost: forgotten[0]! }
}

describe('an order that the venue took and does not have', () => {
  it('does not hold its leg when it is an entry: it ends, and the next one is sent', async () => {
    const { desk, lost } = await open((command) => command.purpose === 'ENTRY')
    const later = () =>
      desk
        .of(orderCommand)
        .filter((c) => c.purpose === 'ENTRY' && c.symbol === lost.symbol && c !== lost)
        .some((c) => c.client_order_id !== lost.client_order_id)
    await desk.runUntil(later, 'another entry on the leg')
    const results = desk.of(executionResult).filter((r) => r.subject_id === lost.parent_id)
    expect(results).toMatchObject([{ terminal: true, status: 'CANCELLED', filled_quantity: '0' }])
  })

  it('does not keep a position open when it is an exit: another one closes it', async () => {
    const { desk, lost } = await open((command) => command.purpose === 'EXIT')
    const isFlat = () => desk.of(positionFlattened).some((p) => p.symbol === lost.symbol)
    await desk.runUntil(isFlat, 'a flat position')
    await desk.run(15_000)
    const reports = desk
      .of(orderReport)
      .filter((report) => report.client_order_id === lost.client_order_id)
    expect(reports).toMatchObject([{ state: 'CANCELLED', reason: 'UNKNOWN_ORDER' }])
    expect(desk.of(opsAlert).map((alert) => alert.kind)).not.toContain('DUPLICATE_ORDER')
  })

  it('is seen and ended when it rested before: the reconciler says so, the gateway ends it', async () => {
    let gone: string | null = null
    const clock = { nowMs: wholeStartMs }
    const opened = await openPaperDesk({
      ...{ folder, clock, config: demo },
      portOf: (venue) => ({
        ...venue,
        findOrder: async (account, symbol, id) =>
          id === gone ? null : venue.findOrder(account, symbol, id),
        async snapshot(account) {
          const snapshot = await venue.snapshot(account)
          const orders = snapshot.open_orders.filter((order) => order.client_order_id !== gone)
          return { ...snapshot, open_orders: orders }
        },
        // Whatever happens to it is not told any more.
        async eventsSince(account, sequence, limit) {
          const events = await venue.eventsSince(account, sequence, limit)
          return events.filter(
            (e) => e.topic !== 'order.report' || e.record.client_order_id !== gone,
          )
        },
      }),
    })
    desk = opened
    const rests = () =>
      opened.of(orderReport).find((r) => r.purpose === 'PROTECT' && r.state === 'ACKED')
    await opened.runUntil(() => rests() !== undefined, 'a resting stop')
    gone = rests()!.client_order_id
    const ended = () =>
      opened
        .of(reconcileReport)
        .some((r) => r.finding === 'MISSING_ORDER' && r.client_order_id === gone && r.resolved)
    await opened.runUntil(ended, 'the end of the difference')
    const states = opened
      .of(orderReport)
      .filter((report) => report.client_order_id === gone)
      .map((report) => report.state)
    expect(states).toEqual(['ACKED', 'CANCELLED'])
    expect(opened.of(safeModeState).filter((state) => state.active)).toEqual([])
  })
})
