// The mean reversion model expects price to come back, and is off in strong trends.
import { describe, expect, it } from 'vitest'
import type { MarketBar } from '../../../../schemas/types.gen.ts'
import { meanReversion } from '../../../../topologies/think/models/mean-reversion.ts'
import { marketBarOf } from '../../../kit/records.ts'
import { barSeries, mirrored } from '../series.ts'
import { sharesOf, votesOver } from './votes.ts'

/** Thirty quiet bars around 100, then these closes. */
function quietThen(...closes: number[]): MarketBar[] {
  const quiet = Array.from({ length: 30 }, (_, i) => 100 + (i % 2 === 0 ? 0.3 : -0.3))
  return [...quiet, ...closes].map((close) =>
    marketBarOf({ open: close, high: close + 0.2, low: close - 0.2, close }),
  )
}

describe('mean reversion', () => {
  it('buys when price turns up from a stretch below the mean, surer than while it still falls', () => {
    const [falling, turning] = votesOver(meanReversion, quietThen(98.8, 99.1)).slice(-2)
    expect(turning!.action).toBe('BUY')
    expect(turning!.confidence).toBeGreaterThan(
      falling!.action === 'BUY' ? falling!.confidence : 0.5,
    )
  })

  it('sells when price turns down from a stretch above the mean', () => {
    expect(votesOver(meanReversion, quietThen(101.2, 100.9)).at(-1)!.action).toBe('SELL')
  })

  it('holds in the middle', () => {
    expect(votesOver(meanReversion, quietThen(100)).at(-1)!.action).toBe('HOLD')
  })

  it('forgets a stretch after some bars', () => {
    const votes = votesOver(meanReversion, quietThen(101.2, 100, 100.1, 100, 99.9, 100, 100.1, 100))
    expect(votes.at(-1)!.action).toBe('HOLD')
  })

  it('never sells into a strong rise, nor buys into a strong fall', () => {
    const rise = barSeries(9, [{ bars: 40 }, { bars: 60, drift: 1.5 }])
    const inTrend = (bars: readonly MarketBar[]) => votesOver(meanReversion, bars).slice(60)
    expect(inTrend(rise).map((vote) => vote!.action)).not.toContain('SELL')
    expect(inTrend(mirrored(rise)).map((vote) => vote!.action)).not.toContain('BUY')
  })

  it('votes both ways in a range', () => {
    const shares = sharesOf(votesOver(meanReversion, barSeries(9, [{ bars: 500, pull: 0.3 }])))
    expect(shares['BUY']).toBeGreaterThan(0.05)
    expect(shares['SELL']).toBeGreaterThan(0.05)
  })
})
