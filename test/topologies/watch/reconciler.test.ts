import { describe, expect, test } from 'vitest'
import {
  accountSnapshot,
  fundingPaid,
  opsAlert,
  orderCommand,
  orderReport,
  reconcileReport,
  safeModeCommand,
} from '../../../schemas/topics.ts'
import type {
  AccountSnapshot,
  OrderReport,
  ReconcileAction,
  ReconcileFinding,
  ReconcileReport,
} from '../../../schemas/types.gen.ts'
import { reconcileTable } from '../../../topologies/watch/reconcile-table.ts'
import { reconciler } from '../../../topologies/watch/reconciler.ts'
import { given, testConfig, tick } from '../../kit/given.ts'
import type { Given } from '../../kit/given.ts'
import {
  fundingPaidOf,
  orderCommandOf,
  orderReportOf,
  snapshotOf,
  snapshotOrderOf,
  snapshotPositionOf,
  startMs,
} from '../../kit/records.ts'

/** The snapshot taken `afterMs` after the start; with a position it has its stop. */
function venue(
  quantity: string,
  sequence: number,
  afterMs: number,
  more: Partial<AccountSnapshot> = {},
) {
  const flat = Number(quantity) === 0
  const side = quantity.startsWith('-') ? 'BUY' : 'SELL'
  const size = quantity.replace('-', '')
  return [
    accountSnapshot,
    snapshotOf({
      positions: flat ? [] : [snapshotPositionOf({ quantity })],
      open_orders: flat ? [] : [snapshotOrderOf({ side, quantity: size })],
      venue_sequence: sequence,
      as_of_ms: startMs + afterMs,
      ...more,
    }),
  ] as const
}

/** A fill with its event number and the time of the event. */
function fill(quantity: string, sequence: number, afterMs = 0, more: Partial<OrderReport> = {}) {
  const side = quantity.startsWith('-') ? 'SELL' : 'BUY'
  const size = quantity.replace('-', '')
  return [
    orderReport,
    orderReportOf({
      side,
      order_quantity: size,
      filled_quantity: size,
      fill_quantity: size,
      venue_sequence: sequence,
      venue_at_ms: startMs + afterMs,
      ...more,
    }),
  ] as const
}

/** The stop that the snapshots show, known to the book. */
const protect = [
  orderCommand,
  orderCommandOf({ client_order_id: 'protect-1', purpose: 'PROTECT', type: 'STOP_MARKET' }),
] as const

/** A book that holds a quantity and agrees with the venue at event 1. */
function holding(quantity: string): Given {
  const book = given(reconciler).records(protect)
  if (quantity !== '0') book.records(fill(quantity, 1))
  return book.records(venue(quantity, 1, 0))
}

const found = (
  finding: ReconcileFinding,
  action: ReconcileAction,
  more: Partial<ReconcileReport> = {},
) => [reconcileReport, { finding, action, resolved: false, ...more }] as const
const gone = (finding: ReconcileFinding, more: Partial<ReconcileReport> = {}) =>
  [reconcileReport, { finding, action: 'NONE', resolved: true, ...more }] as const
const matched = [reconcileReport, { finding: 'MATCHED', action: 'NONE', resolved: true }] as const
const raised = [opsAlert, { kind: 'RECONCILIATION', state: 'RAISED' }] as const
const cleared = [opsAlert, { kind: 'RECONCILIATION', state: 'CLEARED' }] as const

/** The same snapshot every two seconds, with a clock tick behind each, up to and with `toMs`. */
function shown(
  book: Given,
  snapshot: (afterMs: number) => ReturnType<typeof venue>,
  span: { fromMs: number; toMs: number },
): Given {
  for (let afterMs = span.fromMs; afterMs <= span.toMs; afterMs += 2_000)
    book.at(startMs + afterMs).records(snapshot(afterMs), tick(startMs + afterMs))
  return book
}

