// The position as it is booked: signed, exact, once for each fill, and one round trip for each time it is flat.
import { describe, expect, it } from 'vitest'
import {
  fundingPaid,
  instrumentState,
  markState,
  orderReport,
  positionFlattened,
  positionState,
  reconcileReport,
} from '../../../schemas/topics.ts'
import { actDesk } from '../../kit/act-desk.ts'
import type { ActDesk } from '../../kit/act-desk.ts'
import {
  fundingPaidOf,
  instrumentOf,
  markOf,
  reconcileReportOf,
  startMs,
} from '../../kit/records.ts'

const sides = [
  {
    name: 'long',
    sign: 1,
    open: 'BUY',
    close: 'SELL',
    stop: '99',
    target: '102',
    direction: 'LONG',
    signed: (n: string) => n,
  },
  {
    name: 'short',
    sign: -1,
    open: 'SELL',
    close: 'BUY',
    stop: '101',
    target: '98',
    direction: 'SHORT',
    signed: (n: string) => (n === '0' ? n : `-${n}`),
  },
] as const

function entering(side: (typeof sides)[number] = sides[0]) {
  const desk = actDesk()
  desk.intent({ side: side.open, stop_price: side.stop, target_price: side.target })
  return { desk, entry: desk.commands('ENTRY')[0]! }
}

function exiting(desk: ActDesk, changes: object = {}) {
  desk.exit({ quantity: '10', ...changes })
  return desk.commands('EXIT')[0]!
}

