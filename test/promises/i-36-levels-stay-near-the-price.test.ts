import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TradeIntent } from '../../schemas/types.gen.ts'
import { refusalIn, route } from '../kit/routing.ts'
import type { World } from '../kit/routing.ts'

const router = { edge_factor: 0, max_spread_bps: 1e9, max_atr_bps: 1e9 }

/** The promise: 0 < both, on their sides, at most 10 % and 20 % away, which is what the configuration allows. */
function expectSane(intent: TradeIntent): void {
  const [reference, stop, target] = [
    intent.reference_price,
    intent.stop_price,
    intent.target_price,
  ].map(Number) as [number, number, number]
  const sign = intent.side === 'BUY' ? 1 : -1
  const stopFraction = (sign * (reference - stop)) / reference
  const targetFraction = (sign * (target - reference)) / reference
  expect(Math.min(stop, target)).toBeGreaterThan(0)
  expect(stopFraction).toBeGreaterThan(0)
  expect(stopFraction).toBeLessThanOrEqual(0.1 + 1e-12)
  expect(targetFraction).toBeGreaterThan(0)
  expect(targetFraction).toBeLessThanOrEqual(0.2 + 1e-12)
}

describe('I-36', () => {
  it('a stop and a target are positive, on their sides and near the price, whatever the ATR says', () => {
    const anything = fc.oneof(
      fc.double({ min: 0, max: 1e12 }),
      fc.constantFrom(0, -1, 9_600, 96_000_000, 1e300, Infinity, -Infinity, NaN),
    )
    fc.assert(
      fc.property(
        anything,
        fc.constantFrom('BUY' as const, 'SELL' as const),
        fc.constantFrom('0.01', '0.5', '7', '1000'),
        fc.constantFrom(60_000, 3_600_000, 604_800_000),
        (atr_bps, action, tick_size, horizon_ms) => {
          const { intents, refusals } = route({
            signal: { atr_bps, action, horizon_ms },
            instrument: { tick_size },
            config: { router },
          })
          expect(intents.length + refusals.length).toBe(1)
          intents.forEach(expectSane)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('prices of any size give levels near them: from 0.00001 to 10 million', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100_000, max: 999_999 }),
        fc.integer({ min: -10, max: 1 }),
        fc.constantFrom('BUY' as const, 'SELL' as const),
        (digits, exponent, action) => {
          const at = (n: number): number => Number(`${String(n)}e${String(exponent)}`)
          const price = { bid: at(digits), ask: at(digits + 1), price: at(digits) }
          const instrument = { tick_size: `1e${String(exponent)}`, market_max_quantity: '1e15' }
          const { intents } = route({ signal: { action }, price, instrument, config: { router } })
          expect(intents).toHaveLength(1)
          expectSane(intents[0]!)
        },
      ),
      { numRuns: 100 },
    )
  })

  it.each<[string, World]>([
    ['an ATR in price units taken for basis points', { signal: { atr_bps: 96_000_000 } }],
    [
      'a distance beyond the price itself',
      { config: { router: { min_stop_bps: 10_001, max_stop_bps: 1e6 } } },
    ],
    [
      'a distance of the whole price',
      { config: { router: { min_stop_bps: 10_000, max_stop_bps: 1e6 } } },
    ],
    ['a target below 0', { signal: { action: 'SELL' }, config: { router: { target_r: 400 } } }],
  ])('is refused: %s', (_what, world) => {
    expect(['STOP_INVALID', 'VOLATILITY_EXTREME']).toContain(refusalIn(world).reason)
  })

  it('a refusal states the levels or the distances it compared', () => {
    const refused = refusalIn({ config: { router: { max_stop_bps: 20 } } })
    expect(refused.detail).toMatch(/within 20 bps .* was 3\d\.\d\d/)
  })
})
