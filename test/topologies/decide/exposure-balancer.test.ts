import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exposureState, portfolioState } from '../../../schemas/topics.ts'
import type { ExposureState, PortfolioState } from '../../../schemas/types.gen.ts'
import { exposureBalancer } from '../../../topologies/decide/exposure-balancer.ts'
import { given } from '../../kit/given.ts'
import { portfolioOf, startMs } from '../../kit/records.ts'

function adviceOn(changes: Partial<PortfolioState>): ExposureState {
  const balancer = given(exposureBalancer).when([portfolioState, portfolioOf(changes)])
  return balancer.outputs(exposureState)[0]!
}

/** A portfolio of signed notionals at a leverage of 5. */
function holding(equity: number, notionals: Record<string, number>): Partial<PortfolioState> {
  const values = Object.values(notionals)
  const gross = values.reduce((sum, one) => sum + Math.abs(one), 0)
  return {
    equity_usd: String(equity),
    gross_exposure_usd: String(gross),
    net_exposure_usd: String(values.reduce((sum, one) => sum + one, 0)),
    margin_used_usd: String(gross / 5),
    exposures: Object.entries(notionals).map(([symbol, notional]) => ({
      symbol,
      notional_usd: String(notional),
      margin_usd: String(Math.abs(notional) / 5),
      unrealised_usd: '0',
    })),
    open_positions: values.length,
  }
}

describe('the exposure of an account', () => {
  it('is measured on equity', () => {
    expect(adviceOn(holding(10_000, { BTCUSDT: 4_000, ETHUSDT: -1_000 }))).toEqual({
      account: 'main',
      equity_usd: '10000',
      gross_fraction: 0.5,
      net_fraction: 0.3,
      margin_fraction: 0.1,
      largest_symbol: 'BTCUSDT',
      largest_symbol_fraction: 0.4,
      verdict: 'WITHIN',
      allow_long: true,
      allow_short: true,
      size_factor: 1,
      at_ms: startMs,
    })
  })

  it('names no symbol when the account is flat', () => {
    expect(adviceOn({})).toMatchObject({ largest_symbol: '', verdict: 'WITHIN', size_factor: 1 })
  })

  it.each<[string, Partial<PortfolioState>]>([
    ['unknown equity', { known: false }],
    ['no equity', { equity_usd: '0' }],
    ['less than no equity', { equity_usd: '-20' }],
  ])('is UNKNOWN with %s, and nothing new is allowed', (_what, changes) => {
    expect(adviceOn({ ...holding(10_000, { BTCUSDT: 100 }), ...changes })).toMatchObject({
      verdict: 'UNKNOWN',
      allow_long: false,
      allow_short: false,
      size_factor: 0,
    })
  })

  it('stops both sides over the gross limit', () => {
    const over = adviceOn(holding(10_000, { A1: 9_000, B2: -9_000, C3: 7_001 }))
    expect(over).toMatchObject({ verdict: 'OVER_GROSS', allow_long: false, allow_short: false })
  })

  it('leaves only the other side over the net limit', () => {
    const long = adviceOn(holding(10_000, { A1: 9_000, B2: 9_000, C3: 2_001 }))
    expect(long).toMatchObject({ verdict: 'OVER_NET', allow_long: false, allow_short: true })
    const short = adviceOn(holding(10_000, { A1: -9_000, B2: -9_000, C3: -2_001 }))
    expect(short).toMatchObject({ verdict: 'OVER_NET', allow_long: true, allow_short: false })
  })

  it('names a symbol over its limit and leaves the others free', () => {
    const over = adviceOn(holding(10_000, { A1: -10_001, B2: 2_000 }))
    expect(over).toMatchObject({
      verdict: 'OVER_SYMBOL',
      largest_symbol: 'A1',
      allow_long: true,
      allow_short: true,
    })
  })

  it('stops both sides over the margin limit', () => {
    const over = adviceOn({ margin_used_usd: '6501' })
    expect(over).toMatchObject({ verdict: 'OVER_MARGIN', allow_long: false, allow_short: false })
  })

  it('stands exactly at a limit without exceeding it', () => {
    const at = adviceOn(holding(10_000, { A1: 10_000, B2: -10_000, C3: 5_000 }))
    expect(at).toMatchObject({ verdict: 'WITHIN', allow_long: true, size_factor: 0 })
  })

  it('shrinks new sizes evenly over the last quarter of a limit', () => {
    const factor = (gross: number) => adviceOn({ gross_exposure_usd: String(gross) }).size_factor
    expect(factor(18_750)).toBe(1)
    expect(factor(21_875)).toBeCloseTo(0.5, 12)
    expect(factor(25_000)).toBe(0)
  })

  it('never asks for more: no factor is above 1, and more exposure never allows more', () => {
    const notional = fc.integer({ min: -30_000, max: 30_000 })
    fc.assert(
      fc.property(notional, notional, fc.integer({ min: 1, max: 50_000 }), (a, b, equity) => {
        const now = adviceOn(holding(equity, { A1: a, B2: b }))
        const more = adviceOn(holding(equity, { A1: 1.5 * a, B2: 1.5 * b }))
        expect(now.size_factor).toBeLessThanOrEqual(1)
        expect(more.size_factor).toBeLessThanOrEqual(now.size_factor)
        if (!now.allow_long) expect(more.allow_long).toBe(false)
        if (!now.allow_short) expect(more.allow_short).toBe(false)
      }),
    )
  })

  it('treats long and short alike', () => {
    const notional = fc.integer({ min: -30_000, max: 30_000 })
    fc.assert(
      fc.property(notional, notional, (a, b) => {
        const one = adviceOn(holding(10_000, { A1: a, B2: b }))
        const mirror = adviceOn(holding(10_000, { A1: -a, B2: -b }))
        expect(mirror.verdict).toBe(one.verdict)
        expect(mirror.allow_short).toBe(one.allow_long)
        expect(mirror.size_factor).toBe(one.size_factor)
      }),
    )
  })
})
