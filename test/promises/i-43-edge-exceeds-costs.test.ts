import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusalIn, route } from '../kit/routing.ts'

describe('I-43', () => {
  it('an entry passes only when expected move x confidence exceeds fees, spread, slippage and funding', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 80, noNaN: true }),
        fc.double({ min: 0.55, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 14 }),
        fc.integer({ min: -100, max: 100 }),
        fc.constantFrom('BUY' as const, 'SELL' as const),
        (expected_move_bps, confidence, feeBps, spreadTicks, rate, action) => {
          const { intents, refusals } = route({
            signal: { expected_move_bps, confidence, action, horizon_ms: 8 * 3_600_000 },
            instrument: { taker_fee_rate: String(feeBps / 10_000) },
            price: { bid: 100, ask: 100 + spreadTicks / 100, funding_rate_8h: rate / 100_000 },
          })
          const sign = action === 'BUY' ? 1 : -1
          const spreadBps = (10_000 * spreadTicks) / 100 / (100 + spreadTicks / 200)
          const cost = 2 * feeBps + spreadBps + 2 + Math.max(0, (sign * rate) / 10)
          const edge = expected_move_bps * confidence
          if (Math.abs(edge - cost) < 1e-6) return
          expect(intents.length).toBe(edge > cost ? 1 : 0)
          expect(refusals.map((one) => one.reason)).toEqual(
            edge > cost ? [] : ['COST_EXCEEDS_EDGE'],
          )
        },
      ),
      { numRuns: 150 },
    )
  })

  it('many small trades are no way around it: the gate does not depend on size', () => {
    for (const equity_usd of ['50', '1000', '1000000'])
      expect(
        refusalIn({ signal: { expected_move_bps: 14 }, portfolio: { equity_usd } }).reason,
      ).toBe('COST_EXCEEDS_EDGE')
  })

  it('no target lies inside the costs, so that no win is a loss after fees', () => {
    const config = { router: { edge_factor: 0, target_r: 0.9, min_stop_bps: 0, stop_sigmas: 0.01 } }
    expect(refusalIn({ config }).reason).toBe('COST_EXCEEDS_EDGE')
  })
})
