// The resting stop: exactly one, sized to the position, beyond the local stop, new before old, swept after the close.
import { describe, expect, it } from 'vitest'
import { instrumentState, positionState, reconcileReport } from '../../../schemas/topics.ts'
import type { OrderCommand } from '../../../schemas/types.gen.ts'
import { actDesk } from '../../kit/act-desk.ts'
import type { ActDesk } from '../../kit/act-desk.ts'
import { instrumentOf, reconcileReportOf } from '../../kit/records.ts'

const sides = [
  { name: 'long', open: 'BUY', close: 'SELL', stop: '99', target: '102', trigger: '98.75' },
  { name: 'short', open: 'SELL', close: 'BUY', stop: '101', target: '98', trigger: '101.25' },
] as const

function entered(side: (typeof sides)[number] = sides[0], config: object = {}) {
  const desk = actDesk({ config })
  desk.intent({ side: side.open, stop_price: side.stop, target_price: side.target })
  const entry = desk.commands('ENTRY')[0]!
  return { desk, entry }
}

/** Stops that may rest: sent or acknowledged, and not cancelled. */
function live(desk: ActDesk): string[] {
  const { orders } = desk.gates()
  return orders
    .filter((order) => order.purpose === 'PROTECT' && order.cancel_client_order_id === null)
    .map((order) => order.quantity)
}

const stopOf = (desk: ActDesk): OrderCommand => desk.stops().at(-1)!

describe.each(sides)('the backstop of a $name', (side) => {
  it('is placed at the first fill, beyond the initial stop by a share of its distance', () => {
    const { desk, entry } = entered(side)
    desk.fill(entry, { quantity: '4', price: '100.5' })
    expect(desk.commands()).toMatchObject([
      {
        purpose: 'PROTECT',
        type: 'STOP_MARKET',
        side: side.close,
        quantity: '4',
        reduce_only: true,
        trigger_price: side.trigger,
        exit_kind: 'BACKSTOP',
        parent_id: 'intent-1',
        correlation_id: 'signal-1',
      },
    ])
  })

  it('is sized anew after each fill: the new one first, the old one cancelled once the new one rests', () => {
    const { desk, entry } = entered(side)
    desk.fill(entry, { quantity: '4' })
    const [first] = desk.commands()
    desk.ack(first!)
    desk.fill(entry)
    const [second, ...none] = desk.commands()
    expect(second).toMatchObject({ purpose: 'PROTECT', quantity: '10' })
    expect(none).toEqual([])
    desk.ack(second!)
    expect(desk.commands()).toMatchObject([
      {
        purpose: 'CANCEL',
        type: 'CANCEL',
        cancel_client_order_id: first!.client_order_id,
        reduce_only: true,
      },
    ])
    expect(live(desk)).toEqual(['10'])
  })

  it('shrinks with a partial exit', () => {
    const { desk, entry } = entered(side)
    desk.fill(entry)
    desk.ack(stopOf(desk))
    desk.exit({ side: side.close, quantity: '4', closes_all: false })
    desk.fill(desk.commands('EXIT')[0]!)
    expect(desk.commands()).toMatchObject([{ purpose: 'PROTECT', quantity: '6' }])
  })

  it('is swept once the position is flat, also one that was not acknowledged yet', () => {
    const { desk, entry } = entered(side)
    desk.fill(entry)
    const stop = stopOf(desk)
    desk.exit({ side: side.close, quantity: '10' })
    desk.fill(desk.commands('EXIT')[0]!)
    expect(desk.commands()).toMatchObject([
      { purpose: 'CANCEL', cancel_client_order_id: stop.client_order_id },
    ])
    desk.says(stop, { state: 'CANCELLED' })
    expect(desk.gates().orders).toEqual([])
  })

  it('that closes the position itself leaves nothing to sweep', () => {
    const { desk, entry } = entered(side)
    desk.fill(entry)
    const stop = stopOf(desk)
    desk.ack(stop)
    desk.says(stop, { state: 'TRIGGERED' })
    desk.commands()
    desk.fill(stop, { price: side.trigger })
    expect(desk.commands()).toEqual([])
    expect(desk.gates().orders).toEqual([])
    expect(desk.gates().legs).toMatchObject([{ quantity: '0' }])
  })

  it('that closes in part is not replaced: what is left of it fits what is left of the position', () => {
    const { desk, entry } = entered(side)
    desk.fill(entry)
    const stop = stopOf(desk)
    desk.ack(stop)
    desk.commands()
    desk.fill(stop, { quantity: '3', price: side.trigger })
    expect(desk.commands()).toEqual([])
  })

  it('of an adopted position lies beyond the adopted distance from its entry', () => {
    const desk = actDesk()
    desk.publish(
      reconcileReport,
      reconcileReportOf({ venue_quantity: side.open === 'BUY' ? '2' : '-2' }),
    )
    // 200 bps of 100 is 2, a quarter beyond is 2.5.
    const trigger = side.open === 'BUY' ? '97.5' : '102.5'
    expect(desk.commands()).toMatchObject([
      { purpose: 'PROTECT', side: side.close, quantity: '2', trigger_price: trigger },
    ])
  })

  it('of a position that a person opened is placed too', () => {
    const desk = actDesk()
    desk.foreignFill({
      side: side.open,
      fill_quantity: '3',
      order_quantity: '3',
      filled_quantity: '3',
    })
    expect(desk.commands()).toMatchObject([{ purpose: 'PROTECT', side: side.close, quantity: '3' }])
  })

  it('lies before liquidation', () => {
    const brackets = [{ ...instrumentOf().brackets[0]!, max_leverage: 125 }]
    const desk = actDesk({
      config: { accounts: [{ name: 'main', symbols: ['BTCUSDT'], max_leverage: 125 }] },
    })
    desk.table(instrumentState, 'BTCUSDT', instrumentOf({ brackets }))
    desk.intent({ side: side.open, stop_price: side.stop, target_price: side.target, leverage: 80 })
    desk.fill(desk.commands('ENTRY')[0]!)
    // 1 / 80 - 0.004 = 0.85 %, four fifths of it is 0.68 %: nearer than the stop at 1 %.
    expect(stopOf(desk).trigger_price).toBe(side.open === 'BUY' ? '99.32' : '100.68')
  })

  it('is rounded away from the price, on the tick', () => {
    const desk = actDesk()
    desk.table(instrumentState, 'BTCUSDT', instrumentOf({ tick_size: '0.1' }))
    desk.intent({ side: side.open, stop_price: side.stop, target_price: side.target })
    desk.fill(desk.commands('ENTRY')[0]!)
    expect(stopOf(desk).trigger_price).toBe(side.open === 'BUY' ? '98.7' : '101.3')
  })
})

