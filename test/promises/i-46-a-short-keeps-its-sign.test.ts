// I-46: a short lost its sign, twice: quantities were unsigned and had two writers.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exact } from '../../schemas/decimal.ts'
import { positionFlattened, positionState } from '../../schemas/topics.ts'
import type { Side } from '../../schemas/types.gen.ts'
import { actDesk } from '../kit/act-desk.ts'

const trade = fc.record({
  isBuy: fc.boolean(),
  quantity: fc.integer({ min: 1, max: 20 }),
  price: fc.integer({ min: 90, max: 110 }),
})

function play(
  trades: readonly { isBuy: boolean; quantity: number; price: number }[],
  mirror: boolean,
) {
  const desk = actDesk()
  const quantities: string[] = []
  for (const { isBuy, quantity, price } of trades) {
    const side: Side = isBuy === mirror ? 'SELL' : 'BUY'
    desk.foreignFill({
      side,
      fill_quantity: String(quantity),
      fill_price: String(price),
      fee_usd: '0',
    })
    quantities.push(desk.read(positionState).at(-1)?.quantity ?? '0')
  }
  const trips = desk.read(positionFlattened).filter((trip) => trip !== null)
  return { quantities, trips }
}

describe('I-46: quantities are signed, and a short is the mirror of a long', () => {
  it('the quantity is the signed sum of the trades, and what was earned is the opposite in the mirror', () => {
    fc.assert(
      fc.property(fc.array(trade, { minLength: 1, maxLength: 15 }), (trades) => {
        const long = play(trades, false)
        const short = play(trades, true)
        let sum = 0
        trades.forEach(({ isBuy, quantity }, n) => {
          sum += isBuy ? quantity : -quantity
          expect(Number(long.quantities[n])).toBe(sum)
          expect(Number(short.quantities[n]) + Number(long.quantities[n])).toBe(0)
        })
        expect(short.trips).toHaveLength(long.trips.length)
        long.trips.forEach((trip, n) => {
          expect(exact(trip.gross_usd).plus(short.trips[n]!.gross_usd).isZero()).toBe(true)
          expect(short.trips[n]!.direction).not.toBe(trip.direction)
        })
      }),
      { seed: 46, numRuns: 100 },
    )
  })

  it.each([
    ['long', 'BUY', '10'],
    ['short', 'SELL', '-10'],
  ] as const)('a %s survives a restart with its sign', (_, side, quantity) => {
    const desk = actDesk()
    desk.foreignFill({ side, fill_quantity: '10' })
    desk.restart()
    desk.foreignFill({ side, fill_quantity: '1' })
    expect(desk.read(positionState).at(-1)).toMatchObject({
      quantity: String(Number(quantity) * 1.1),
    })
  })
})