describe.each([
  ['long', ''],
  ['short', '-'],
])('a %s book', (_side, sign) => {
  const mirrored = sign === '' ? '-' : ''
  const cases = [
    ['a ghost position is cleared', '1', '0', 'GHOST_POSITION', 'CLEAR'],
    ['an unknown position is adopted', '0', '1', 'UNKNOWN_POSITION', 'ADOPT'],
    ['too much in the book is corrected', '2', '1.5', 'WRONG_QUANTITY', 'CORRECT'],
    ['too little in the book is corrected', '1', '1.001', 'WRONG_QUANTITY', 'CORRECT'],
  ] as const

  test.each(cases)(
    '%s and resolved with the next snapshot',
    (_title, book, there, finding, action) => {
      const ours = book === '0' ? '0' : sign + book
      const theirs = there === '0' ? '0' : sign + there
      holding(ours)
        .at(startMs + 2_000)
        .when(venue(theirs, 2, 2_000))
        .thenNothing()
        .at(startMs + 4_000)
        .when(venue(theirs, 2, 4_000))
        .then(
          found(finding, action, {
            symbol: 'BTCUSDT',
            book_quantity: ours,
            venue_quantity: theirs,
            first_seen_at_ms: startMs + 2_000,
            venue_sequence: 2,
          }),
          raised,
        )
        .at(startMs + 6_000)
        .when(venue(theirs, 2, 6_000))
        .then(gone(finding, { repair_ms: 4_000 }), matched, cleared)
        .at(startMs + 8_000)
        .when(venue(theirs, 2, 8_000))
        .thenNothing()
    },
  )

  test('on the wrong side is corrected', () => {
    holding(`${sign}1`)
      .records(venue(`${mirrored}1`, 2, 2_000))
      .when(venue(`${mirrored}1`, 2, 4_000))
      .then(
        found('WRONG_SIDE', 'CORRECT', {
          book_quantity: `${sign}1`,
          venue_quantity: `${mirrored}1`,
        }),
        raised,
      )
  })

  test('a report that comes late explains the difference before it counts', () => {
    holding('0')
      .when(venue(`${sign}1`, 2, 2_000), fill(`${sign}1`, 2, 1_990), venue(`${sign}1`, 2, 4_000))
      .thenNothing()
  })

  test('a fill that the venue snapshot already contained is not booked again', () => {
    holding('0')
      .records(venue(`${sign}1`, 2, 2_000), venue(`${sign}1`, 2, 4_000))
      .records(fill(`${sign}1`, 2, 1_990))
      .at(startMs + 6_000)
      .when(venue(`${sign}1`, 2, 6_000))
      .then(gone('UNKNOWN_POSITION'), matched, cleared)
  })
})

describe('a difference counts', () => {
  test('at once when the snapshot stands at the very event the book stands at', () => {
    // Event 2 was lost, event 3 arrived: the book can't catch up by itself.
    holding('1')
      .records(fill('1', 3, 1_500))
      .when(venue('3', 3, 2_000))
      .then(found('WRONG_QUANTITY', 'CORRECT'), raised)
  })

  test('a funding payment moves that event like a fill does', () => {
    holding('1')
      .records([fundingPaid, fundingPaidOf({ venue_sequence: 2, venue_at_ms: startMs + 1_000 })])
      .when(venue('2', 2, 2_000))
      .then(found('WRONG_QUANTITY', 'CORRECT'), raised)
  })

  test('at once in a book that has seen nothing: no report on its way is its own', () => {
    given(reconciler)
      .when(venue('1', 23, 0))
      .then(found('UNKNOWN_POSITION', 'ADOPT'), found('UNKNOWN_ORDER', 'ALERT'), raised, raised)
  })

  test('at once in the first snapshot only, whatever else that one showed', () => {
    given(reconciler)
      .records(venue('1', 23, 0))
      .when(venue('2', 24, 2_000))
      .thenNothing()
      .when(fill('1', 24, 1_990), venue('2', 24, 4_000, { open_orders: [] }))
      .then(gone('WRONG_QUANTITY'), gone('UNKNOWN_ORDER'), cleared, cleared)
  })

  test('only after as many equal snapshots in a row as configured', () => {
    const config = testConfig({ watch: { reconcile_confirmations: 3 } })
    given(reconciler, { config })
      .records(protect, venue('0', 1, 0))
      .when(venue('1', 2, 2_000), venue('1', 2, 4_000))
      .thenNothing()
      .when(venue('1', 2, 6_000))
      .then(found('UNKNOWN_POSITION', 'ADOPT'), raised)
  })

  test('not while its numbers change', () => {
    holding('0')
      .when(venue('1', 2, 2_000), venue('2', 3, 4_000), venue('3', 4, 6_000))
      .thenNothing()
      .when(venue('3', 4, 8_000))
      .then(found('UNKNOWN_POSITION', 'ADOPT', { venue_quantity: '3' }), raised)
  })

  test('not while the book changes in between', () => {
    holding('1')
      .when(
        venue('3', 5, 2_000),
        fill('0.5', 3, 2_500),
        fill('-0.5', 4, 2_600),
        venue('3', 5, 4_000),
      )
      .thenNothing()
  })

  test('not when the snapshot is older than an event of the book', () => {
    holding('1')
      .records(fill('1', 3, 5_000))
      .when(venue('1', 1, 2_000), venue('1', 1, 4_000), venue('1', 1, 4_900))
      .thenNothing()
      .when(venue('2', 3, 6_000))
      .thenNothing()
  })

  test('when events are numbered anew but the snapshots are later', () => {
    const book = given(reconciler).records(protect, fill('1', 900), venue('1', 900, 0))
    book
      .when(venue('0', 3, 2_000))
      .thenNothing()
      .when(venue('0', 3, 4_000))
      .then(found('GHOST_POSITION', 'CLEAR'), raised)
  })
})

