import { describe, expect, test } from 'vitest'
import { performanceMetrics } from '../../../../connectors/backtest/report/metrics.ts'
import { closedTrade, tradeLeg } from '../../../kit/trades.ts'

const curve = [
  { at_ms: 0, equity_usd: '1000' },
  { at_ms: 600_000, equity_usd: '1004' },
]
const winner = closedTrade()
const loser = closedTrade({
  trade_id: 'trade-2',
  symbol: 'ETHUSDT',
  direction: 'SHORT',
  opened_at_ms: 120_000,
  gross_usd: '-4',
  fees_usd: '1.5',
  funding_usd: '0.5',
  net_usd: '-5',
  r_multiple: -0.5,
  exit_kinds: ['HARVEST', 'STOP'],
  final_exit_kind: 'STOP',
  legs: [
    tradeLeg({ quantity: '2' }),
    tradeLeg({ leg: 'EXIT', exit_kind: 'HARVEST', exit_rung: 1, realised_usd: '2' }),
    tradeLeg({ leg: 'EXIT', exit_kind: 'STOP', average_price: '106', realised_usd: '-6' }),
  ],
})

describe('metrics of a run', () => {
  test('a win and a loss', () => {
    expect(performanceMetrics([winner, loser], curve)).toMatchObject({
      from_ms: 0,
      to_ms: 600_000,
      trades: 2,
      long: 1,
      short: 1,
      wins: 1,
      losses: 1,
      gross_usd: '6',
      fees_usd: '2.5',
      funding_usd: '0.5',
      net_usd: '4',
      profit_factor: 1.8,
      win_rate: 0.5,
      expectancy_usd: '2',
      expectancy_r: 0.2,
      exposure_fraction: 0.2,
      turnover_usd: '616',
      turnover_ratio: 0.616,
      average_held_ms: 60_000,
      best: { trade_id: 'trade-1', net_usd: '9', r_multiple: 0.9 },
      worst: { trade_id: 'trade-2', symbol: 'ETHUSDT', net_usd: '-5', r_multiple: -0.5 },
      total_return: 1004 / 1000 - 1,
    })
  })

  test('turnover is the value of the fills, though legs carry rounded averages', () => {
    // 0.003 at 30001.1 and 0.004 at 30002.3: the average ends after eighteen digits.
    const legs = [
      tradeLeg({ quantity: '0.007', average_price: '30001.7857142857143' }),
      tradeLeg({ leg: 'EXIT', quantity: '0.007', average_price: '30001.7857142857143' }),
    ]
    expect(performanceMetrics([closedTrade({ legs })], curve)).toMatchObject({
      turnover_usd: '420.025',
    })
  })

  test('exit rules: nets sum to the net, what they realised sums to the gross', () => {
    const { by_exit_kind: kinds } = performanceMetrics([winner, loser], curve)
    expect(kinds).toEqual([
      {
        exit_kind: 'TARGET',
        closed_trades: 1,
        wins: 1,
        net_usd: '9',
        legs: 1,
        realised_usd: '10',
      },
      { exit_kind: 'HARVEST', closed_trades: 0, wins: 0, net_usd: '0', legs: 1, realised_usd: '2' },
      { exit_kind: 'STOP', closed_trades: 1, wins: 0, net_usd: '-5', legs: 1, realised_usd: '-6' },
    ])
  })

  test('long and short swapped change only their counts', () => {
    const mirrored = [winner, loser].map((trade) => ({
      ...trade,
      direction: trade.direction === 'LONG' ? ('SHORT' as const) : ('LONG' as const),
    }))
    expect(performanceMetrics(mirrored, curve)).toEqual(performanceMetrics([winner, loser], curve))
    const longs = [winner, closedTrade()]
    expect(performanceMetrics(longs, curve)).toMatchObject({ long: 2, short: 0 })
  })

  test('no trade gives sums of 0 and no ratios', () => {
    expect(performanceMetrics([], curve)).toMatchObject({
      trades: 0,
      net_usd: '0',
      fees_usd: '0',
      turnover_usd: '0',
      profit_factor: null,
      win_rate: null,
      expectancy_usd: null,
      expectancy_r: null,
      exposure_fraction: 0,
      turnover_ratio: 0,
      average_held_ms: null,
      best: null,
      worst: null,
      by_exit_kind: [],
    })
  })

  test('no equity gives no share of time and no ratio to it', () => {
    expect(performanceMetrics([winner], [])).toMatchObject({
      from_ms: null,
      to_ms: null,
      exposure_fraction: null,
      turnover_ratio: null,
      net_usd: '9',
    })
    expect(performanceMetrics([winner], curve.slice(0, 1)).exposure_fraction).toBeNull()
  })

  test('without a loss there is no profit factor, and a net of 0 is neither win nor loss', () => {
    const even = closedTrade({ net_usd: '0', r_multiple: 0 })
    expect(performanceMetrics([winner, even], curve)).toMatchObject({
      profit_factor: null,
      wins: 1,
      losses: 0,
      win_rate: 0.5,
    })
  })

  test('a trade whose risk is unknown is left out of the mean R alone', () => {
    const adopted = closedTrade({ risk_usd: null, r_multiple: null })
    expect(performanceMetrics([winner, adopted], curve)).toMatchObject({
      expectancy_r: 0.9,
      expectancy_usd: '9',
    })
    expect(performanceMetrics([adopted], curve).expectancy_r).toBeNull()
  })

  test('overlapping trades count once in the time in the market, clipped to the run', () => {
    const spans: readonly [number, number][] = [
      [0, 300_000],
      [100_000, 200_000],
      [250_000, 360_000],
      [540_000, 900_000],
    ]
    const trades = spans.map(([opened, closed]) =>
      closedTrade({ opened_at_ms: opened, closed_at_ms: closed }),
    )
    expect(performanceMetrics(trades, curve).exposure_fraction).toBeCloseTo(0.7, 12)
  })

  test('money is summed without rounding', () => {
    const trades = Array.from({ length: 10 }, () => closedTrade({ net_usd: '0.1' }))
    expect(performanceMetrics(trades, curve).net_usd).toBe('1')
    const long = ['1000000000000.000000000000000001', '0.000000000000000001']
    expect(
      performanceMetrics(
        long.map((net) => closedTrade({ net_usd: net })),
        curve,
      ).net_usd,
    ).toBe('1000000000000.000000000000000002')
  })
})
