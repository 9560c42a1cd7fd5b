import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  equityStatistics,
  type EquityPoint,
} from '../../../../connectors/backtest/report/equity.ts'

const dayMs = 86_400_000
const curveOf = (values: readonly (number | string)[], stepMs = dayMs): EquityPoint[] =>
  values.map((value, index) => ({ at_ms: index * stepMs, equity_usd: String(value) }))

/** Equity that is multiplied by these factors in turn, day by day. */
function compound(factors: readonly number[], days: number): number[] {
  const values = [1_000]
  for (let day = 0; day < days; day += 1) {
    values.push((values[day] ?? 0) * (factors[day % factors.length] ?? 1))
  }
  return values
}

describe('statistics of an equity curve', () => {
  test('return and drawdown of a known curve', () => {
    const statistics = equityStatistics(curveOf([100, 120, 90, 110, 130, 117, 125]))
    expect(statistics).toMatchObject({
      start_equity_usd: '100',
      end_equity_usd: '125',
      total_return: 0.25,
      max_drawdown_fraction: 0.25,
      max_drawdown_usd: '30',
      max_drawdown_peak_at_ms: dayMs,
      max_drawdown_trough_at_ms: 2 * dayMs,
      longest_drawdown_ms: 3 * dayMs,
    })
  })

  test('the largest drawdown in USD is exact and may lie elsewhere than the largest fraction', () => {
    const statistics = equityStatistics(curveOf(['10', '5', '1000.3', '900.1']))
    expect(statistics).toMatchObject({
      max_drawdown_fraction: 0.5,
      max_drawdown_usd: '100.2',
      max_drawdown_trough_at_ms: dayMs,
    })
  })

  test('a drawdown that never recovers lasts until the end', () => {
    expect(equityStatistics(curveOf([100, 90, 95, 99])).longest_drawdown_ms).toBe(3 * dayMs)
  })

  test('Sharpe is mean over sample deviation of daily returns, times the root of 365', () => {
    const statistics = equityStatistics(curveOf(compound([1.03, 0.99], 40)))
    // Returns of +3 % and -1 %, 20 each: mean 1 %, sample deviation 2 % x root of 40/39.
    expect(statistics.sharpe).toBeCloseTo((0.01 / (0.02 * Math.sqrt(40 / 39))) * Math.sqrt(365), 9)
    expect(statistics).toMatchObject({ return_interval_ms: dayMs, return_samples: 40 })
  })

  test('Sortino divides by the root mean square of the losses over all returns', () => {
    const { sortino } = equityStatistics(curveOf(compound([1.03, 0.99], 40)))
    expect(sortino).toBeCloseTo((0.01 / Math.sqrt(0.0001 / 2)) * Math.sqrt(365), 9)
  })

  test('a run of 29 days is sampled by the hour, 29 hours by the minute, 29 minutes not at all', () => {
    const ends: readonly [number, number | null][] = [
      [30 * dayMs, dayMs],
      [29 * dayMs, 3_600_000],
      [29 * 3_600_000, 60_000],
      [29 * 60_000, null],
    ]
    for (const [endMs, intervalMs] of ends) {
      const curve = [
        { at_ms: 0, equity_usd: '100' },
        { at_ms: endMs / 2, equity_usd: '90' },
        { at_ms: endMs, equity_usd: '101' },
      ]
      const statistics = equityStatistics(curve)
      expect(statistics.return_interval_ms).toBe(intervalMs)
      expect(statistics.sharpe === null).toBe(intervalMs === null)
    }
  })

  test('points between the days change no daily return', () => {
    const coarse = curveOf(compound([1.03, 0.99], 40))
    const fine = coarse.flatMap((point) => [
      point,
      { at_ms: point.at_ms + 1_000, equity_usd: '7' },
      { at_ms: point.at_ms + 2_000, equity_usd: point.equity_usd },
    ])
    expect(equityStatistics(fine).sharpe).toBeCloseTo(equityStatistics(coarse).sharpe ?? NaN, 12)
  })

  test('no variance and no loss have no ratio', () => {
    expect(equityStatistics(curveOf(compound([1], 40)))).toMatchObject({
      total_return: 0,
      sharpe: null,
      sortino: null,
      max_drawdown_fraction: 0,
      longest_drawdown_ms: 0,
    })
    expect(equityStatistics(curveOf(compound([1.01], 40)))).toMatchObject({
      sharpe: null,
      sortino: null,
    })
  })

  test.for([[], [100]])('too few points (%j) have no statistics', (values) => {
    expect(equityStatistics(curveOf(values))).toMatchObject({
      total_return: null,
      sharpe: null,
      sortino: null,
      return_interval_ms: null,
      max_drawdown_fraction: null,
      max_drawdown_usd: null,
      longest_drawdown_ms: null,
    })
  })

  test('an account that is wiped out has statistics up to there', () => {
    const statistics = equityStatistics(curveOf([...compound([1.03, 0.99], 40), -5, 3, 0]))
    expect(statistics.max_drawdown_fraction).toBeGreaterThan(1)
    expect(statistics.return_samples).toBe(40)
  })

  test('no curve gives NaN or an infinite number', () => {
    const point = fc.record({ step: fc.nat(3 * dayMs), cents: fc.integer({ min: -1e6, max: 1e8 }) })
    fc.assert(
      fc.property(fc.array(point, { maxLength: 60 }), (steps) => {
        let atMs = 0
        const curve = steps.map(({ step, cents }) => {
          atMs += step
          return { at_ms: atMs, equity_usd: (cents / 100).toFixed(2) }
        })
        for (const value of Object.values(equityStatistics(curve))) {
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
        }
      }),
    )
  })

  test('a curve out of order or without numbers is a bug of its maker', () => {
    expect(() => equityStatistics(curveOf([1, 2]).reverse())).toThrow(/time order/)
    expect(() => equityStatistics(curveOf(['1', 'NaN']))).toThrow(/expected equity as numbers/)
  })
})
