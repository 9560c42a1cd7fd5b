// Exits: nothing stops them, each ends once, and none closes more than there is.
import { describe, expect, it } from 'vitest'
import {
  instrumentState,
  markState,
  portfolioState,
  positionState,
  reconcileReport,
  safeModeState,
} from '../../../schemas/topics.ts'
import type { OrderCommand, Urgency } from '../../../schemas/types.gen.ts'
import { exitQuantity, pieces } from '../../../topologies/act/exits.ts'
import { exact } from '../../../schemas/decimal.ts'
import { actDesk } from '../../kit/act-desk.ts'
import type { ActDesk } from '../../kit/act-desk.ts'
import { instrumentOf, portfolioOf, reconcileReportOf, safeModeOf } from '../../kit/records.ts'

const sides = [
  { name: 'long', open: 'BUY', close: 'SELL', stop: '99', target: '102' },
  { name: 'short', open: 'SELL', close: 'BUY', stop: '101', target: '98' },
] as const

/** A desk with an open position of 10 whose stop rests. */
function withPosition(side: (typeof sides)[number] = sides[0], config: object = {}): ActDesk {
  const desk = actDesk({ config })
  desk.intent({ side: side.open, stop_price: side.stop, target_price: side.target })
  desk.fill(desk.commands('ENTRY')[0]!)
  desk.ack(desk.stops()[0]!)
  desk.commands()
  desk.results()
  desk.read(positionState)
  return desk
}

describe.each(sides)('an exit of a $name', (side) => {
  it('becomes one reduce-only market order for what is open', () => {
    const desk = withPosition(side)
    desk.exit({ side: side.close, quantity: '10' })
    expect(desk.commands()).toMatchObject([
      {
        purpose: 'EXIT',
        type: 'MARKET',
        side: side.close,
        quantity: '10',
        reduce_only: true,
        parent_id: 'exit-1',
        exit_kind: 'STOP',
        expires_at_ms: null,
      },
    ])
    expect(desk.results()).toEqual([])
  })

  it('never closes more than is open', () => {
    const desk = withPosition(side)
    desk.exit({ side: side.close, quantity: '25', closes_all: false })
    expect(desk.commands()).toMatchObject([{ quantity: '10' }])
  })

  it('closes all that is open when it says so, whatever its quantity', () => {
    const desk = withPosition(side)
    desk.exit({ side: side.close, quantity: '3', closes_all: true })
    expect(desk.commands()).toMatchObject([{ quantity: '10' }])
  })

  it('closes a part, and then only the rest', () => {
    const desk = withPosition(side)
    desk.exit({ side: side.close, quantity: '4', closes_all: false })
    desk.exit({ exit_id: 'exit-2', side: side.close, quantity: '10' })
    expect(desk.commands()).toMatchObject([{ quantity: '4' }, { quantity: '6' }])
  })

  it('that a live exit covers ends as EXIT_IN_FLIGHT, without an order', () => {
    const desk = withPosition(side)
    desk.exit({ side: side.close, quantity: '10' })
    desk.commands()
    desk.exit({ exit_id: 'exit-2', side: side.close, quantity: '10' })
    expect(desk.commands()).toEqual([])
    expect(desk.results()).toMatchObject([
      {
        subject: 'EXIT',
        subject_id: 'exit-2',
        status: 'REFUSED',
        terminal: true,
        reason: 'EXIT_IN_FLIGHT',
      },
    ])
  })

  it('is sent again when the fate of the live one is not known', () => {
    const desk = withPosition(side)
    desk.exit({ side: side.close, quantity: '10' })
    desk.says(desk.commands('EXIT')[0]!, { state: 'UNKNOWN' })
    desk.exit({ exit_id: 'exit-2', side: side.close, quantity: '10' })
    expect(desk.commands()).toMatchObject([
      { parent_id: 'exit-2', quantity: '10', reduce_only: true },
    ])
  })

  it('is sent again when the venue has not spoken of the acknowledged one for long', () => {
    const desk = withPosition(side)
    desk.exit({ side: side.close, quantity: '10' })
    desk.ack(desk.commands('EXIT')[0]!)
    desk.tick(10_001)
    desk.commands()
    desk.exit({ exit_id: 'exit-2', side: side.close, quantity: '10' })
    expect(desk.commands('EXIT')).toHaveLength(1)
  })

  it('is sent again after it was rejected, and covers nothing any more', () => {
    const desk = withPosition(side)
    desk.exit({ side: side.close, quantity: '10' })
    desk.says(desk.commands('EXIT')[0]!, { state: 'REJECTED', reason: 'OTHER' })
    expect(desk.results()).toMatchObject([
      { subject_id: 'exit-1', status: 'REJECTED', terminal: true },
    ])
    desk.exit({ exit_id: 'exit-2', side: side.close, quantity: '10' })
    expect(desk.commands('EXIT')).toMatchObject([{ quantity: '10' }])
  })

  it('of a leg that is known flat ends as POSITION_FLAT', () => {
    const desk = withPosition(side)
    desk.exit({ side: side.close, quantity: '10' })
    desk.fill(desk.commands('EXIT')[0]!)
    desk.says(desk.stops().at(-1)!, { state: 'CANCELLED' })
    desk.says(desk.stops()[0]!, { state: 'CANCELLED' })
    desk.commands()
    desk.results()
    desk.exit({ exit_id: 'exit-2', side: side.close, quantity: '10' })
    expect(desk.commands()).toEqual([])
    expect(desk.results()).toMatchObject([{ reason: 'POSITION_FLAT', terminal: true }])
  })

  it('on the side that would add ends as POSITION_FLAT: there is nothing to close there', () => {
    const desk = withPosition(side)
    desk.exit({ side: side.open, quantity: '10' })
    expect(desk.commands()).toEqual([])
    expect(desk.results()).toMatchObject([{ reason: 'POSITION_FLAT' }])
  })
})

