// The simulator behind a file: killed at any moment, it has forgotten nothing that anybody was told.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DurableVenue } from '../../../../connectors/exchange/simulator/durable.ts'
import { openDurableVenue } from '../../../../connectors/exchange/simulator/durable.ts'
import type { Venue } from '../../../../connectors/exchange/simulator/venue.ts'
import { backstop, bitcoin, cancel, ether, order, quote, startMs, tick } from './kit.ts'
import { anySteps, newWalk, walk } from './random-walk.ts'

let folder = ''
let path = ''
let nowMs = startMs
let open: DurableVenue | null = null

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantum-venue-'))
  path = join(folder, 'venue.sqlite')
  nowMs = startMs
})
afterEach(() => {
  open?.close()
  open = null
  rmSync(folder, { recursive: true, force: true })
})

/** Opens the venue's file; a venue that is open is killed first. */
function reopen(latencyMs = 0): DurableVenue {
  open?.close()
  open = openDurableVenue({
    path,
    config: { venue: 'binance', environment: 'PAPER', latencyMs, reportLatencyMs: 0 },
    instruments: [bitcoin, ether],
    accounts: [{ name: 'main', depositUsd: '1000' }],
    nowMs: () => nowMs,
  })
  return open
}

const eventsOf = (venue: DurableVenue) => venue.eventsSince('main', 0, 10_000)
const statesOf = async (venue: DurableVenue) =>
  (await eventsOf(venue)).flatMap((e) => (e.topic === 'order.report' ? [e.record.state] : []))

describe('a killed venue', () => {
  test('still has the command that it accepted and not yet carried out', async () => {
    const venue = reopen(50)
    venue.onTick(quote(100, 100))
    expect(await venue.submit(order())).toEqual({ outcome: 'ACCEPTED' })
    const again = reopen(50)
    expect(await statesOf(again)).toEqual([])
    nowMs += 50
    again.advance()
    expect(await statesOf(again)).toEqual(['ACKED', 'FILLED'])
  })

  test('still has every event, order and position, and goes on with the next sequence number', async () => {
    const venue = reopen()
    venue.onTick(quote(100, 100))
    await venue.submit(order())
    await venue.submit(backstop({ quantity: '0.1' }))
    const before = [await eventsOf(venue), await venue.snapshot('main'), venue.books('main')]
    const again = reopen()
    expect([await eventsOf(again), await again.snapshot('main'), again.books('main')]).toEqual(
      before,
    )
    again.onTick(quote(80, 80, 1))
    const sequences = (await eventsOf(again)).map((e) => e.record.venue_sequence)
    expect(sequences).toEqual([1, 2, 3, 4, 5])
    expect((await statesOf(again)).slice(3)).toEqual(['TRIGGERED', 'FILLED'])
  })

  test('does not let anybody trade at prices of an hour ago, and still values positions', async () => {
    const venue = reopen()
    venue.onTick(quote(100, 100))
    await venue.submit(order())
    nowMs += 3_600_000
    const again = reopen()
    expect((await again.snapshot('main')).positions).toMatchObject([{ mark_price: '100' }])
    await again.submit(order())
    expect((await eventsOf(again)).at(-1)?.record).toMatchObject({ reason: 'NO_LIQUIDITY' })
    again.onTick(quote(200, 200, 3_600_000))
    await again.submit(order())
    expect((await eventsOf(again)).at(-1)?.record).toMatchObject({ fill_price: '200' })
  })

  test('opens an account once, whatever the configuration says later', () => {
    reopen()
    expect(reopen().books('main')).toMatchObject({ deposits: '1000', wallet: '1000' })
  })

  test('kept to the last decimal what its client could see, at whichever step it was killed', async () => {
    await fc.assert(
      fc.asyncProperty(anySteps, fc.array(fc.nat(80), { maxLength: 3 }), async (steps, kills) => {
        rmSync(folder, { recursive: true, force: true })
        nowMs = startMs
        let venue = reopen(30)
        // The walk drives a venue without a file; this is one that passes everything on.
        const through = {
          onTick: (t: Parameters<Venue['onTick']>[0]) => venue.onTick(t),
          submit: (command: Parameters<Venue['submit']>[0], atMs: number) => {
            nowMs = Math.max(nowMs, atMs)
            void venue.submit(command)
          },
          advance: (atMs: number) => {
            nowMs = Math.max(nowMs, atMs)
            venue.advance()
          },
        } as unknown as Venue
        const world = newWalk(through, ['main'])
        for (const [i, step] of steps.entries()) {
          walk([step], world)
          if (!kills.includes(i)) continue
          // The snapshot before the kill asks for the present, so that both look at the same moment.
          const { wallet_usd, positions, open_orders, venue_sequence } =
            await venue.snapshot('main')
          const quantities = positions.map((p) => [p.symbol, p.quantity, p.entry_price])
          const before = [wallet_usd, quantities, open_orders, venue_sequence]
          const events = await eventsOf(venue)
          const books = venue.books('main')
          venue = reopen(30)
          const now = await venue.snapshot('main')
          expect([
            now.wallet_usd,
            now.positions.map((p) => [p.symbol, p.quantity, p.entry_price]),
            now.open_orders,
            now.venue_sequence,
          ]).toEqual(before)
          expect(await eventsOf(venue)).toEqual(events)
          expect(venue.books('main')).toEqual(books)
        }
        const sequences = (await eventsOf(venue)).map((e) => e.record.venue_sequence)
        expect(sequences).toEqual(sequences.map((_, i) => i + 1))
      }),
      { numRuns: 25 },
    )
  })
})

