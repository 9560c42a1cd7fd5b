import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exact } from '../../../../schemas/decimal.ts'
import type { LeverageBracket } from '../../../../schemas/types.gen.ts'
import { guardOf } from '../../../../topologies/leave/rules/liquidation-guard.ts'
import { instrumentOf } from '../../../kit/records.ts'

const bracket = (changes: Partial<LeverageBracket> = {}): LeverageBracket => ({
  notional_floor_usd: '0',
  notional_cap_usd: '50000',
  max_leverage: 125,
  maintenance_rate: '0.004',
  maintenance_amount_usd: '0',
  ...changes,
})

const one = { quantity: '1', entryPrice: '1000' }

describe('the liquidation price', () => {
  test.each([
    [5, 19.68],
    [10, 9.64],
    [20, 4.62],
    [50, 1.61],
    [80, 0.85],
  ])('of a long at %ix lies %f %% below the entry', (leverage, percent) => {
    const guard = guardOf({ ...one, sign: 1, leverage }, instrumentOf(), 0.3)
    expect(100 * (1 - Number(guard!.liquidationPrice) / 1000)).toBeCloseTo(percent, 2)
  })

  test('is where margin and PnL together equal the maintenance margin, on both sides and in every bracket', () => {
    const brackets = [
      bracket(),
      bracket({
        notional_floor_usd: '50000',
        notional_cap_usd: '250000',
        maintenance_rate: '0.005',
        maintenance_amount_usd: '50',
      }),
    ]
    const instrument = instrumentOf({ brackets })
    fc.assert(
      fc.property(
        fc.constantFrom(1, -1),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 2, max: 100 }),
        (sign, quantity, leverage) => {
          const position = { sign, quantity: String(quantity), entryPrice: '1000', leverage }
          const guard = guardOf(position, instrument, 0.3)!
          const price = exact(guard.liquidationPrice)
          const [rate, amount] = 1000 * quantity < 50_000 ? ['0.004', 0] : ['0.005', 50]
          const pnl = price.minus(1000).times(quantity).times(sign)
          const margin = exact(1000 * quantity)
            .div(leverage)
            .plus(pnl)
          const maintenance = price.times(quantity).times(rate).minus(amount)
          expect(margin.minus(maintenance).abs().toNumber()).toBeLessThan(1e-4)
          // A share of 0.3 of the way is left at the guard.
          const left = exact(guard.guardPrice).minus(price).div(exact(1000).minus(price))
          expect(left.toNumber()).toBeCloseTo(0.3, 6)
        },
      ),
    )
  })

  test('of a long without leverage does not exist, that of a short does', () => {
    expect(guardOf({ ...one, sign: 1, leverage: 1 }, instrumentOf(), 0.3)).toBeNull()
    const short = guardOf({ ...one, sign: -1, leverage: 1 }, instrumentOf(), 0.3)
    expect(Number(short!.liquidationPrice)).toBeCloseTo(2000 / 1.004, 6)
  })

  test('above the last bracket the last one counts, and without brackets there is none', () => {
    const huge = { sign: 1, quantity: '1000000', entryPrice: '1000', leverage: 10 }
    expect(guardOf(huge, instrumentOf({ brackets: [bracket()] }), 0.3)).not.toBeNull()
    expect(guardOf(huge, instrumentOf({ brackets: [] }), 0.3)).toBeNull()
  })
})