describe('fills', () => {
  test('are booked once by the id the venue gave them', () => {
    const copy = fill('1', 3, 0, { venue_trade_id: 'trade-1', report_id: 'again' })
    holding('1')
      .when(copy, venue('1', 3, 2_000))
      .thenNothing()
  })

  test('with equal ids in two symbols are two fills', () => {
    const eth = { symbol: 'ETHUSDT', venue_trade_id: 'trade-1' }
    holding('1')
      .records(fill('2', 2, 0, eth))
      .when(
        venue('1', 2, 2_000, {
          positions: [
            snapshotPositionOf(),
            snapshotPositionOf({ symbol: 'ETHUSDT', quantity: '2' }),
          ],
          open_orders: [snapshotOrderOf(), snapshotOrderOf({ symbol: 'ETHUSDT', quantity: '2' })],
        }),
      )
      .thenNothing()
  })

  test('of anybody change the book: the venue’s own and other hands’', () => {
    const external = { purpose: 'EXTERNAL', client_order_id: '99', parent_id: '' } as const
    holding('1')
      .when(fill('-1', 2, 0, external), venue('0', 2, 2_000))
      .thenNothing()
  })

  test('are remembered over a restart', () => {
    holding('1')
      .restarted()
      .when(fill('1', 3, 0, { venue_trade_id: 'trade-1' }), venue('1', 3, 2_000))
      .thenNothing()
  })

  test('are forgotten when they can not be reported again, and the book stays', () => {
    const afterMs = orderReport.retentionMs + 60_000
    holding('1')
      .when(tick(startMs + afterMs))
      .thenNothing()
      .when(venue('1', 1, afterMs))
      .then(matched)
  })
})

describe('a doubtful snapshot', () => {
  const doubts = [
    ['incomplete', { complete: false }],
    ['of another environment', { environment: 'LIVE' }],
    ['older than its limit', { as_of_ms: startMs - 30_001 }],
    ['without an entry price', { positions: [snapshotPositionOf({ entry_price: '0' })] }],
    [
      'with two positions of one symbol',
      { positions: [snapshotPositionOf(), snapshotPositionOf({ quantity: '-1' })] },
    ],
  ] as const

  test.each(doubts)(
    '%s is reported once for a row of them and changes nothing',
    (_title, doubt) => {
      const snapshot = [accountSnapshot, snapshotOf(doubt as Partial<AccountSnapshot>)] as const
      holding('1')
        .when(snapshot)
        .then(found('INCOMPLETE', 'NONE', { symbol: '' }))
        .when(snapshot, snapshot)
        .thenNothing()
        .at(startMs + 2_000)
        .when(venue('1', 1, 2_000))
        .then(gone('INCOMPLETE', { repair_ms: 2_000 }), matched)
        .when(snapshot)
        .then(found('INCOMPLETE', 'NONE'))
    },
  )

  test('shows the age of what it was', () => {
    const after = holding('1').when([accountSnapshot, snapshotOf({ as_of_ms: startMs - 170_000 })])
    expect(after.outputs(reconcileReport)[0]!.detail).toContain('170000 ms old')
  })

  test('neither opens nor confirms nor resolves a difference', () => {
    holding('1')
      .records(venue('0', 2, 2_000))
      .when(venue('0', 2, 3_000, { complete: false }))
      .then(found('INCOMPLETE', 'NONE'))
      .when(venue('0', 2, 4_000))
      .then(gone('INCOMPLETE'), found('GHOST_POSITION', 'CLEAR'), raised)
  })
})

