import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { policyAction, rlFeatures, rlStateKey } from '../../topologies/rl-state.ts'
import { rlPolicyOf, tradeIntentOf } from '../kit/records.ts'

const cellOf = (count: number, mean: number, m2 = count) => ({
  state_key: 'key',
  count,
  mean_reward_r: mean,
  m2_reward_r: m2,
})
const policyWith = (count: number, mean: number, m2 = count) =>
  rlPolicyOf({ cells: [cellOf(count, mean, m2)] })

describe('the state of a sizing decision', () => {
  it('names regime, side, confidence bucket and volatility bucket', () => {
    expect(rlStateKey(tradeIntentOf())).toBe('TREND|BUY|c3|v1')
    expect(rlStateKey(tradeIntentOf({ side: 'SELL', regime: 'CHOP' }))).toBe('CHOP|SELL|c3|v1')
  })

  it.each([
    [0.59999, 'c0'],
    [0.6, 'c1'],
    [0.7, 'c2'],
    [0.79999, 'c2'],
    [0.8, 'c3'],
    [1, 'c3'],
  ])('puts a confidence of %d into bucket %s', (confidence, bucket) => {
    expect(rlStateKey(tradeIntentOf({ confidence }))).toContain(`|${bucket}|`)
  })

  it.each([
    [0, 'v0'],
    [5, 'v1'],
    [20, 'v2'],
    [80, 'v3'],
    [10_000, 'v3'],
  ])('puts an ATR of %d bps into bucket %s', (atrBps, bucket) => {
    expect(rlStateKey(tradeIntentOf({ atr_bps: atrBps })).endsWith(`|${bucket}`)).toBe(true)
  })

  it('leaves unknown features out instead of making them 0', () => {
    const names = rlFeatures(tradeIntentOf()).map((feature) => feature.name)
    expect(names).toContain('spread_bps')
    expect(names).not.toContain('divergence_bps')
    expect(names).not.toContain('funding_paid_8h')
  })

  it('counts funding from the side that holds the position', () => {
    const paid = (side: 'BUY' | 'SELL') =>
      rlFeatures(tradeIntentOf({ side, funding_rate_8h: 0.0001 })).find(
        (feature) => feature.name === 'funding_paid_8h',
      )?.value
    expect(paid('BUY')).toBe(0.0001)
    expect(paid('SELL')).toBe(-0.0001)
  })
})

describe('what a policy says about a state', () => {
  it('has nothing to say without a policy, without the cell, and without a reward in it', () => {
    const nothing = { action: 'NONE', multiplier: 1, confidence: 0 }
    expect(policyAction(undefined, 'key')).toEqual(nothing)
    expect(policyAction(policyWith(5, 1), 'other')).toEqual(nothing)
    expect(policyAction(policyWith(0, 1), 'key')).toEqual(nothing)
    expect(policyAction(policyWith(50, Number.NaN), 'key')).toEqual(nothing)
  })

  it('increases after many gains and decreases after many losses, equally', () => {
    const up = policyAction(policyWith(90, 0.4), 'key')
    const down = policyAction(policyWith(90, -0.4), 'key')
    expect(up.action).toBe('INCREASE')
    expect(up.multiplier).toBeCloseTo(1.36, 10)
    expect(down.action).toBe('DECREASE')
    expect(down.multiplier).toBeCloseTo(0.64, 10)
    expect(up.confidence).toBe(down.confidence)
    expect(up.confidence).toBeGreaterThan(0.99)
  })

  it('keeps the size exactly when the gain is too small to act on', () => {
    expect(policyAction(policyWith(90, 0.01), 'key')).toMatchObject({
      action: 'KEEP',
      multiplier: 1,
    })
  })

  it('is unsure after few rewards, even when they are all equal', () => {
    expect(policyAction(policyWith(1, 1, 0), 'key').confidence).toBeLessThan(0.65)
    expect(policyAction(policyWith(40, 0.5, 0), 'key').confidence).toBeGreaterThan(0.65)
  })

  it('stays within 0.5 and 1.5, with a confidence from 0 to 1, whatever was learned', () => {
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.double({ noNaN: false }),
        fc.double({ min: 0, noNaN: true }),
        (count, mean, m2) => {
          const { action, multiplier, confidence } = policyAction(
            policyWith(count, mean, m2),
            'key',
          )
          expect(multiplier).toBeGreaterThanOrEqual(0.5)
          expect(multiplier).toBeLessThanOrEqual(1.5)
          expect(confidence).toBeGreaterThanOrEqual(0)
          expect(confidence).toBeLessThanOrEqual(1)
          expect(multiplier > 1).toBe(action === 'INCREASE')
          expect(multiplier < 1).toBe(action === 'DECREASE')
        },
      ),
    )
  })
})
