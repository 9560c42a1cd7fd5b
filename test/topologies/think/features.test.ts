// Features: each against its definition, and the whole set pinned, so that values can't change under an old hash.
import { describe, expect, it } from 'vitest'
import type { MarketBar } from '../../../schemas/types.gen.ts'
import {
  emptyFeatureMemory,
  featureDefinitions,
  featureSetHash,
  updateFeatures,
} from '../../../topologies/think/features.ts'
import type { Features } from '../../../topologies/think/features.ts'
import { hashId } from '../../../topologies/kernel/id.ts'
import { marketBarOf } from '../../kit/records.ts'
import { barSeries } from './series.ts'

function featuresOf(bars: readonly MarketBar[]): Features[] {
  const memory = emptyFeatureMemory()
  return bars.map((bar) => updateFeatures(memory, bar))
}

/** Bars of one price each. */
const closesOf = (...closes: number[]): MarketBar[] =>
  closes.map((close) => marketBarOf({ open: close, high: close, low: close, close }))

describe('the feature set', () => {
  it('has a hash over its definitions, and any other definition has another', () => {
    expect(featureSetHash).toBe(hashId(JSON.stringify(featureDefinitions)))
    for (const name of Object.keys(featureDefinitions)) {
      const changed = { ...featureDefinitions, [name]: 'something else' }
      expect(hashId(JSON.stringify(changed))).not.toBe(featureSetHash)
      const without = Object.entries(featureDefinitions).filter(([other]) => other !== name)
      expect(hashId(JSON.stringify(Object.fromEntries(without)))).not.toBe(featureSetHash)
    }
  })

  it('gives exactly the features it defines, in that order', () => {
    expect(Object.keys(featuresOf([marketBarOf()])[0]!)).toEqual(Object.keys(featureDefinitions))
  })

  it('gives these values under this hash: who changes a value must change its definition', () => {
    const series = barSeries(3, [{ bars: 50 }, { bars: 30, drift: 0.5 }])
    const last = featuresOf(series).at(-1)!
    const rounded = Object.entries(last).map(([name, value]) => [
      name,
      Number(value!.toPrecision(9)),
    ])
    expect({ hash: featureSetHash, ...Object.fromEntries(rounded) }).toMatchInlineSnapshot(`
      {
        "atr": 1.34940585,
        "average_gap": 1.2910206,
        "average_slope": 0.313165103,
        "channel_high": 1009.78223,
        "channel_low": 1002.76418,
        "close_location": -0.610460197,
        "efficiency": 0.365887219,
        "hash": "3mkgk8v06imt4r4dbr3kfeppu3",
        "imbalance": 0.0477952372,
        "imbalance_score": 0.558569757,
        "move": 0.0000770765037,
        "range_ratio": 0.64438028,
        "stretch": 2.41414891,
        "volatility": 0.00109967274,
        "volatility_ratio": 1.1056773,
        "volume_ratio": 0.834064353,
      }
    `)
  })

  it('is never NaN or infinite, whatever the first bars look like', () => {
    const flat = Array.from({ length: 70 }, () => closesOf(100)[0]!)
    for (const series of [flat, barSeries(1, [{ bars: 70 }]), closesOf(100, 100, 200, 50)])
      for (const features of featuresOf(series))
        for (const value of Object.values(features))
          expect(value === null || Number.isFinite(value)).toBe(true)
  })
})

describe('volatility', () => {
  it('is the root mean square of the moves while there are fewer than its span', () => {
    const last = featuresOf(closesOf(100, 101, 99, 102)).at(-1)!
    const moves = [Math.log(101 / 100), Math.log(99 / 101), Math.log(102 / 99)]
    const squares = moves.reduce((sum, move) => sum + move * move, 0)
    expect(last.volatility).toBeCloseTo(Math.sqrt(squares / 3), 12)
    expect(last.move).toBe(moves[2])
  })

  it('spreads a move over the bars that are missing before it', () => {
    const gap = marketBarOf({ close: 110, gap: true, missing_bars: 3 })
    const last = featuresOf([marketBarOf({ close: 100 }), gap]).at(-1)!
    expect(last.move).toBeCloseTo(Math.log(1.1) / 2, 12)
  })

  it('rises above its usual when moves grow', () => {
    const quiet = barSeries(5, [{ bars: 80, sigma: 0.0005 }])
    const series = barSeries(5, [
      { bars: 80, sigma: 0.0005 },
      { bars: 5, sigma: 0.003 },
    ])
    expect(featuresOf(quiet).at(-1)!.volatility_ratio).toBeLessThan(1.5)
    expect(featuresOf(series).at(-1)!.volatility_ratio).toBeGreaterThan(1.7)
  })
})