test.each(['0', '-0', '0.000'])('a row with quantity %s means flat', (quantity) => {
  holding('0')
    .when(venue('0', 1, 2_000, { positions: [snapshotPositionOf({ quantity, entry_price: '0' })] }))
    .thenNothing()
})

describe('orders', () => {
  const resting = (id: string, afterMs: number, more: object = {}) =>
    venue('0', 1, afterMs, { open_orders: [snapshotOrderOf({ client_order_id: id, ...more })] })

  test('of somebody else are an alert until they are gone', () => {
    holding('0')
      .when(resting('web-123', 2_000))
      .then(found('UNKNOWN_ORDER', 'ALERT', { client_order_id: 'web-123' }), raised)
      .when(resting('web-123', 4_000))
      .thenNothing()
      .when(resting('web-456', 6_000))
      .then(
        gone('UNKNOWN_ORDER'),
        found('UNKNOWN_ORDER', 'ALERT', { client_order_id: 'web-456' }),
        cleared,
        raised,
      )
      .when(venue('0', 1, 8_000))
      .then(gone('UNKNOWN_ORDER'), matched, cleared)
  })

  test('of ours that are live in the book are none', () => {
    holding('0').when(resting('protect-1', 2_000)).thenNothing()
  })

  test('of ours that ended in the book and still rest are unknown', () => {
    const cancelled = {
      client_order_id: 'protect-1',
      purpose: 'PROTECT',
      state: 'CANCELLED',
    } as const
    const ended = { ...cancelled, fill_quantity: null, venue_trade_id: null, filled_quantity: '0' }
    holding('0')
      .records([orderReport, orderReportOf(ended)])
      .when(resting('protect-1', 2_000))
      .then(found('UNKNOWN_ORDER', 'ALERT'), raised)
  })

  test('whose fate is unknown are still ours', () => {
    const lost = {
      client_order_id: 'order-7',
      state: 'UNKNOWN',
      venue_order_id: null,
      fill_quantity: null,
      filled_quantity: '0',
    } as const
    holding('0')
      .records([orderReport, orderReportOf(lost)])
      .when(resting('order-7', 2_000))
      .thenNothing()
  })
})

describe('an order that is live in the book', () => {
  /** The venue's word that the stop rests since event 2. */
  const acked = [
    orderReport,
    orderReportOf({
      ...{ client_order_id: 'protect-1', purpose: 'PROTECT', state: 'ACKED', venue_sequence: 2 },
      ...{ fill_quantity: null, venue_trade_id: null, filled_quantity: '0' },
      venue_at_ms: startMs + 1_000,
    }),
  ] as const
  const cancelled = (sequence: number) =>
    [
      orderReport,
      { ...acked[1], state: 'CANCELLED', venue_order_id: null, venue_sequence: sequence },
    ] as const
  const bare = (sequence: number, afterMs: number) => venue('0', sequence, afterMs)
  const missing = found('MISSING_ORDER', 'ALERT', { client_order_id: 'protect-1' })

  test('and that the venue does not have is an alert after two snapshots, until a report ends it', () => {
    holding('0')
      .records(acked)
      .when(bare(2, 2_000))
      .thenNothing()
      .when(bare(2, 4_000))
      .then(missing, raised)
      .when(bare(2, 6_000))
      .thenNothing()
      .when(cancelled(2), bare(2, 8_000))
      .then(gone('MISSING_ORDER'), matched, cleared)
  })

  test('and that the venue does not have for too long asks for safe mode', () => {
    const book = holding('0').records(acked)
    shown(book, (afterMs) => bare(2, afterMs), { fromMs: 2_000, toMs: 34_000 })
      .at(startMs + 36_000)
      .when(bare(2, 36_000), tick(startMs + 36_000))
      .then([opsAlert, { subject: 'main' }], [safeModeCommand, { trigger: 'RECONCILIATION' }])
  })

  test('is not missed in a snapshot from before its event, nor while its last report is on its way', () => {
    holding('0').records(acked).when(bare(1, 900), bare(1, 950)).thenNothing()
    holding('0')
      .records(acked)
      .when(bare(3, 3_000), cancelled(3), bare(3, 5_000), bare(3, 7_000))
      .thenNothing()
  })

  test('and that the venue has never spoken of is the gateway’s to ask about', () => {
    holding('0').when(bare(1, 2_000), bare(1, 4_000), bare(1, 6_000)).thenNothing()
  })

  test('and that was triggered need not rest', () => {
    const triggered = [acked[0], { ...acked[1], state: 'TRIGGERED' as const }] as const
    holding('0').records(acked, triggered).when(bare(2, 2_000), bare(2, 4_000)).thenNothing()
  })
})