describe('a backstop that does not come to rest', () => {
  it('is tried again after a rejection, at most once a second', () => {
    const { desk, entry } = entered()
    desk.fill(entry)
    desk.says(stopOf(desk), { state: 'REJECTED', reason: 'WOULD_TRIGGER', venue_code: -2021 })
    desk.commands()
    desk.tick(999)
    expect(desk.commands()).toEqual([])
    desk.tick(1)
    expect(desk.commands()).toMatchObject([{ purpose: 'PROTECT', quantity: '10' }])
  })

  it('keeps the old one while the new one is rejected', () => {
    const { desk, entry } = entered()
    desk.fill(entry, { quantity: '4' })
    desk.ack(stopOf(desk))
    desk.fill(entry)
    desk.says(stopOf(desk), { state: 'REJECTED', reason: 'OTHER' })
    expect(live(desk)).toEqual(['4'])
    desk.tick()
    expect(live(desk)).toEqual(['4', '10'])
  })

  it('is not sent twice while its fate is not known', () => {
    const { desk, entry } = entered()
    desk.fill(entry)
    desk.says(stopOf(desk), { state: 'UNKNOWN' })
    for (let i = 0; i < 5; i++) desk.tick()
    expect(desk.stops()).toHaveLength(1)
  })

  it('is placed anew when somebody cancels it', () => {
    const { desk, entry } = entered()
    desk.fill(entry)
    desk.ack(stopOf(desk))
    desk.tick(5_000)
    desk.says(stopOf(desk), { state: 'CANCELLED' })
    expect(desk.stops()).toHaveLength(2)
  })

  it("is placed anew when the venue's books do not have it", () => {
    const { desk, entry } = entered()
    desk.fill(entry)
    const stop = stopOf(desk)
    desk.ack(stop)
    desk.commands()
    desk.tick(5_000)
    const missing = reconcileReportOf({
      finding: 'MISSING_STOP',
      action: 'ALERT',
      venue_quantity: '10',
    })
    desk.publish(reconcileReport, missing)
    const [again] = desk.commands()
    expect(again).toMatchObject({ purpose: 'PROTECT', quantity: '10' })
    desk.ack(again!)
    const [cancel] = desk.commands()
    expect(cancel).toMatchObject({
      purpose: 'CANCEL',
      cancel_client_order_id: stop.client_order_id,
    })
    desk.says(cancel!, { state: 'REJECTED', reason: 'UNKNOWN_ORDER' })
    expect(live(desk)).toEqual(['10'])
    expect(desk.gates().orders).toHaveLength(1)
    desk.publish(reconcileReport, { ...missing, action: 'NONE', resolved: true })
    expect(desk.commands()).toEqual([])
  })
})

