// The regime's name follows the market and does not flutter at a border.
import { describe, expect, it } from 'vitest'
import type { Regime } from '../../../schemas/types.gen.ts'
import { emptyFeatureMemory, updateFeatures } from '../../../topologies/think/features.ts'
import type { Features } from '../../../topologies/think/features.ts'
import { regimeOf } from '../../../topologies/think/regime.ts'
import { barSeries } from './series.ts'
import type { Segment } from './series.ts'

function regimesOf(segments: readonly Segment[]): Regime[] {
  const memory = emptyFeatureMemory()
  let regime: Regime = 'NORMAL'
  return barSeries(2, segments).map(
    (bar) => (regime = regimeOf(updateFeatures(memory, bar), regime)),
  )
}

const calm = updateFeatures(emptyFeatureMemory(), barSeries(2, [{ bars: 1 }])[0]!)
const at = (changes: Partial<Features>, before: Regime): Regime =>
  regimeOf({ ...calm, ...changes }, before)

describe('the regime', () => {
  it('is TREND in a trend, up and down alike', () => {
    for (const drift of [0.8, -0.8])
      expect(regimesOf([{ bars: 40 }, { bars: 60, drift }]).at(-1)).toBe('TREND')
  })

  it('has no direction where price is pulled back to the middle', () => {
    const late = regimesOf([{ bars: 400, pull: 0.5 }]).slice(100)
    const aimless = late.filter((regime) => regime === 'RANGE' || regime === 'CHOP').length
    expect(aimless / late.length).toBeGreaterThan(0.6)
    expect(late.filter((regime) => regime === 'TREND').length / late.length).toBeLessThan(0.02)
  })

  it('is VOLATILE when volatility expands without direction', () => {
    expect(at({ efficiency: 0.3, average_gap: 0.1, volatility_ratio: 1.8 }, 'NORMAL')).toBe(
      'VOLATILE',
    )
  })

  it.each([
    ['TREND', { efficiency: 0.36, average_gap: -0.45, volatility_ratio: 1 }],
    ['VOLATILE', { efficiency: 0.2, average_gap: 0, volatility_ratio: 1.5 }],
    ['RANGE', { efficiency: 0.1, average_gap: 0, volatility_ratio: 1.1 }],
    ['CHOP', { efficiency: 0.1, average_gap: 0, volatility_ratio: 0.9 }],
  ] as const)('%s is kept a little longer than it is entered', (regime, features) => {
    expect(at(features, regime)).toBe(regime)
    expect(at(features, 'NORMAL')).not.toBe(regime)
  })
})