describe('a stop under a name of ours that the book does not know', () => {
  const stray = (more: object = {}) =>
    snapshotOrderOf({ client_order_id: `q${'0a'.repeat(13)}`, ...more })
  const withStray = (quantity: string, afterMs: number, more: object = {}) =>
    venue(quantity, 1, afterMs, {
      open_orders: quantity === '0' ? [stray(more)] : [snapshotOrderOf(), stray(more)],
    })

  test.each(['0', '1'])('is cancelled after two snapshots when %s does not need it', (quantity) => {
    holding(quantity)
      .when(withStray(quantity, 2_000))
      .thenNothing()
      .when(withStray(quantity, 4_000))
      .then(
        found('STRAY_STOP', 'CANCEL_ORDER', { client_order_id: stray().client_order_id }),
        raised,
      )
      .when(withStray(quantity, 6_000))
      .thenNothing()
      .when(venue(quantity, 1, 8_000))
      .then(gone('STRAY_STOP'), matched, cleared)
  })

  test('stays while it is the only one of its position', () => {
    const alone = (afterMs: number) => venue('1', 1, afterMs, { open_orders: [stray()] })
    holding('1')
      .when(alone(2_000), alone(4_000), alone(6_000))
      .then(found('UNKNOWN_ORDER', 'ALERT'), raised)
  })

  test.each([
    ['could open a position', { reduce_only: false }],
    ['is no stop', { type: 'LIMIT' }],
    ['has a name that is not ours', { client_order_id: 'web-1' }],
  ])('but that %s is a person’s decision', (_title, more) => {
    holding('0')
      .when(withStray('0', 2_000, more), withStray('0', 4_000, more))
      .then(found('UNKNOWN_ORDER', 'ALERT'), raised)
  })
})

test('books that match say what was compared', () => {
  const report = given(reconciler)
    .records(protect, fill('1', 1))
    .when(venue('1', 1, 0))
  expect(report.outputs(reconcileReport)[0]?.detail).toMatch(
    /^equal: quantities of 1 symbol, stops of 1 position, 1 resting order against 1 live in the book; /,
  )
})

describe('a stop', () => {
  const stops = [
    ['is missing', []],
    ['is too small', [snapshotOrderOf({ quantity: '0.5' })]],
    ['could open a position', [snapshotOrderOf({ reduce_only: false })]],
    ['lies on the wrong side', [snapshotOrderOf({ side: 'BUY' })]],
    ['is of another symbol', [snapshotOrderOf({ symbol: 'ETHUSDT' })]],
    ['takes profit only', [snapshotOrderOf({ type: 'TAKE_PROFIT_MARKET' })]],
  ] as const

  test.each(stops)('that %s is an alert after two snapshots, until one rests', (_title, orders) => {
    const bare = (afterMs: number) => venue('1', 1, afterMs, { open_orders: [...orders] })
    holding('1')
      .when(bare(2_000))
      .thenNothing()
      .when(bare(4_000))
      .then(found('MISSING_STOP', 'ALERT', { venue_quantity: '1' }), [
        opsAlert,
        { severity: 'CRITICAL', state: 'RAISED' },
      ])
      .when(bare(6_000))
      .thenNothing()
      .when(venue('1', 1, 8_000))
      .then(gone('MISSING_STOP'), matched, cleared)
  })

  test('may consist of several orders', () => {
    const half = { quantity: '0.5' }
    const orders = [
      snapshotOrderOf(half),
      snapshotOrderOf({ ...half, client_order_id: 'protect-2' }),
    ]
    holding('1')
      .records([orderCommand, orderCommandOf({ client_order_id: 'protect-2', purpose: 'PROTECT' })])
      .when(
        venue('1', 1, 2_000, { open_orders: orders }),
        venue('1', 1, 4_000, { open_orders: orders }),
      )
      .thenNothing()
  })
})

