// A log was deleted while its venue went on: the new one made the client order ids of the old one again, so the venue
// refused its orders, and it booked the trades of the old one a second time.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  opsAlert,
  orderCommand,
  orderReport,
  positionState,
  reconcileReport,
  safeModeState,
  tradeClosed,
} from '../../schemas/topics.ts'
import type { PositionState } from '../../schemas/types.gen.ts'
import { openPaperDesk } from '../kit/paper-desk.ts'
import type { PaperDesk } from '../kit/paper-desk.ts'
import { demoConfig, wholeStartMs } from '../kit/whole-run.ts'

const demo = demoConfig()
const config = { ...demo, exits: { ...demo.exits, max_hold_ms: 3_000 } }
const clock = { nowMs: 0 }
let folder = ''
const desks: PaperDesk[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantum-new-log-'))
  clock.nowMs = wholeStartMs
})
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function open(log: string, prices: Record<string, number> = {}): Promise<PaperDesk> {
  const desk = await openPaperDesk({ folder, clock, config, log, prices })
  desks.push(desk)
  return desk
}

/** Positions that the venue has now, by symbol. */
const openAtVenue = async ({ venue }: PaperDesk) => (await venue.snapshot('main')).positions

/** Whether the last word about positions is one that is open, with a stop and no exit under way. */
function isProtected({ records }: PaperDesk): boolean {
  const last = records.findLast((record) => record.topic === positionState.name)?.value
  const position = (last ?? null) as PositionState | null
  return position?.status === 'OPEN' && position.protective_client_order_id !== null
}

/** A venue that has seen trades and holds a position with its stop, and no log that knows of them. */
async function leaveAPosition(): Promise<PaperDesk> {
  const old = await open('old.sqlite')
  await old.runUntil(() => old.of(tradeClosed).length >= 2, 'closed trades')
  await old.runUntil(() => isProtected(old), 'an open position with its stop')
  expect(await openAtVenue(old)).not.toEqual([])
  desks.pop()
  await old.stop()
  return old
}

describe('a new log on a venue with a past', () => {
  it('opens and closes positions under ids that the venue does not know', async () => {
    const old = await leaveAPosition()
    const fresh = await open('new.sqlite')
    await fresh.runUntil(() => fresh.of(tradeClosed).length >= 4, 'closed trades')
    const oldIds = new Set(old.of(orderCommand).map((command) => command.client_order_id))
    const ids = fresh.of(orderCommand).map((command) => command.client_order_id)
    expect(ids.filter((id) => oldIds.has(id))).toEqual([])
    const rejected = fresh.of(orderReport).filter((report) => report.reason === 'DUPLICATE_ID')
    expect(rejected).toEqual([])
    const kinds = fresh.of(opsAlert).map((alert) => alert.kind)
    expect(kinds).not.toContain('DUPLICATE_ORDER')
  })

  it.each([
    ['the market goes on', (old: PaperDesk) => old.prices()],
    ['the market jumped, over the stop that rests', () => ({})],
  ])('books nothing of the past, and adopts what is open: %s', async (_title, pricesAfter) => {
    const old = await leaveAPosition()
    const startMs = clock.nowMs
    const fresh = await open('new.sqlite', pricesAfter(old))
    const held = await openAtVenue(fresh)
    const { venue_sequence: sequence } = await fresh.venue.snapshot('main')
    await fresh.runUntil(() => fresh.of(tradeClosed).length >= 2, 'closed trades')
    for (const report of fresh.of(orderReport)) {
      expect(report.venue_sequence).toBeGreaterThan(sequence)
      expect(report.venue_at_ms).toBeGreaterThanOrEqual(startMs)
    }
    for (const trade of fresh.of(tradeClosed))
      expect(trade.opened_at_ms).toBeGreaterThanOrEqual(startMs)
    const ghosts = fresh.of(reconcileReport).filter((report) => report.action === 'CLEAR')
    expect(ghosts, 'a fill of the old stop opens nothing').toEqual([])
    const adopted = fresh.of(reconcileReport).filter((report) => report.action === 'ADOPT')
    expect(adopted.map((report) => report.symbol)).toEqual(held.map((one) => one.symbol))
    expect(fresh.of(positionState)[0]).toMatchObject({ adopted: true })
  })

  it('sweeps the stop that the old one left, once its own rests, and trades on', async () => {
    const old = await leaveAPosition()
    const fresh = await open('new.sqlite', old.prices())
    const left = (await fresh.venue.snapshot('main')).open_orders
    expect(left.length).toBeGreaterThan(0)
    await fresh.run(2 * config.watch.reconcile_unresolved_ms)
    const { open_orders: orders } = await fresh.venue.snapshot('main')
    const ids = left.map((order) => order.client_order_id)
    expect(orders.filter((order) => ids.includes(order.client_order_id))).toEqual([])
    expect(fresh.of(safeModeState).filter((state) => state.active)).toEqual([])
  })
})