/**
 * An exit of everything was sent as `sent`, and the venue has acknowledged it or said nothing. Of a second one after
 * `afterMs`: whether it goes out.
 */
describe.each(sides)('while an exit of everything of a $name is on its way', (side) => {
  const passes = (
    sent: Urgency,
    next: Urgency,
    { afterMs, isAcked, attempt = 1 }: { afterMs: number; isAcked: boolean; attempt?: number },
  ): boolean => {
    const desk = withPosition(side)
    desk.exit({ side: side.close, quantity: '10', urgency: sent })
    if (isAcked) desk.ack(desk.commands('EXIT')[0]!)
    desk.wait(afterMs)
    desk.commands()
    const exit_id = 'exit-2'
    desk.exit({ exit_id, side: side.close, quantity: '10', urgency: next, attempt })
    const orders = desk.commands('EXIT')
    const ended = desk.results().map((result) => result.reason)
    expect(ended).toEqual(orders.length === 1 ? [] : ['EXIT_IN_FLIGHT'])
    return orders.length === 1
  }

  it.each([
    ['NORMAL', 1, false],
    ['NORMAL', 1_999, false],
    ['NORMAL', 2_000, true],
    ['HIGH', 1, true],
    ['EMERGENCY', 1, true],
  ] as const)('and was not acknowledged, %s after %i ms passes: %s', (urgency, afterMs, does) => {
    expect(passes('NORMAL', urgency, { afterMs, isAcked: false })).toBe(does)
    expect(passes(urgency, urgency, { afterMs, isAcked: false })).toBe(does)
  })

  it.each([
    ['NORMAL', 10_000, false],
    ['NORMAL', 10_001, true],
    ['HIGH', 10_000, false],
    ['HIGH', 10_001, true],
    ['EMERGENCY', 1, true],
  ] as const)('and was acknowledged, %s after %i ms passes: %s', (urgency, afterMs, does) => {
    expect(passes('NORMAL', urgency, { afterMs, isAcked: true })).toBe(does)
    expect(passes(urgency, urgency, { afterMs, isAcked: true })).toBe(does)
  })

  it('a follow-up passes when nothing was acknowledged: its clock has seen the time go by', () => {
    expect(passes('NORMAL', 'NORMAL', { afterMs: 1_990, isAcked: false, attempt: 2 })).toBe(true)
  })

  it.each(['NORMAL', 'HIGH', 'EMERGENCY'] as const)(
    'twenty more of the same instant and urgency give no order: %s',
    (urgency) => {
      const desk = withPosition(side)
      for (let i = 1; i <= 20; i++)
        desk.exit({ exit_id: `e-${i}`, side: side.close, quantity: '10', urgency, attempt: i })
      expect(desk.commands('EXIT')).toHaveLength(1)
    },
  )

  it('a more urgent one of the same instant passes, a less urgent one does not', () => {
    const now = { afterMs: 0, isAcked: false }
    expect(passes('NORMAL', 'HIGH', now)).toBe(true)
    expect(passes('HIGH', 'EMERGENCY', now)).toBe(true)
    expect(passes('HIGH', 'NORMAL', now)).toBe(false)
    expect(passes('EMERGENCY', 'HIGH', now)).toBe(false)
  })
})