describe('what stays unresolved', () => {
  const bare = (afterMs: number) => venue('1', 1, afterMs, { open_orders: [] })
  const unreadable = (afterMs: number) => venue('1', 1, afterMs, { complete: false })
  const safeMode = [
    [opsAlert, { alert_id: 'RECONCILIATION|main', severity: 'CRITICAL', state: 'RAISED' }],
    [safeModeCommand, { active: true, trigger: 'RECONCILIATION', actor: 'reconciler' }],
  ] as const
  const hourMs = 3_600_000

  test('for longer than the limit asks for safe mode once, and is cleared once', () => {
    // Confirmed and reported at 4 s.
    shown(holding('1'), bare, { fromMs: 2_000, toMs: 32_000 })
      .at(startMs + 34_000)
      .records(bare(34_000))
      .when(tick(startMs + 34_000))
      .thenNothing()
      .at(startMs + 34_001)
      .records(bare(34_001))
      .when(tick(startMs + 34_001))
      .then(...safeMode)
      .when(tick(startMs + 90_000))
      .thenNothing()
      .when(venue('1', 1, 90_000), tick(startMs + 90_001))
      .then(gone('MISSING_STOP'), matched, cleared, [
        opsAlert,
        { alert_id: 'RECONCILIATION|main', state: 'CLEARED' },
      ])
  })

  test('is a venue that can’t be read, too', () => {
    shown(holding('1'), unreadable, { fromMs: 2_000, toMs: 32_000 })
      .at(startMs + 34_000)
      .when(unreadable(34_000), tick(startMs + 34_000))
      .then(...safeMode)
  })

  test('goes on while the venue can’t be read', () => {
    const book = shown(holding('1'), bare, { fromMs: 2_000, toMs: 10_000 })
    shown(book, unreadable, { fromMs: 12_000, toMs: 34_000 })
      .at(startMs + 36_000)
      .when(unreadable(36_000), tick(startMs + 36_000))
      .then(...safeMode)
  })

  test('is remembered over a restart', () => {
    const book = shown(holding('1'), bare, { fromMs: 2_000, toMs: 20_000 }).restarted()
    shown(book, bare, { fromMs: 22_000, toMs: 34_000 })
      .at(startMs + 36_000)
      .when(bare(36_000), tick(startMs + 36_000))
      .then(...safeMode)
      .restarted()
      .when(tick(startMs + 60_000))
      .thenNothing()
  })

  test.each([
    ['seen once', 2_000],
    ['confirmed', 10_000],
  ])('is not what was %s before a pause: time alone confirms nothing', (_title, toMs) => {
    shown(holding('1'), bare, { fromMs: 2_000, toMs })
      .restarted()
      .when(tick(startMs + hourMs), tick(startMs + 2 * hourMs))
      .thenNothing()
  })

  test('does not count the pause, and asks for safe mode when it stays after it', () => {
    const before = shown(holding('1'), bare, { fromMs: 2_000, toMs: 4_000 }).restarted()
    before
      .when(tick(startMs + hourMs))
      .thenNothing()
      .at(startMs + hourMs)
      .records(bare(hourMs))
      .when(tick(startMs + hourMs + 1))
      .thenNothing()
    const lastMs = hourMs + 28_000
    shown(before, bare, { fromMs: hourMs + 2_000, toMs: hourMs + 24_000 })
      .at(startMs + hourMs + 26_000)
      .when(bare(hourMs + 26_000), tick(startMs + hourMs + 26_000))
      .thenNothing()
      .at(startMs + lastMs)
      .when(bare(lastMs), tick(startMs + lastMs))
      .then(...safeMode)
  })

  test('is over when the first snapshot after the pause does not show it', () => {
    shown(holding('1'), bare, { fromMs: 2_000, toMs: 10_000 })
      .restarted()
      .when(tick(startMs + hourMs))
      .thenNothing()
      .when(venue('1', 1, hourMs), tick(startMs + hourMs + 1))
      .then(gone('MISSING_STOP'), matched, cleared)
  })

  test('starts anew when its numbers change', () => {
    const book = shown(holding('2'), (afterMs) => venue('2', 1, afterMs, { open_orders: [] }), {
      fromMs: 2_000,
      toMs: 20_000,
    })
      .at(startMs + 21_000)
      .records(fill('-1', 2, 21_000))
    const less = (afterMs: number) => venue('1', 2, afterMs, { open_orders: [] })
    book
      .at(startMs + 22_000)
      .when(less(22_000))
      .thenNothing()
    book
      .at(startMs + 24_000)
      .when(less(24_000))
      .then(
        found('MISSING_STOP', 'ALERT', { venue_quantity: '1', first_seen_at_ms: startMs + 22_000 }),
      )
    shown(book, less, { fromMs: 26_000, toMs: 52_000 })
      .at(startMs + 54_000)
      .when(less(54_000), tick(startMs + 54_000))
      .then(found('MISSING_STOP', 'ALERT'))
      .at(startMs + 56_000)
      .when(less(56_000), tick(startMs + 56_000))
      .then(...safeMode)
  })
})