describe('the file', () => {
  test('a tick that moves only prices writes nothing', async () => {
    const venue = reopen()
    venue.onTick(quote(100, 100))
    await venue.submit(order())
    await venue.submit(backstop({ quantity: '0.1' }))
    const sizes = () => [statSync(path).size, statSync(`${path}-wal`).size]
    const before = sizes()
    for (let i = 1; i <= 1_000; i++) {
      venue.onTick(quote(100 + (i % 7), 101 + (i % 7), i))
      venue.onTick(tick({ mark: 100, at: i }))
      venue.advance()
    }
    expect(sizes()).toEqual(before)
    venue.onTick(tick({ mark: 80, at: 2_000 }))
    expect(sizes()).not.toEqual(before)
  })

  test('ticks taken together do what they do one by one, each with its answer, in one commit', async () => {
    const venue = reopen()
    venue.onTick(quote(100, 100))
    await venue.submit(order())
    await venue.submit(backstop({ quantity: '0.1' }))
    let commits = 0
    venue.onEvents(() => commits++)
    nowMs += 3
    const answers = venue.onTicks([quote(99, 99, 1), quote(NaN, 99, 2), quote(80, 80, 3)])
    expect(answers.map((answer) => answer === null)).toEqual([true, false, true])
    expect((await statesOf(venue)).slice(2)).toEqual(['ACKED', 'TRIGGERED', 'FILLED'])
    expect(commits).toBe(1)
    expect(venue.onTicks([])).toEqual([])
  })

  test('what is due happens with the next ticks, or without any', async () => {
    const venue = reopen(50)
    venue.onTick(quote(100, 100))
    await venue.submit(order())
    venue.onTicks([])
    expect(await statesOf(venue)).toEqual([])
    nowMs += 50
    venue.onTicks([])
    expect(await statesOf(venue)).toEqual(['ACKED', 'FILLED'])
  })

  test('has one owner', () => {
    const venue = reopen()
    open = null
    expect(() => reopen()).toThrow('another process runs on it')
    open = venue
  })

  test('an event is in the file before a listener hears of it', async () => {
    const venue = reopen()
    venue.onTick(quote(100, 100))
    const heard: number[] = []
    venue.onEvents(() => {
      void eventsOf(venue).then((events) => heard.push(events.length))
    })
    await venue.submit(order())
    await Promise.resolve()
    expect(heard).toEqual([2])
  })
})

describe('client ids', () => {
  test('one that was used is refused in the answer, without an event of the first order', async () => {
    const venue = reopen(50)
    venue.onTick(quote(100, 100))
    const command = order()
    await venue.submit(command)
    const duplicate = { outcome: 'REJECTED', reason: 'DUPLICATE_ID' }
    expect(await venue.submit(command), 'on its way').toMatchObject(duplicate)
    nowMs += 50
    venue.advance()
    expect(await venue.submit(command), 'filled').toMatchObject(duplicate)
    expect(await reopen(50).submit(command), 'after a restart').toMatchObject(duplicate)
    expect(await statesOf(open!)).toEqual(['ACKED', 'FILLED'])
  })

  test('a look-up finds an order on its way, in the book, rejected and ended; and nothing else', async () => {
    const venue = reopen(50)
    venue.onTick(quote(100, 100))
    const limit = order({ type: 'LIMIT', price: '95' })
    const tooSmall = order({ quantity: '0.0001' })
    const find = (id: string) => open!.findOrder('main', 'BTCUSDT', id)
    await venue.submit(limit)
    await venue.submit(tooSmall)
    expect([await find(limit.client_order_id), await find('nobody')]).toEqual(['UNKNOWN', null])
    nowMs += 50
    venue.advance()
    reopen(50)
    expect(await find(limit.client_order_id)).toBe('ACKED')
    expect(await find(tooSmall.client_order_id)).toBe('REJECTED')
    await open!.submit(cancel(limit.client_order_id))
    nowMs += 50
    open!.advance()
    expect(await find(limit.client_order_id)).toBe('CANCELLED')
  })

  test('an account that is not open is refused in the answer', async () => {
    const venue = reopen()
    expect(await venue.submit(order({ account: 'other' }))).toMatchObject({ outcome: 'REJECTED' })
  })
})
