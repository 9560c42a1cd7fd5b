// The order flow model follows unusual imbalance, and is out where there is no flow to see.
import { describe, expect, it } from 'vitest'
import type { MarketBar } from '../../../../schemas/types.gen.ts'
import { orderFlow } from '../../../../topologies/think/models/order-flow.ts'
import { marketBarOf } from '../../../kit/records.ts'
import { barSeries } from '../series.ts'
import { sharesOf, votesOver } from './votes.ts'

/** Forty balanced bars with a little movement, then one with this share of bought volume. */
function balancedThen(bought: number, changes: Partial<MarketBar> = {}): MarketBar[] {
  const bars = Array.from({ length: 40 }, (_, i) =>
    marketBarOf({
      close: 100 + (i % 2) * 0.1,
      taker_buy_volume: 5 + (i % 2),
      taker_sell_volume: 5 - (i % 2),
    }),
  )
  return [
    ...bars,
    marketBarOf({
      taker_buy_volume: 10 * bought,
      taker_sell_volume: 10 * (1 - bought),
      ...changes,
    }),
  ]
}
const lastVote = (bars: readonly MarketBar[]) => votesOver(orderFlow, bars).at(-1)!

describe('order flow', () => {
  it('buys when buyers are unusually aggressive, and sells when sellers are', () => {
    expect(lastVote(balancedThen(0.95)).action).toBe('BUY')
    expect(lastVote(balancedThen(0.05)).action).toBe('SELL')
  })

  it('holds while the imbalance is as usual', () => {
    expect(lastVote(balancedThen(0.55)).action).toBe('HOLD')
  })

  it('gives flow in a market that wakes up more weight than in one that sleeps', () => {
    // Moderate, so that neither factor reaches its limit for the answer.
    const awake = lastVote(balancedThen(0.9, { close: 103 }))
    const asleep = lastVote(balancedThen(0.9, { close: 100.1 }))
    expect(awake.confidence).toBeGreaterThan(asleep.confidence)
  })

  it('is out, not neutral, without volume', () => {
    const silent = Array.from({ length: 30 }, () =>
      marketBarOf({ volume: 0, taker_buy_volume: 0, taker_sell_volume: 0 }),
    )
    expect(lastVote(silent)).toBeNull()
  })

  it('votes from the place of the close where no aggressor is known', () => {
    const bars = barSeries(6, [{ bars: 300, pull: 0.1 }]).map((bar) => ({
      ...bar,
      taker_buy_volume: 0,
      taker_sell_volume: 0,
    }))
    const shares = sharesOf(votesOver(orderFlow, bars))
    expect(shares['BUY']).toBeGreaterThan(0.1)
    expect(shares['SELL']).toBeGreaterThan(0.1)
    expect(shares['none']).toBe(0)
  })
})
