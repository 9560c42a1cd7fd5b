// What reinforcement learning says about a size, and what of it counts. The block is filled on every intent.
// In shadow the multiplier is exactly 1: it never changes size, side or rank. It never flips a side in any mode.
import type { Config } from '../../schemas/config.ts'
import type { RlEffect, RlGateReason, RlInfluence, RlPolicy } from '../../schemas/types.gen.ts'
import type { IntentLike, PolicyAction } from '../rl-state.ts'
import { maxMultiplier, minMultiplier, policyAction, rlStateKey } from '../rl-state.ts'

export interface InfluenceOptions {
  readonly settings: Config['rl']
  readonly policy: RlPolicy | undefined
  readonly intent: IntentLike
  readonly nowMs: number
  /** Last time the policy changed a size of this account and symbol, or would have. */
  readonly influencedAtMs: number | null
}

/** The influence block of one intent. */
export function rlInfluence(options: InfluenceOptions): RlInfluence {
  const { settings, policy } = options
  const said = policyAction(policy, rlStateKey(options.intent))
  const reason = firstClosedGate(options, said)
  const pass = reason === 'PASS'
  const live = pass && settings.mode === 'live'
  // A surer policy weighs more, up to max_weight at full confidence.
  const weight = live ? settings.max_weight * said.confidence : 0
  return {
    enabled: settings.mode !== 'off',
    gate_pass: pass,
    gate_reason: reason,
    action: said.action,
    confidence: said.confidence,
    version: policy?.version ?? '',
    policy_age_ms: policy === undefined ? null : options.nowMs - policy.updated_at_ms,
    weight,
    multiplier_proposed: said.multiplier,
    multiplier_applied: live ? bounded(1 + weight * (said.multiplier - 1)) : 1,
    effect: pass ? effectOf(said, live) : 'NONE',
  }
}

/** Whether the influence starts the policy's cooldown: it changed a size, or in shadow would have. */
export function startsCooldown(influence: RlInfluence): boolean {
  return influence.effect !== 'NONE'
}

/** Gates in order: kill switch, enabled, data, age of the policy, its confidence, the ensemble's, cooldown. */
function firstClosedGate(options: InfluenceOptions, said: PolicyAction): RlGateReason {
  const { settings, policy, intent, nowMs, influencedAtMs } = options
  if (settings.kill_switch) return 'KILL_SWITCH_ACTIVE'
  if (settings.mode === 'off') return 'RL_DISABLED'
  if (policy === undefined || said.action === 'NONE') return 'NO_RL_DATA'
  if (!(nowMs - policy.updated_at_ms <= settings.max_policy_age_ms)) return 'POLICY_STALE'
  if (!(said.confidence >= settings.min_confidence)) return 'RL_CONF_LOW'
  if (!(intent.ensemble_confidence >= settings.min_ensemble_confidence)) return 'ENSEMBLE_CONF_LOW'
  if (influencedAtMs !== null && nowMs - influencedAtMs < settings.cooldown_ms)
    return 'COOLDOWN_ACTIVE'
  return 'PASS'
}

function effectOf(said: PolicyAction, live: boolean): RlEffect {
  switch (said.action) {
    case 'INCREASE':
      return live ? 'REINFORCE' : 'WOULD_REINFORCE'
    case 'DECREASE':
      return live ? 'REDUCE' : 'WOULD_REDUCE'
    case 'KEEP':
    case 'NONE':
      return 'NONE'
  }
}

const bounded = (multiplier: number): number =>
  Math.min(maxMultiplier, Math.max(minMultiplier, multiplier))