describe('the sweep', () => {
  it('is tried again until a report ends the stop, at most once a second', () => {
    const { desk, entry } = entered()
    desk.fill(entry)
    const stop = stopOf(desk)
    desk.ack(stop)
    desk.exit({ quantity: '10' })
    desk.fill(desk.commands('EXIT')[0]!)
    expect(desk.commands('CANCEL')).toHaveLength(1)
    desk.tick(500)
    expect(desk.commands('CANCEL')).toHaveLength(0)
    desk.tick(500)
    expect(desk.commands('CANCEL')).toHaveLength(1)
    desk.says(stop, { state: 'CANCELLED' })
    desk.tick()
    expect(desk.commands()).toEqual([])
  })

  it('lets no new entry in while a stop of the last position may still rest', () => {
    const { desk, entry } = entered()
    desk.fill(entry)
    const stop = stopOf(desk)
    desk.ack(stop)
    desk.exit({ quantity: '10' })
    desk.fill(desk.commands('EXIT')[0]!)
    desk.results()
    desk.intent({ intent_id: 'intent-2' })
    expect(desk.results()).toMatchObject([{ reason: 'IN_FLIGHT' }])
    desk.says(stop, { state: 'CANCELLED' })
    desk.intent({ intent_id: 'intent-3' })
    expect(desk.commands('ENTRY')).toHaveLength(1)
  })

  it('of orders at the venue that no processor wants is asked for by the reconciler', () => {
    const desk = actDesk()
    const unwanted = reconcileReportOf({
      finding: 'UNKNOWN_ORDER',
      action: 'CANCEL_ORDER',
      client_order_id: 'q-old',
    })
    desk.publish(reconcileReport, unwanted)
    expect(desk.commands()).toMatchObject([
      { purpose: 'CANCEL', cancel_client_order_id: 'q-old', reduce_only: true },
    ])
  })
})

describe('the position as its readers see it', () => {
  it('names the stop that rests, never one that is only sent', () => {
    const { desk, entry } = entered()
    desk.fill(entry)
    expect(desk.read(positionState).at(-1)).toMatchObject({ protective_client_order_id: null })
    const stop = stopOf(desk)
    desk.ack(stop)
    expect(desk.read(positionState).at(-1)).toMatchObject({
      protective_client_order_id: stop.client_order_id,
      protective_stop_price: '98.75',
      protective_quantity: '10',
    })
    desk.tick(5_000)
    desk.says(stop, { state: 'CANCELLED' })
    expect(desk.read(positionState).at(-1)).toMatchObject({ protective_client_order_id: null })
  })

  it('falls back to the older stop while that one still rests', () => {
    const { desk, entry } = entered()
    desk.fill(entry, { quantity: '4' })
    const old = stopOf(desk)
    desk.ack(old)
    desk.fill(entry)
    const young = stopOf(desk)
    desk.ack(young)
    desk.says(young, { state: 'CANCELLED' })
    expect(desk.read(positionState).at(-1)).toMatchObject({
      protective_client_order_id: old.client_order_id,
      protective_quantity: '4',
    })
  })
})