describe.each(sides)('a $name', (side) => {
  it('opens at its first fill with the plan of its entry', () => {
    const { desk, entry } = entering(side)
    desk.fill(entry, { quantity: '4', price: '100.5', feeUsd: '0.1608' })
    const [position] = desk.read(positionState)
    expect(position).toMatchObject({
      status: 'OPEN',
      quantity: side.signed('4'),
      peak_quantity: '4',
      average_entry_price: '100.5',
      realised_usd: '0',
      fees_usd: '0.1608',
      intent_id: 'intent-1',
      correlation_id: 'signal-1',
      adopted: false,
      leverage: 5,
      regime: 'TREND',
      horizon_ms: 720_000,
      initial_stop_price: side.stop,
      target_price: side.target,
      opened_at_ms: startMs,
    })
    // Risk is what the real fill loses at the stop: 1.5 or 0.5 a unit, not the planned 1.
    expect(position!.risk_usd).toBe(side.sign > 0 ? '6' : '2')
  })

  it('averages its entry over adding fills only', () => {
    const { desk, entry } = entering(side)
    desk.fill(entry, { quantity: '5', price: '100' })
    desk.fill(entry, { quantity: '5', price: '101' })
    expect(desk.read(positionState).at(-1)).toMatchObject({
      average_entry_price: '100.5',
      quantity: side.signed('10'),
    })
    desk.fill(exiting(desk, { side: side.close, quantity: '4', closes_all: false }), {
      price: '103',
    })
    expect(desk.read(positionState).at(-1)).toMatchObject({
      average_entry_price: '100.5',
      quantity: side.signed('6'),
      peak_quantity: '10',
      realised_usd: side.sign > 0 ? '10' : '-10',
    })
  })

  it('is closing while an exit is live, and open again with its end when something is left', () => {
    const { desk, entry } = entering(side)
    desk.fill(entry)
    const exit = exiting(desk, { side: side.close })
    expect(desk.read(positionState).at(-1)).toMatchObject({
      status: 'CLOSING',
      pending_exit_id: 'exit-1',
      last_exit_id: null,
    })
    desk.fill(exit, { quantity: '4' })
    expect(desk.read(positionState).at(-1)).toMatchObject({
      status: 'CLOSING',
      quantity: side.signed('6'),
    })
    desk.says(exit, { state: 'EXPIRED', reason: 'NO_LIQUIDITY' })
    expect(desk.read(positionState).at(-1)).toMatchObject({
      status: 'OPEN',
      pending_exit_id: null,
      last_exit_id: 'exit-1',
      last_exit_status: 'PARTIALLY_FILLED',
    })
  })

  it('stays closing while the fate of its exit is not known', () => {
    const { desk, entry } = entering(side)
    desk.fill(entry)
    const exit = exiting(desk, { side: side.close })
    desk.says(exit, { state: 'UNKNOWN' })
    for (let i = 0; i < 10; i++) desk.tick()
    expect(desk.read(positionState).at(-1)).toMatchObject({
      status: 'CLOSING',
      pending_exit_id: 'exit-1',
    })
  })

  it('is open again with how its exit ended when that was rejected', () => {
    const { desk, entry } = entering(side)
    desk.fill(entry)
    desk.says(exiting(desk, { side: side.close }), { state: 'REJECTED', reason: 'OTHER' })
    expect(desk.read(positionState).at(-1)).toMatchObject({
      status: 'OPEN',
      last_exit_id: 'exit-1',
      last_exit_status: 'REJECTED',
    })
  })

  it('ends as one round trip whose legs sum to gross and whose net is gross - fees + funding', () => {
    const { desk, entry } = entering(side)
    desk.fill(entry, { quantity: '7', price: '100.1', feeUsd: '0.28028' })
    desk.fill(entry, { quantity: '3', price: '100.3', feeUsd: '0.12036' })
    desk.publish(fundingPaid, fundingPaidOf({ amount_usd: '-0.12345678', venue_sequence: 1_000 }))
    desk.wait(60_000)
    desk.fill(
      exiting(desk, {
        side: side.close,
        quantity: '3',
        closes_all: false,
        kind: 'HARVEST',
        rung: 1,
      }),
      { price: '102.7', feeUsd: '0.12324' },
    )
    desk.fill(exiting(desk, { exit_id: 'exit-2', side: side.close, kind: 'TRAILING' }), {
      price: '99.9',
      feeUsd: '-0.01',
    })
    const ended = desk.read(positionFlattened)
    expect(ended).toHaveLength(1)
    const trip = ended[0]!
    // In: 7 x 100.1 + 3 x 100.3 = 1001.6. Out: 3 x 102.7 + 7 x 99.9 = 1007.4.
    expect(trip).toMatchObject({
      direction: side.direction,
      gross_usd: side.sign > 0 ? '5.8' : '-5.8',
      fees_usd: '0.51388',
      funding_usd: '-0.12345678',
      net_usd: side.sign > 0 ? '5.16266322' : '-6.43733678',
      average_entry_price: '100.16',
      average_exit_price: '100.74',
      peak_quantity: '10',
      opened_at_ms: startMs,
      closed_at_ms: startMs + 60_000,
    })
    expect(
      trip.legs.map((l) => [l.leg, l.quantity, l.exit_kind, l.exit_rung, l.parent_id]),
    ).toEqual([
      ['ENTRY', '10', null, null, 'intent-1'],
      ['EXIT', '3', 'HARVEST', 1, 'exit-1'],
      ['EXIT', '7', 'TRAILING', 0, 'exit-2'],
    ])
    expect(desk.read(positionState).at(-1)).toBeNull()
  })

  it('that its backstop closes has a BACKSTOP leg', () => {
    const { desk, entry } = entering(side)
    desk.fill(entry)
    desk.fill(desk.stops()[0]!, { price: '100' })
    expect(desk.read(positionFlattened)[0]!.legs.at(-1)).toMatchObject({
      exit_kind: 'BACKSTOP',
      leg: 'EXIT',
    })
  })

  it('that a person closes has an EXTERNAL leg, and a liquidation a LIQUIDATION one', () => {
    const { desk, entry } = entering(side)
    desk.fill(entry)
    desk.foreignFill({ side: side.close, fill_quantity: '4', fill_price: '100' })
    desk.foreignFill({
      side: side.close,
      fill_quantity: '6',
      fill_price: '100',
      exit_kind: 'LIQUIDATION',
    })
    expect(desk.read(positionFlattened)[0]!.legs.map((l) => l.exit_kind)).toEqual([
      null,
      'EXTERNAL',
      'LIQUIDATION',
    ])
  })

  it('that a person opens is adopted, without a plan', () => {
    const desk = actDesk()
    desk.foreignFill({ side: side.open, fill_quantity: '2', fill_price: '50' })
    expect(desk.read(positionState)[0]).toMatchObject({
      adopted: true,
      intent_id: null,
      quantity: side.signed('2'),
      initial_stop_price: null,
      risk_usd: null,
      leverage: null,
      correlation_id: 'report-1',
    })
  })

  it('that a fill carries across zero ends, and the rest is a new position', () => {
    const { desk, entry } = entering(side)
    desk.fill(entry)
    const [first] = desk.read(positionState)
    desk.foreignFill({ side: side.close, fill_quantity: '14', fill_price: '101', fee_usd: '1.4' })
    const [trip] = desk.read(positionFlattened)
    expect(trip).toMatchObject({ position_id: first!.position_id, fees_usd: '1.04' })
    const next = desk.read(positionState).at(-1)!
    expect(next).toMatchObject({
      adopted: true,
      quantity: side.sign > 0 ? '-4' : '4',
      average_entry_price: '101',
      fees_usd: '0.4',
    })
    expect(next.position_id).not.toBe(first!.position_id)
  })

  it('keeps its plan when the last report overtakes the fills', () => {
    const { desk, entry } = entering(side)
    desk.says(entry, {
      state: 'FILLED',
      filled_quantity: '10',
      venue_trade_id: 'b',
      fill_quantity: '6',
      fill_price: '100',
      fee_usd: '0',
    })
    desk.says(entry, {
      state: 'PARTIALLY_FILLED',
      filled_quantity: '4',
      venue_trade_id: 'a',
      fill_quantity: '4',
      fill_price: '100',
      fee_usd: '0',
    })
    expect(desk.read(positionState).at(-1)).toMatchObject({
      quantity: side.signed('10'),
      adopted: false,
      initial_stop_price: side.stop,
    })
    expect(desk.results()).toMatchObject([{ status: 'FILLED', filled_quantity: '10' }])
  })

  it.each<[string, string, string, string]>([
    ['more than we booked', '14', '14', '100.5'],
    ['less than we booked', '6', '6', '100'],
  ])('is corrected to the venue that holds %s', (_, venue, quantity, average) => {
    const { desk, entry } = entering(side)
    desk.fill(entry)
    desk.publish(
      reconcileReport,
      reconcileReportOf({
        finding: 'WRONG_QUANTITY',
        action: 'CORRECT',
        venue_quantity: side.signed(venue),
        venue_entry_price: venue === '14' ? '100.5' : '100',
      }),
    )
    expect(desk.read(positionState).at(-1)).toMatchObject({
      quantity: side.signed(quantity),
      average_entry_price: average,
      adopted: false,
    })
  })

  it('that the venue does not hold is cleared with an EXTERNAL leg at the last price', () => {
    const { desk, entry } = entering(side)
    desk.fill(entry)
    desk.table(markState, 'BTCUSDT', markOf({ price: 104 }))
    desk.publish(
      reconcileReport,
      reconcileReportOf({ finding: 'GHOST_POSITION', action: 'CLEAR', venue_quantity: '0' }),
    )
    const [trip] = desk.read(positionFlattened)
    expect(trip).toMatchObject({ gross_usd: side.sign > 0 ? '40' : '-40' })
    expect(trip!.legs.at(-1)).toMatchObject({
      exit_kind: 'EXTERNAL',
      client_order_id: 'reconcile-1',
      fees_usd: '0',
    })
    expect(desk.read(positionState).at(-1)).toBeNull()
  })

  it('of the other side at the venue ends, and what the venue holds is adopted', () => {
    const { desk, entry } = entering(side)
    desk.fill(entry)
    desk.publish(
      reconcileReport,
      reconcileReportOf({
        finding: 'WRONG_SIDE',
        action: 'CORRECT',
        venue_quantity: side.sign > 0 ? '-3' : '3',
        venue_entry_price: '98',
      }),
    )
    expect(desk.read(positionFlattened)).toHaveLength(1)
    expect(desk.read(positionState).at(-1)).toMatchObject({
      quantity: side.sign > 0 ? '-3' : '3',
      average_entry_price: '98',
      adopted: true,
      leverage: 5,
    })
  })
})

