import { describe, expect, test } from 'vitest'
import { exact } from '../../schemas/decimal.ts'
import {
  accountSnapshot,
  exchangeTick,
  exitbrainPnl,
  markState,
  orderCommand,
  orderReport,
  positionFlattened,
  positionState,
  priceUpdate,
  reconcileReport,
  tradeClosed,
} from '../../schemas/topics.ts'
import type { OrderReport, ReconcileReport } from '../../schemas/types.gen.ts'
import { positionKeeper } from '../../topologies/act/position-keeper.ts'
import { processor, unchanged } from '../../topologies/kernel/processor.ts'
import { topology } from '../../topologies/kernel/topology.ts'
import { exitAttribution } from '../../topologies/leave/exit-attribution.ts'
import { tradeCloser } from '../../topologies/leave/trade-closer.ts'
import { drive } from '../kit/drive.ts'
import type { Driver } from '../kit/drive.ts'
import { markOf, orderReportOf, priceUpdateOf, startMs } from '../kit/records.ts'
import { sides } from '../kit/exit-venue.ts'
import type { Side } from '../kit/exit-venue.ts'

/** Stand for the stages around: they declare who writes what the test pipes in. */
const prices = processor({
  name: 'prices',
  doc: 'Stands for the aggregator.',
  reads: [exchangeTick],
  writes: [priceUpdate, markState],
  decide: () => unchanged,
})
const gates = processor({
  name: 'gates',
  doc: 'Stands for gates and reconciler.',
  reads: [exchangeTick],
  writes: [orderCommand, reconcileReport],
  decide: () => unchanged,
})
const books = topology('books', {
  see: [prices, gates],
  act: [positionKeeper],
  leave: [tradeCloser, exitAttribution],
})

interface Venue {
  readonly driver: Driver
  /** A fill of the venue: signed quantity, given for a long and mirrored for a short. */
  fill(quantity: number, price: number, changes?: Partial<OrderReport>): void
  reconcile(changes: Partial<ReconcileReport>): void
}

function venueOf(side: Side): Venue {
  const driver = drive(books)
  driver.pipe(markState, markOf())
  const sign = side === 'LONG' ? 1 : -1
  let sequence = 0
  return {
    driver,
    fill(quantity, price, changes = {}) {
      sequence++
      const signed = sign * quantity
      const report = orderReportOf({
        client_order_id: `order-${sequence}`,
        side: signed > 0 ? 'BUY' : 'SELL',
        venue_sequence: sequence,
        order_quantity: String(Math.abs(quantity)),
        filled_quantity: String(Math.abs(quantity)),
        fill_quantity: String(Math.abs(quantity)),
        fill_price: String(price),
        ...changes,
      })
      // Whatever is delivered twice is booked once.
      driver.pipe(orderReport, report, report)
      driver.advance(1_000)
    },
    reconcile(changes) {
      driver.pipe(reconcileReport, {
        report_id: 'reconcile-1',
        account: 'main',
        symbol: 'BTCUSDT',
        finding: 'GHOST_POSITION',
        action: 'CLEAR',
        book_quantity: '1',
        venue_quantity: '0',
        venue_entry_price: null,
        venue_leverage: null,
        client_order_id: null,
        resolved: true,
        repair_ms: 0,
        detail: '',
        first_seen_at_ms: startMs,
        at_ms: startMs,
        venue_sequence: sequence,
        ...changes,
      })
      driver.advance(1_000)
    },
  }
}

const exit = (kind: OrderReport['exit_kind'], rung = 0): Partial<OrderReport> => ({
  purpose: 'EXIT',
  reduce_only: true,
  exit_kind: kind,
  exit_rung: rung,
})

/** Every way in which a position of one unit becomes flat, and the rule that its trade must name. */
const ways: Record<string, { go: (venue: Venue) => void; last: string }> = {
  'an exit of ours': { go: (v) => v.fill(-1, 102, exit('TARGET')), last: 'TARGET' },
  'a ladder and a trailing stop': {
    go: (v) => {
      v.fill(-0.3, 101, exit('HARVEST', 1))
      v.fill(-0.3, 102, exit('HARVEST', 2))
      v.fill(-0.4, 101.5, exit('TRAILING'))
    },
    last: 'TRAILING',
  },
  'the stop that rests at the venue': {
    go: (v) => v.fill(-1, 98.7, { purpose: 'PROTECT', reduce_only: true, exit_kind: 'BACKSTOP' }),
    last: 'BACKSTOP',
  },
  'a liquidation': {
    go: (v) => v.fill(-1, 81, { purpose: 'EXTERNAL', exit_kind: 'LIQUIDATION' }),
    last: 'LIQUIDATION',
  },
  'an order by hand': {
    go: (v) => v.fill(-1, 100.5, { purpose: 'EXTERNAL', exit_kind: 'EXTERNAL' }),
    last: 'EXTERNAL',
  },
  'an order by hand that turns the position round': {
    go: (v) => v.fill(-2.5, 100.5, { purpose: 'EXTERNAL', exit_kind: 'EXTERNAL' }),
    last: 'EXTERNAL',
  },
  'the reconciliation that clears a ghost': { go: (v) => v.reconcile({}), last: 'EXTERNAL' },
}

describe.each(sides)('I-30: a %s that becomes flat gives one closed trade', (side) => {
  test.each(Object.keys(ways))('by %s', (way) => {
    const { go, last } = ways[way]!
    const v = venueOf(side)
    v.fill(1, 100)
    v.driver.pipe(priceUpdate, priceUpdateOf({ price: 100.5 }))
    expect(v.driver.read(tradeClosed)).toEqual([])
    go(v)
    const trades = v.driver.read(tradeClosed)
    expect(trades).toHaveLength(1)
    expect(v.driver.read(positionFlattened)).toHaveLength(1)
    expect(trades[0]).toMatchObject({ direction: side, final_exit_kind: last, quantity: '1' })
    const [pnl] = v.driver.read(exitbrainPnl)
    expect(pnl!.trade_id).toBe(trades[0]!.trade_id)
    const parts = pnl!.parts.reduce((sum, part) => sum.plus(part.net_usd), exact(0))
    expect(parts.eq(trades[0]!.net_usd)).toBe(true)
  })
})

describe('I-30: the count of closed trades', () => {
  test('is the count of flat positions, over a hundred round trips in all ways', () => {
    const v = venueOf('LONG')
    const names = Object.keys(ways).filter((name) => !/ghost|round/.test(name))
    for (let n = 0; n < 100; n++) {
      v.fill(1, 100)
      ways[names[n % names.length]!]!.go(v)
    }
    const tombstones = v.driver.read(positionState).filter((state) => (state as unknown) === null)
    const trades = v.driver.read(tradeClosed)
    expect(trades).toHaveLength(100)
    expect(tombstones).toHaveLength(100)
    expect(v.driver.read(positionFlattened)).toHaveLength(100)
    expect(v.driver.read(exitbrainPnl)).toHaveLength(100)
    expect(new Set(trades.map((trade) => trade.trade_id)).size).toBe(100)
  })

  test('nothing is closed by a snapshot, by time or by a price', () => {
    const v = venueOf('LONG')
    v.fill(1, 100)
    v.driver.pipe(priceUpdate, priceUpdateOf({ price: 1 })).advance(86_400_000)
    expect(v.driver.read(tradeClosed)).toEqual([])
    expect(tradeCloser.reads).not.toContain(accountSnapshot)
  })
})