describe('an exit that nothing may stop', () => {
  it.each<[string, (desk: ActDesk) => void]>([
    ['safe mode is active', (d) => d.publish(safeModeState, safeModeOf({ active: true }))],
    ['safe mode is unknown', (d) => d.publish(safeModeState, null, 'main')],
    ['equity is unknown', (d) => d.publish(portfolioState, portfolioOf({ known: false }))],
    ['equity is stale', (d) => d.tick(3_600_000)],
    [
      'the account is bankrupt',
      (d) =>
        d.publish(
          portfolioState,
          portfolioOf({
            equity_usd: '-1',
            available_usd: '0',
            day_pnl_usd: '-10001',
            drawdown_fraction: 1,
          }),
        ),
    ],
    [
      'the symbol is halted',
      (d) => d.table(instrumentState, 'BTCUSDT', instrumentOf({ status: 'HALTED' })),
    ],
    [
      'the symbol is of another environment',
      (d) => d.table(instrumentState, 'BTCUSDT', instrumentOf({ environment: 'LIVE' })),
    ],
    ['there are no filters', (d) => d.table(instrumentState, 'BTCUSDT', undefined)],
    ['there is no price', (d) => d.table(markState, 'BTCUSDT', undefined)],
    [
      'the day has its number of entries',
      (d) => d.intent({ intent_id: 'intent-2', symbol: 'ETHUSDT' }),
    ],
    ['the process was restarted', (d) => d.restart()],
    ['the resting stop is unsettled', (d) => d.says(d.stops()[0]!, { state: 'UNKNOWN' })],
    [
      'a correction brought the quantity',
      (d) =>
        d.publish(
          reconcileReport,
          reconcileReportOf({ action: 'CORRECT', finding: 'WRONG_QUANTITY', venue_quantity: '10' }),
        ),
    ],
  ])('passes when %s', (_, prepare) => {
    const desk = withPosition(sides[0], {
      limits: { max_entries_per_day: 1, max_open_positions: 1, decision_window_ms: 0 },
    })
    prepare(desk)
    desk.commands()
    desk.exit({ quantity: '10' })
    expect(desk.commands('EXIT')).toMatchObject([
      { reduce_only: true, quantity: '10', side: 'SELL' },
    ])
  })

  it('passes on a symbol that was never heard of, exactly as asked: the venue knows', () => {
    const desk = actDesk({ isCold: true })
    desk.exit({ symbol: 'DOGEUSDT', quantity: '12.34567', closes_all: true })
    const [exit] = desk.commands()
    expect(exit).toMatchObject({ quantity: '12.34567', reduce_only: true, venue: 'binance' })
    desk.says(exit!, { state: 'REJECTED', reason: 'REDUCE_ONLY_REJECTED', venue_code: -2022 })
    expect(desk.results()).toMatchObject([
      {
        subject_id: 'exit-1',
        status: 'REJECTED',
        reason: 'REDUCE_ONLY_REJECTED',
        gate: 'VENUE',
        venue_code: -2022,
        terminal: true,
      },
    ])
  })

  it('passes while an entry is on its way and nothing is open yet', () => {
    const desk = actDesk()
    desk.intent()
    desk.commands()
    desk.exit({ quantity: '10' })
    expect(desk.commands()).toMatchObject([{ purpose: 'EXIT', quantity: '10', reduce_only: true }])
  })

  it('passes while an entry has filled in part: what is open is closed', () => {
    const desk = actDesk()
    desk.intent()
    desk.fill(desk.commands('ENTRY')[0]!, { quantity: '4' })
    desk.commands()
    desk.exit({ quantity: '10' })
    expect(desk.commands()).toMatchObject([{ purpose: 'EXIT', quantity: '4' }])
  })

  it('passes while the fate of an entry is not known', () => {
    const desk = actDesk()
    desk.intent()
    desk.says(desk.commands('ENTRY')[0]!, { state: 'UNKNOWN' })
    desk.exit({ quantity: '10' })
    expect(desk.commands()).toMatchObject([{ purpose: 'EXIT', quantity: '10' }])
  })
})

