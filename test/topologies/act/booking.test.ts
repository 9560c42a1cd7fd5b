// Arithmetic of signed positions: exact, symmetric, and never more than was traded.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exact, zero } from '../../../schemas/decimal.ts'
import { book, closable, flat, signed } from '../../../topologies/act/booking.ts'
import type { Book, Fill } from '../../../topologies/act/booking.ts'

const fill = (side: 'BUY' | 'SELL', quantity: string, price: string): Fill => ({
  side,
  quantity: exact(quantity),
  price: exact(price),
})

const anyFill = fc
  .record({
    side: fc.constantFrom('BUY' as const, 'SELL' as const),
    quantity: fc.integer({ min: 1, max: 5_000 }),
    price: fc.integer({ min: 1, max: 10_000_000 }),
  })
  .map(({ side, quantity, price }) =>
    fill(side, String(quantity / 1_000), exact(price).dividedBy(100).toFixed()),
  )

const mirrored = (one: Fill): Fill => ({ ...one, side: one.side === 'BUY' ? 'SELL' : 'BUY' })

describe('booking', () => {
  it('averages what adds, and realises what reduces', () => {
    const first = book(flat, fill('BUY', '1', '100')).after
    const second = book(first, fill('BUY', '3', '104')).after
    expect(second.cost.dividedBy(second.quantity).toFixed()).toBe('103')
    const third = book(second, fill('SELL', '2', '110'))
    expect(third.realised.toFixed()).toBe('14')
    expect(third.after.cost.dividedBy(third.after.quantity).toFixed()).toBe('103')
  })

  it('closes and opens when a fill crosses zero', () => {
    const long = book(flat, fill('BUY', '2', '100')).after
    const crossed = book(long, fill('SELL', '5', '90'))
    expect([crossed.closed, crossed.opened, crossed.realised].map(String)).toEqual([
      '2',
      '3',
      '-20',
    ])
    expect(crossed.afterClosing).toEqual({ quantity: zero, cost: zero })
    expect(crossed.after.quantity.toFixed()).toBe('-3')
    expect(crossed.after.cost.toFixed()).toBe('-270')
  })

  it('never leaves a rounding behind: a third, a third and a third realise exactly the whole', () => {
    let now: Book = book(flat, fill('BUY', '0.003', '0.00000001')).after
    let realised = zero
    for (let i = 0; i < 3; i++) {
      const booked = book(now, fill('SELL', '0.001', '0.00000002'))
      now = booked.after
      realised = realised.plus(booked.realised)
    }
    expect(now).toEqual({ quantity: zero, cost: zero })
    expect(realised.toFixed()).toBe('0.00000000003')
  })

  it('keeps the quantity equal to the signed sum of the fills, and money equal to what was paid and received', () => {
    fc.assert(
      fc.property(fc.array(anyFill, { maxLength: 40 }), (fills) => {
        let now: Book = flat
        let realised = zero
        let quantity = zero
        let cash = zero
        for (const one of fills) {
          const booked = book(now, one)
          expect(booked.closed.plus(booked.opened).equals(one.quantity)).toBe(true)
          expect(booked.closed.lte(now.quantity.abs())).toBe(true)
          expect(booked.closed.gte(0) && booked.opened.gte(0)).toBe(true)
          now = booked.after
          realised = realised.plus(booked.realised)
          quantity = quantity.plus(signed(one.side, one.quantity))
          cash = cash.minus(signed(one.side, one.quantity).times(one.price))
          expect(now.quantity.equals(quantity)).toBe(true)
          // What came in, plus the cost of what is open, is what was realised: at every step, to the last decimal.
          expect(cash.plus(now.cost).equals(realised)).toBe(true)
          if (now.quantity.isZero()) expect(now.cost.isZero()).toBe(true)
        }
      }),
    )
  })

  it('mirrors: the same fills on the other side realise the opposite', () => {
    fc.assert(
      fc.property(fc.array(anyFill, { maxLength: 40 }), (fills) => {
        let long: Book = flat
        let short: Book = flat
        for (const one of fills) {
          const left = book(long, one)
          const right = book(short, mirrored(one))
          expect(left.realised.equals(right.realised.negated())).toBe(true)
          expect(left.after.quantity.equals(right.after.quantity.negated())).toBe(true)
          long = left.after
          short = right.after
        }
      }),
    )
  })

  it('says what an order would close: nothing on the side that adds', () => {
    expect(closable(exact('3'), 'SELL').toFixed()).toBe('3')
    expect(closable(exact('3'), 'BUY').toFixed()).toBe('0')
    expect(closable(exact('-3'), 'BUY').toFixed()).toBe('3')
    expect(closable(zero, 'BUY').toFixed()).toBe('0')
  })
})
