// I-41: an order of 70 under a minimum of 100, and small exits that the venue refused: sizes were rounded by floats, and
// exits were sent without reduce-only.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exact } from '../../schemas/decimal.ts'
import { instrumentState } from '../../schemas/topics.ts'
import { actDesk } from '../kit/act-desk.ts'
import { instrumentOf } from '../kit/records.ts'

describe('I-41: a size fits the filters or is refused, and an exit always goes out', () => {
  it('an entry below the minimum is refused with the numbers, never raised', () => {
    const desk = actDesk()
    desk.table(instrumentState, 'BTCUSDT', instrumentOf({ min_notional_usd: '100' }))
    desk.intent({ notional_usd: '70' })
    expect(desk.commands()).toEqual([])
    const [result] = desk.results()
    expect(result).toMatchObject({ gate: 'FILTERS', reason: 'BELOW_MIN_NOTIONAL' })
    expect(result!.detail).toMatch(/100.*70/)
  })

  it('no entry is above its size, off the step, or below a minimum: for any price, step and size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9_999_999 }),
        fc.constantFrom('0.00001', '0.001', '0.1', '0.3', '1', '10'),
        fc.integer({ min: 1, max: 300_000 }),
        (cents, step, size) => {
          const desk = actDesk()
          const price = exact(cents).dividedBy(100)
          const filters = {
            step_size: step,
            min_quantity: step,
            market_max_quantity: '1000',
            brackets: [{ ...instrumentOf().brackets[0]!, notional_cap_usd: '1000000000' }],
          }
          desk.table(instrumentState, 'BTCUSDT', instrumentOf(filters))
          desk.intent({
            reference_price: price.toFixed(),
            // The last price is 100: the stop must lie below both.
            stop_price: '0.001',
            target_price: price.times(2).toFixed(),
            notional_usd: exact(size).dividedBy(100).toFixed(),
          })
          for (const order of desk.commands()) {
            const quantity = exact(order.quantity)
            expect(quantity.modulo(step).isZero()).toBe(true)
            expect(quantity.gte(step) && quantity.lte('1000')).toBe(true)
            const notional = quantity.times(price)
            expect(notional.lte(exact(size).dividedBy(100))).toBe(true)
            expect(notional.gte('5')).toBe(true)
          }
        },
      ),
      { seed: 41, numRuns: 300 },
    )
  })

  it.each([
    ['4.7', '5', 'the rest of 3 USD would be below the smallest order of 5'],
    ['4.9995', '5', 'the rest would be below the step'],
  ])('a partial exit of %s becomes %s: %s', (asked, sent) => {
    const desk = actDesk()
    desk.foreignFill({ fill_quantity: '5', fill_price: '10' })
    desk.commands()
    desk.exit({ quantity: asked, closes_all: false, observed_price: '10' })
    expect(desk.commands('EXIT')).toMatchObject([{ quantity: sent, reduce_only: true }])
  })

  it('an exit below every minimum goes out, because reduce-only is exempt', () => {
    const desk = actDesk()
    desk.foreignFill({ fill_quantity: '0.0007' })
    desk.commands()
    desk.exit({ quantity: '0.0007' })
    expect(desk.commands('EXIT')).toMatchObject([{ quantity: '0.0007', reduce_only: true }])
  })
})
