import { describe, expect, it } from 'vitest'
import { expectedSigmaBps, payingRate } from '../../../topologies/decide/costs.ts'
import { signalOf } from '../../kit/records.ts'
import { intentIn, refusalIn } from '../../kit/routing.ts'

const even = { bid: 100, ask: 100 }

describe('the cost of a round trip', () => {
  it('is taker fees and slippage both ways when there is no spread and no funding', () => {
    expect(intentIn({ price: even }).expected_cost_bps).toBeCloseTo(8 + 2, 10)
  })

  it('takes its fees from the instrument', () => {
    const cheap = intentIn({ price: even, instrument: { taker_fee_rate: '0.0001' } })
    expect(cheap.expected_cost_bps).toBeCloseTo(2 + 2, 10)
  })

  it('contains the whole spread', () => {
    const spread = intentIn({ price: { bid: 99.95, ask: 100.05 } })
    expect(spread.expected_cost_bps).toBeCloseTo(10 + 10, 10)
    expect(spread.spread_bps).toBeCloseTo(10, 10)
  })

  it('contains the funding that is paid over the horizon, and none that is received', () => {
    const world = { price: { ...even, funding_rate_8h: 0.0008 }, signal: { horizon_ms: 3_600_000 } }
    expect(intentIn(world).expected_cost_bps).toBeCloseTo(10 + 1, 10)
    const short = { ...world, signal: { ...world.signal, action: 'SELL' as const } }
    expect(intentIn(short).expected_cost_bps).toBeCloseTo(10, 10)
  })

  it('knows who pays', () => {
    expect(payingRate('BUY', 0.001)).toBe(0.001)
    expect(payingRate('SELL', -0.001)).toBe(0.001)
    expect(payingRate('SELL', 0.001)).toBe(0)
    expect(payingRate('BUY', null)).toBe(0)
  })
})

describe('the cost gate', () => {
  // Cost 10 bps, confidence 0.8: the move must exceed 12.5 bps.
  it('refuses an edge equal to the cost and passes one just above', () => {
    const at = { price: even, signal: { expected_move_bps: 12.5 } }
    expect(refusalIn(at).reason).toBe('COST_EXCEEDS_EDGE')
    expect(intentIn({ ...at, signal: { expected_move_bps: 12.51 } }).symbol).toBe('BTCUSDT')
  })

  it('asks for more with a higher edge factor and for nothing with 0', () => {
    const config = (edge_factor: number) => ({ router: { edge_factor } })
    const signal = { expected_move_bps: 20 }
    expect(refusalIn({ price: even, signal, config: config(2) }).reason).toBe('COST_EXCEEDS_EDGE')
    const none = { price: even, signal: { expected_move_bps: 0 }, config: config(0) }
    expect(intentIn(none).expected_move_bps).toBe(0)
  })

  it('refuses a target inside the cost, whatever the edge', () => {
    const config = { router: { target_r: 0.1, edge_factor: 0 } }
    expect(refusalIn({ price: even, config }).reason).toBe('COST_EXCEEDS_EDGE')
  })

  it('says what the costs consist of', () => {
    expect(refusalIn({ signal: { expected_move_bps: 5 } }).detail).toBe(
      'expected more than 1 x 12.00 bps (fees 8.00, spread 2.00, slippage 2.00, funding 0.00), was 4.00 bps: a move of 5.00 bps x confidence 0.8',
    )
  })
})

describe('the expected standard move', () => {
  it('grows with the root of the number of bars', () => {
    const one = expectedSigmaBps(signalOf({ horizon_ms: 60_000 }))
    expect(one).toBeCloseTo(10 / Math.sqrt(8 / Math.PI), 12)
    expect(expectedSigmaBps(signalOf({ horizon_ms: 240_000 }))).toBeCloseTo(2 * one, 12)
  })
})

describe('the stop distance', () => {
  const stopBps = (world: Parameters<typeof intentIn>[0]) => {
    const intent = intentIn({ price: even, ...world })
    return Math.round((1 - Number(intent.stop_price) / Number(intent.reference_price)) * 10_000)
  }

  it('is the largest of the smallest stop, the cost, and the expected move in sigmas', () => {
    const calm = { atr_bps: 0 }
    expect(stopBps({ signal: calm, config: { router: { min_stop_bps: 25 } } })).toBe(25)
    expect(stopBps({ signal: calm, config: { router: { min_stop_bps: 1 } } })).toBe(10)
    expect(stopBps({ signal: { atr_bps: 40, expected_move_bps: 300 } })).toBe(131)
  })
})