describe('the largest quantity', () => {
  it('stays when a position is reduced and grows again below it', () => {
    const desk = actDesk()
    desk.foreignFill({ side: 'SELL', fill_quantity: '10' })
    desk.foreignFill({ side: 'BUY', fill_quantity: '8' })
    desk.foreignFill({ side: 'SELL', fill_quantity: '3' })
    expect(desk.read(positionState).at(-1)).toMatchObject({ quantity: '-5', peak_quantity: '10' })
  })
})

describe('an exit of several orders', () => {
  it('keeps the position closing until the last of them has ended, and then says how the whole ended', () => {
    const { desk, entry } = entering()
    desk.fill(entry)
    desk.table(instrumentState, 'BTCUSDT', instrumentOf({ market_max_quantity: '4' }))
    desk.exit({ quantity: '9', closes_all: false })
    const [first, second, third] = desk.commands('EXIT')
    desk.fill(first!)
    desk.fill(second!)
    expect(desk.read(positionState).at(-1)).toMatchObject({
      status: 'CLOSING',
      quantity: '2',
      pending_exit_id: 'exit-1',
      last_exit_id: null,
    })
    desk.says(third!, { state: 'REJECTED', reason: 'OTHER' })
    expect(desk.read(positionState).at(-1)).toMatchObject({
      status: 'OPEN',
      last_exit_id: 'exit-1',
      last_exit_status: 'PARTIALLY_FILLED',
    })
  })
})

