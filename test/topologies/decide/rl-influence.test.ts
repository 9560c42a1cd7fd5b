import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RlPolicy } from '../../../schemas/types.gen.ts'
import { rlInfluence, startsCooldown } from '../../../topologies/decide/rl-influence.ts'
import { testConfig } from '../../kit/given.ts'
import { rlPolicyOf, startMs, tradeIntentOf } from '../../kit/records.ts'

const stateKey = 'TREND|BUY|c3|v1'
const policyOf = (mean: number, changes: Partial<RlPolicy> = {}) =>
  rlPolicyOf({
    version: '7',
    cells: [{ state_key: stateKey, count: 90, mean_reward_r: mean, m2_reward_r: 90 }],
    ...changes,
  })

interface Case {
  rl?: object
  policy?: RlPolicy | undefined
  ensemble?: number
  influencedAtMs?: number | null
}

function influenceOf(one: Case = {}) {
  return rlInfluence({
    settings: testConfig({ rl: one.rl ?? {} }).rl,
    policy: 'policy' in one ? one.policy : policyOf(0.4),
    intent: tradeIntentOf({ ensemble_confidence: one.ensemble ?? 0.85 }),
    nowMs: startMs + 1_000,
    influencedAtMs: one.influencedAtMs ?? null,
  })
}

describe('the gates of the policy', () => {
  it.each<[string, Case]>([
    ['KILL_SWITCH_ACTIVE', { rl: { kill_switch: true, mode: 'off' } }],
    ['RL_DISABLED', { rl: { mode: 'off' }, policy: undefined }],
    ['NO_RL_DATA', { policy: undefined }],
    ['NO_RL_DATA', { policy: rlPolicyOf() }],
    ['POLICY_STALE', { policy: policyOf(0.01, { updated_at_ms: startMs - 599_001 }) }],
    ['RL_CONF_LOW', { policy: policyOf(0.01), ensemble: 0.1 }],
    ['ENSEMBLE_CONF_LOW', { ensemble: 0.54, influencedAtMs: startMs }],
    ['COOLDOWN_ACTIVE', { influencedAtMs: startMs - 118_999 }],
    ['PASS', { influencedAtMs: startMs - 119_000 }],
    ['PASS', { policy: policyOf(0.4, { updated_at_ms: startMs - 599_000 }) }],
  ])('close in their order: %s', (reason, one) => {
    const influence = influenceOf(one)
    expect(influence.gate_reason).toBe(reason)
    expect(influence.gate_pass).toBe(reason === 'PASS')
    if (reason !== 'PASS')
      expect(influence).toMatchObject({ multiplier_applied: 1, weight: 0, effect: 'NONE' })
  })
})

describe('the influence block', () => {
  it('is whole when the policy is off and absent', () => {
    expect(influenceOf({ rl: { mode: 'off' }, policy: undefined })).toEqual({
      enabled: false,
      gate_pass: false,
      gate_reason: 'RL_DISABLED',
      action: 'NONE',
      confidence: 0,
      version: '',
      policy_age_ms: null,
      weight: 0,
      multiplier_proposed: 1,
      multiplier_applied: 1,
      effect: 'NONE',
    })
  })

  it('says in shadow what would be done, and does nothing', () => {
    const influence = influenceOf()
    expect(influence).toMatchObject({
      enabled: true,
      action: 'INCREASE',
      version: '7',
      policy_age_ms: 1_000,
      weight: 0,
      multiplier_applied: 1,
      effect: 'WOULD_REINFORCE',
    })
    expect(influence.multiplier_proposed).toBeCloseTo(1.36, 10)
    expect(influenceOf({ policy: policyOf(-0.4) }).effect).toBe('WOULD_REDUCE')
  })

  it('changes the size live, by no more than its weight', () => {
    const up = influenceOf({ rl: { mode: 'live' } })
    expect(up.weight).toBeGreaterThan(0.09)
    expect(up.weight).toBeLessThanOrEqual(0.1)
    expect(up.multiplier_applied).toBeCloseTo(1 + up.weight * 0.36, 12)
    expect(up.effect).toBe('REINFORCE')
    const down = influenceOf({ rl: { mode: 'live' }, policy: policyOf(-0.4) })
    expect(down.multiplier_applied).toBeCloseTo(1 - down.weight * 0.36, 12)
    expect(down.effect).toBe('REDUCE')
  })

  it('starts a cooldown when it changes a size or would have, and not otherwise', () => {
    expect(startsCooldown(influenceOf())).toBe(true)
    expect(startsCooldown(influenceOf({ rl: { mode: 'live' } }))).toBe(true)
    expect(startsCooldown(influenceOf({ ensemble: 0.1 }))).toBe(false)
    expect(startsCooldown(influenceOf({ rl: { kill_switch: true } }))).toBe(false)
  })

  it('applies a multiplier from 0.5 to 1.5 for any policy and any weight', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom('off', 'shadow', 'live'),
        (mean, max_weight, mode) => {
          const influence = influenceOf({
            rl: { mode, max_weight, min_confidence: 0 },
            policy: policyOf(mean),
          })
          expect(influence.multiplier_applied).toBeGreaterThanOrEqual(0.5)
          expect(influence.multiplier_applied).toBeLessThanOrEqual(1.5)
          if (mode !== 'live') expect(influence.multiplier_applied).toBe(1)
        },
      ),
    )
  })
})