describe('a copy of an exit', () => {
  it('gets a note and no order, and the first one ends once', () => {
    const desk = withPosition()
    for (let i = 0; i < 1_000; i++) desk.exit({ quantity: '10' })
    const [exit, ...more] = desk.commands('EXIT')
    expect(more).toEqual([])
    desk.fill(exit!)
    const results = desk.results()
    expect(results.filter((r) => r.status === 'DUPLICATE' && !r.terminal)).toHaveLength(999)
    expect(results.filter((r) => r.terminal)).toMatchObject([
      { subject_id: 'exit-1', status: 'FILLED' },
    ])
  })
})

describe('the quantity of an exit', () => {
  const instrument = instrumentOf({ step_size: '0.1', min_quantity: '0.2', min_notional_usd: '5' })
  const of = (quantity: string, free: string | null, known = true): string =>
    exitQuantity(
      { quantity, closes_all: false, observed_price: '10' },
      free === null ? null : exact(free),
      known ? instrument : null,
    ).toFixed()

  it.each([
    ['steps down', '1.29', '5', '1.2'],
    ['rises to the smallest quantity', '0.15', '5', '0.2'],
    ['is what is left when less than the smallest is left', '0.1', '0.15', '0.15'],
    ['closes whole when the rest would be below the smallest quantity', '1.9', '2', '2'],
    ['closes whole when the rest would be below the smallest notional', '4.6', '5', '5'],
    ['leaves a rest that is just large enough', '4.5', '5', '4.5'],
    ['is never above what is free', '7', '5', '5'],
    ['keeps a position that is off the step whole', '5.05', '5.05', '5.05'],
  ])('%s', (_, quantity, free, expected) => {
    expect(of(quantity, free)).toBe(expected)
  })

  it('goes out as given without filters', () => {
    expect(of('1.29', '5', false)).toBe('1.29')
    expect(of('1.29', null, false)).toBe('1.29')
  })

  it('of 0 has a result and does not block the next one', () => {
    const desk = withPosition()
    desk.exit({ quantity: '0', closes_all: false })
    expect(desk.commands()).toEqual([])
    expect(desk.results()).toMatchObject([{ reason: 'BELOW_MIN_QUANTITY', terminal: true }])
    desk.exit({ exit_id: 'exit-2', quantity: '10' })
    expect(desk.commands('EXIT')).toHaveLength(1)
  })
})

describe('an exit above the largest market order', () => {
  const split = (desk: ActDesk): OrderCommand[] => {
    desk.table(instrumentState, 'BTCUSDT', instrumentOf({ market_max_quantity: '4' }))
    desk.exit({ quantity: '10' })
    return desk.commands('EXIT')
  }

  it('is split into orders of the same exit', () => {
    const orders = split(withPosition())
    expect(orders.map((o) => [o.quantity, o.parent_id, o.reduce_only])).toEqual([
      ['4', 'exit-1', true],
      ['4', 'exit-1', true],
      ['2', 'exit-1', true],
    ])
    expect(new Set(orders.map((o) => o.client_order_id)).size).toBe(3)
  })

  it('ends once, with the sums over its orders, when the last of them has ended', () => {
    const desk = withPosition()
    const [first, second, third] = split(desk)
    desk.fill(third!, { price: '101' })
    desk.fill(first!, { price: '100' })
    expect(desk.results()).toEqual([])
    desk.fill(second!, { price: '98' })
    expect(desk.results()).toMatchObject([
      {
        subject_id: 'exit-1',
        status: 'FILLED',
        requested_quantity: '10',
        filled_quantity: '10',
        average_price: '99.4',
        fees_usd: '0.12',
      },
    ])
  })

  it('ends partly filled when one of its orders is rejected', () => {
    const desk = withPosition()
    const [first, second, third] = split(desk)
    desk.fill(first!)
    desk.says(second!, { state: 'REJECTED', reason: 'REDUCE_ONLY_REJECTED' })
    desk.fill(third!)
    expect(desk.results()).toMatchObject([
      { status: 'PARTIALLY_FILLED', filled_quantity: '6', reason: 'REDUCE_ONLY_REJECTED' },
    ])
  })

  it.each([
    ['10', '4', ['4', '4', '2']],
    ['8.1', '4', ['4', '3.6', '0.5']],
    ['4', '4', ['4']],
    ['100', '4', Array.from({ length: 20 }, () => '4')],
  ])(
    '%s by %s: no piece is too large or too small, and their number is bounded',
    (quantity, largest, expected) => {
      const instrument = instrumentOf({
        market_max_quantity: largest,
        step_size: '0.1',
        min_quantity: '0.5',
      })
      expect(pieces(exact(quantity), instrument).map((p) => p.toFixed())).toEqual(expected)
    },
  )
})