describe('a repair that may have been lost', () => {
  const stray = snapshotOrderOf({ client_order_id: `q${'0a'.repeat(13)}` })
  const repairs = [
    ['a stray stop', 'STRAY_STOP', 'CANCEL_ORDER', [snapshotOrderOf(), stray]],
    ['a missing stop', 'MISSING_STOP', 'ALERT', []],
  ] as const

  test.each(repairs)(
    'of %s is ordered again every five snapshots while it stays, without a second alert',
    (_title, finding, action, orders) => {
      const there = (afterMs: number) => venue('1', 1, afterMs, { open_orders: [...orders] })
      const first = { first_seen_at_ms: startMs + 2_000 }
      shown(holding('1'), there, { fromMs: 2_000, toMs: 12_000 })
        .at(startMs + 14_000)
        .when(there(14_000))
        .then(found(finding, action, first))
        .when(there(14_001))
        .thenNothing()
        .restarted()
        .at(startMs + 23_999)
        .when(there(23_999))
        .thenNothing()
        .at(startMs + 24_000)
        .when(there(24_000))
        .then(found(finding, action, first))
        .at(startMs + 34_000)
        .when(there(34_000), venue('1', 1, 34_001))
        .then(found(finding, action, first), gone(finding), matched, cleared)
        .at(startMs + 44_001)
        .when(venue('1', 1, 44_001))
        .thenNothing()
    },
  )

  test('is ordered again by a snapshot that can be believed only', () => {
    const bare = (afterMs: number, complete: boolean) =>
      venue('1', 1, afterMs, { open_orders: [], complete })
    holding('1')
      .records(bare(2_000, true), bare(4_000, true))
      .at(startMs + 20_000)
      .when(bare(20_000, false))
      .then(found('INCOMPLETE', 'NONE'))
      .when(bare(20_001, true))
      .then(gone('INCOMPLETE'), found('MISSING_STOP', 'ALERT'))
  })

  test('is none where a person decides', () => {
    const order = snapshotOrderOf({ client_order_id: 'web-123' })
    const there = (afterMs: number) => venue('0', 1, afterMs, { open_orders: [order] })
    shown(holding('0'), there, { fromMs: 2_000, toMs: 12_000 })
      .at(startMs + 20_000)
      .when(there(20_000))
      .thenNothing()
  })
})

test('books that match are reported when that is new, then every five minutes', () => {
  given(reconciler)
    .records(protect)
    .when(venue('0', 1, 0))
    .then(matched)
    .at(startMs + 299_999)
    .when(venue('0', 1, 299_999))
    .thenNothing()
    .at(startMs + 300_000)
    .when(venue('0', 1, 300_000))
    .then(matched)
})

test('accounts are compared each on their own', () => {
  holding('1')
    .when([accountSnapshot, snapshotOf({ account: 'second' })])
    .then([reconcileReport, { account: 'second', finding: 'MATCHED' }])
})

test('the table has one row for each pair of states, and no row lets the book win', () => {
  const pairs = reconcileTable.map((row) => `${row.subject} ${row.book} ${row.venue}`)
  expect(new Set(pairs).size).toBe(pairs.length)
  const positions = reconcileTable.filter((row) => row.subject === 'position')
  expect(positions.filter((row) => row.action === 'NONE').map((row) => row.finding)).toEqual([
    'MATCHED',
    'MATCHED',
  ])
})
