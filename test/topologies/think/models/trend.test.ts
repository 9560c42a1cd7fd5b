// The trend model follows what is wide and moving.
import { describe, expect, it } from 'vitest'
import { trend } from '../../../../topologies/think/models/trend.ts'
import { barSeries, mirrored } from '../series.ts'
import { sharesOf, votesOver } from './votes.ts'

describe('trend', () => {
  it.each([
    ['up', 0.6, 'BUY', 'SELL'],
    ['down', -0.6, 'SELL', 'BUY'],
  ])('votes with a trend %s and not against it', (_, drift, along, against) => {
    const shares = sharesOf(votesOver(trend, barSeries(4, [{ bars: 150, drift }])))
    expect(shares[along]).toBeGreaterThan(0.7)
    expect(shares[against]).toBeLessThan(0.05)
  })

  it('holds most of the time where price is pulled back to the middle', () => {
    const shares = sharesOf(votesOver(trend, barSeries(4, [{ bars: 500, pull: 0.5 }])))
    expect(shares['HOLD']).toBeGreaterThan(0.6)
  })

  it('turns when the trend turns', () => {
    const votes = votesOver(
      trend,
      barSeries(4, [
        { bars: 80, drift: 0.8 },
        { bars: 80, drift: -0.8 },
      ]),
    )
    expect(votes[79]!.action).toBe('BUY')
    expect(votes[159]!.action).toBe('SELL')
  })

  it('votes the mirror image on mirrored bars', () => {
    const bars = barSeries(4, [{ bars: 100, drift: 0.4 }])
    const flipped = { BUY: 'SELL', SELL: 'BUY', HOLD: 'HOLD' } as const
    const votes = votesOver(trend, bars).map((vote) => flipped[vote!.action])
    expect(votesOver(trend, mirrored(bars)).map((vote) => vote!.action)).toEqual(votes)
  })
})
