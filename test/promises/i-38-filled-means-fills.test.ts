// I-38: logged as filled with status NEW, price 0 and quantity 0, and the position was never tracked.
import { describe, expect, it } from 'vitest'
import { positionState } from '../../schemas/topics.ts'
import type { OrderReport } from '../../schemas/types.gen.ts'
import { actDesk } from '../kit/act-desk.ts'

describe('I-38: a result and a position come from fills, never from having sent an order', () => {
  it('an acknowledgement makes neither', () => {
    const desk = actDesk()
    desk.intent()
    desk.ack(desk.commands('ENTRY')[0]!)
    desk.tick(60_000)
    expect(desk.results()).toEqual([])
    expect(desk.read(positionState)).toEqual([])
  })

  it.each<[string, Partial<OrderReport>]>([
    ['without a fill', { filled_quantity: '10' }],
    ['without a fill and without a quantity', { filled_quantity: '0' }],
    [
      'with a fill of quantity 0',
      { filled_quantity: '10', venue_trade_id: 't', fill_quantity: '0', fill_price: '100' },
    ],
    [
      'with a fill that has no price',
      { filled_quantity: '10', venue_trade_id: 't', fill_quantity: '10', fill_price: null },
    ],
  ])('FILLED %s is not called filled and opens nothing', (_, changes) => {
    const desk = actDesk()
    desk.intent()
    desk.says(desk.commands('ENTRY')[0]!, { state: 'FILLED', ...changes })
    desk.tick(60_000)
    expect(desk.results()).toMatchObject([
      { terminal: true, status: 'UNKNOWN', filled_quantity: '0', average_price: null },
    ])
    expect(desk.read(positionState)).toEqual([])
  })

  it('every result that is filled has a price above 0 and a quantity above 0', () => {
    const desk = actDesk()
    desk.intent()
    desk.fill(desk.commands('ENTRY')[0]!, { price: '100.25' })
    expect(desk.results()).toMatchObject([
      { status: 'FILLED', filled_quantity: '10', average_price: '100.25' },
    ])
    expect(desk.read(positionState)).toMatchObject([{ quantity: '10' }])
  })
})
