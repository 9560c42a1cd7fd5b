import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exposureState, portfolioState } from '../../schemas/topics.ts'
import { exposureBalancer } from '../../topologies/decide/exposure-balancer.ts'
import { given } from '../kit/given.ts'
import { portfolioOf } from '../kit/records.ts'

function adviceOn(equity: number, notional: number, leverage: number) {
  const margin = Math.abs(notional) / leverage
  const [advice] = given(exposureBalancer)
    .when([
      portfolioState,
      portfolioOf({
        equity_usd: String(equity),
        margin_used_usd: String(margin),
        gross_exposure_usd: String(Math.abs(notional)),
        net_exposure_usd: String(notional),
        open_positions: 1,
        exposures: [
          {
            symbol: 'BTCUSDT',
            notional_usd: String(notional),
            margin_usd: String(margin),
            unrealised_usd: '0',
          },
        ],
      }),
    ])
    .outputs(exposureState)
  return advice!
}

describe('exposure', () => {
  it('of one small position never breaches a limit, though it is all of the margin in use', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 10_000_000 }),
        fc.double({ min: -0.4, max: 0.4, noNaN: true }),
        fc.integer({ min: 1, max: 125 }),
        (equity, share, leverage) => {
          const advice = adviceOn(equity, Math.round(equity * share * 100) / 100, leverage)
          expect(advice).toMatchObject({
            verdict: 'WITHIN',
            allow_long: true,
            allow_short: true,
            size_factor: 1,
          })
        },
      ),
    )
  })

  it('is a share of equity: twice the equity halves it', () => {
    expect(adviceOn(10_000, 4_000, 5)).toMatchObject({
      largest_symbol_fraction: 0.4,
      margin_fraction: 0.08,
    })
    expect(adviceOn(20_000, 4_000, 5)).toMatchObject({
      largest_symbol_fraction: 0.2,
      margin_fraction: 0.04,
    })
  })
})