describe('average true range', () => {
  it("is Wilder's: a plain mean of the first 14, then one fourteenth of each new one", () => {
    const series = barSeries(11, [{ bars: 30 }])
    const ranges = series.map((bar, i) => {
      const before = i === 0 ? bar.open : series[i - 1]!.close
      return Math.max(bar.high - bar.low, Math.abs(bar.high - before), Math.abs(bar.low - before))
    })
    let expected = ranges.slice(0, 14).reduce((sum, range) => sum + range, 0) / 14
    for (const range of ranges.slice(14)) expected = (13 * expected + range) / 14
    expect(featuresOf(series).at(-1)!.atr).toBeCloseTo(expected, 10)
  })

  it('leaves the previous close out over a gap', () => {
    const before = marketBarOf({ high: 101, low: 99, close: 100 })
    const after = { open: 150, high: 151, low: 149, close: 150 }
    const gap = marketBarOf({ ...after, gap: true, missing_bars: 5 })
    expect(featuresOf([before, gap]).at(-1)!.atr).toBeCloseTo(2, 10)
    expect(featuresOf([before, marketBarOf(after)]).at(-1)!.atr).toBeCloseTo((2 + 51) / 2, 10)
  })
})

describe('place and path', () => {
  it('efficiency is 1 for a straight line and 0 for a way back to the start', () => {
    expect(featuresOf(closesOf(100, 101, 102, 103)).at(-1)!.efficiency).toBeCloseTo(1, 12)
    expect(featuresOf(closesOf(100, 102, 100)).at(-1)!.efficiency).toBe(0)
  })

  it('stretch counts standard deviations from the mean of 20 closes', () => {
    const closes = [...Array.from({ length: 19 }, (_, i) => 100 + (i % 2)), 105]
    const mean = closes.reduce((sum, close) => sum + close, 0) / 20
    const deviation = Math.sqrt(closes.reduce((sum, close) => sum + (close - mean) ** 2, 0) / 20)
    const last = featuresOf(closesOf(1, ...closes)).at(-1)!
    expect(last.stretch).toBeCloseTo((105 - mean) / deviation, 10)
  })

  it('the channel is that of the 20 bars before, this one left out', () => {
    const bars = Array.from({ length: 25 }, (_, i) => marketBarOf({ high: 101 + i, low: 99 - i }))
    const last = featuresOf(bars).at(-1)!
    expect(last).toMatchObject({ channel_high: 101 + 23, channel_low: 99 - 23 })
  })
})

describe('order flow', () => {
  const flow = (changes: Partial<MarketBar>): Features => featuresOf([marketBarOf(changes)])[0]!

  it('is bought less sold over volume', () => {
    expect(flow({ volume: 10, taker_buy_volume: 8, taker_sell_volume: 2 }).imbalance).toBeCloseTo(
      0.6,
      12,
    )
  })

  it('takes the place of the close where nobody knows the aggressor', () => {
    const unknown = { volume: 10, taker_buy_volume: 0, taker_sell_volume: 0, high: 104, low: 100 }
    expect(flow({ ...unknown, close: 104 }).imbalance).toBeCloseTo(1, 12)
    expect(flow({ ...unknown, close: 102 }).imbalance).toBeCloseTo(0, 12)
    expect(flow({ ...unknown, close: 101 }).imbalance).toBeCloseTo(-0.5, 12)
  })

  it('is missing, not zero, without volume', () => {
    const silent = { volume: 0, taker_buy_volume: 0, taker_sell_volume: 0 }
    expect(flow(silent)).toMatchObject({
      imbalance: null,
      imbalance_score: null,
      volume_ratio: null,
    })
  })

  it('scores against what is usual in this market', () => {
    const balanced = Array.from({ length: 40 }, (_, i) =>
      marketBarOf({ taker_buy_volume: 5 + (i % 2), taker_sell_volume: 5 - (i % 2) }),
    )
    const bought = marketBarOf({ taker_buy_volume: 10, taker_sell_volume: 0 })
    const sold = marketBarOf({ taker_buy_volume: 0, taker_sell_volume: 10 })
    expect(featuresOf([...balanced, bought]).at(-1)!.imbalance_score).toBeGreaterThan(3)
    expect(featuresOf([...balanced, sold]).at(-1)!.imbalance_score).toBeLessThan(-3)
  })
})
