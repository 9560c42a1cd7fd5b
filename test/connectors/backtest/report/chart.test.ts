import { describe, expect, test } from 'vitest'
import {
  CHART_POINT_LIMIT,
  chartPoints,
  equityChart,
} from '../../../../connectors/backtest/report/chart.ts'

const curveOf = (values: readonly number[]): { at_ms: number; equity_usd: string }[] =>
  values.map((value, index) => ({ at_ms: index * 1_000, equity_usd: String(value) }))

describe('points of the chart', () => {
  test('a short curve is drawn whole, with its drawdown', () => {
    expect(chartPoints(curveOf([100, 80, 110]))).toEqual([
      [0, 100, 0],
      [1_000, 80, 0.19999999999999996],
      [2_000, 110, 0],
    ])
  })

  test('a long curve keeps its ends, its peak and its trough, within the limit and in order', () => {
    const values = Array.from({ length: 50_000 }, (_, index) => 1_000 + Math.sin(index / 700))
    values[12_345] = 5_000
    values[33_333] = 1
    const points = chartPoints(curveOf(values))
    expect(points.length).toBeLessThanOrEqual(CHART_POINT_LIMIT)
    expect(points[0]?.[0]).toBe(0)
    expect(points.at(-1)?.[0]).toBe(49_999_000)
    const drawn = points.map(([, equity]) => equity)
    expect([Math.max(...drawn), Math.min(...drawn)]).toEqual([5_000, 1])
    expect(Math.max(...points.map(([, , drawdown]) => drawdown))).toBe(1 - 1 / 5_000)
    expect(points.every(([atMs], index) => atMs > (points[index - 1]?.[0] ?? -1))).toBe(true)
  })

  test('a curve of one point is a sentence instead of a drawing', () => {
    expect(equityChart(curveOf([100])).markup).toContain('nothing to draw')
    expect(equityChart([]).markup).toContain('nothing to draw')
  })

  test('a flat curve draws without a number that is none', () => {
    const { markup } = equityChart(curveOf([100, 100, 100]))
    expect(markup).toContain('<path class="line"')
    expect(markup).not.toMatch(/NaN|Infinity/)
  })
})
