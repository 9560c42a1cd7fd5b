import { describe, expect, test } from 'vitest'
import { exact } from '../../schemas/decimal.ts'
import { sides, venue } from '../kit/exit-venue.ts'

const path = [1004, 1010, 1012, 1020, 1024, 1013]

describe.each(sides)('I-48: R of a %s is counted for each unit', (side) => {
  test.each(['0.05', '1', '2', '37.5', '4000'])(
    'a quantity of %s decides at the same prices as a quantity of 1',
    (size) => {
      const of = (quantity: string) =>
        venue(side, {
          position: {
            quantity: side === 'LONG' ? quantity : `-${quantity}`,
            peak_quantity: quantity,
            risk_usd: exact(quantity).times(10).toFixed(),
          },
        })
      const one = of('1')
      const many = of(size)
      one.prices(...path)
      many.prices(...path)
      expect(many.signals.map((signal) => [signal.exit_id, signal.r_multiple])).toEqual(
        one.signals.map((signal) => [signal.exit_id, signal.r_multiple]),
      )
      expect(many.signals.map((signal) => Number(signal.quantity) / Number(size))).toEqual(
        one.signals.map((signal) => expect.closeTo(Number(signal.quantity), 9) as number),
      )
      expect(one.signals.map((signal) => signal.kind)).toEqual(['HARVEST', 'HARVEST', 'TRAILING'])
    },
  )

  test('a profit of 8.11 R is harvested, and its R is on the record', () => {
    const v = venue(side, { position: { target_price: null } })
    const [first] = v.prices(1081.1)
    expect(first).toMatchObject({ kind: 'HARVEST', rung: 1, quantity: '0.6' })
    expect(first!.r_multiple).toBeCloseTo(8.11, 9)
    expect(v.prices(1081.1)).toMatchObject([{ kind: 'HARVEST', rung: 2, quantity: '0.6' }])
  })
})