describe('what was booked once', () => {
  it('is not booked again: a fill, a payment, a correction', () => {
    const { desk, entry } = entering()
    const report = desk.fill(entry)
    const paid = fundingPaidOf({ venue_sequence: 500 })
    desk.publish(fundingPaid, paid)
    const adopt = reconcileReportOf({ action: 'CORRECT', venue_quantity: '11' })
    desk.publish(reconcileReport, adopt)
    desk.read(positionState)
    desk.restart()
    desk.publish(orderReport, report)
    desk.publish(orderReport, { ...report, report_id: 'another', venue_sequence: 501 })
    desk.publish(fundingPaid, paid)
    desk.publish(reconcileReport, adopt)
    expect(desk.read(positionState)).toEqual([])
  })

  it('includes fills that a correction had counted and that come late', () => {
    const { desk, entry } = entering()
    desk.publish(reconcileReport, reconcileReportOf({ venue_quantity: '10', venue_sequence: 40 }))
    desk.says(entry, {
      state: 'FILLED',
      filled_quantity: '10',
      venue_trade_id: 'late',
      fill_quantity: '10',
      fill_price: '100',
      venue_sequence: 39,
    })
    expect(desk.read(positionState).at(-1)).toMatchObject({ quantity: '10' })
    expect(desk.gates().legs).toMatchObject([{ quantity: '10' }])
    expect(desk.results()).toMatchObject([{ status: 'FILLED', filled_quantity: '10' }])
  })
})

describe('funding', () => {
  it('belongs to the position that is open, and to none when flat', () => {
    const desk = actDesk()
    desk.publish(fundingPaid, fundingPaidOf())
    expect(desk.read(positionState)).toEqual([])
  })
})

describe('a reader', () => {
  it('hears of each change once, and nothing when nothing changed', () => {
    const { desk, entry } = entering()
    desk.ack(entry)
    expect(desk.read(positionState)).toEqual([])
    desk.fill(entry)
    expect(desk.read(positionState)).toHaveLength(1)
    desk.tick(120_000)
    expect(desk.read(positionState)).toEqual([])
  })
})
