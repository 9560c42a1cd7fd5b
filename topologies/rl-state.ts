// The state a sizing decision is learned by and looked up by: one definition for the router that asks and the agent that learns.
// It must never read anything that was not known when the intent was made.
import type { Evidence, RlAction, RlPolicy, TradeIntent } from '../schemas/types.gen.ts'

/** The part of an intent that the state is made of; the router has it before the intent has a size. */
export type IntentLike = Pick<
  TradeIntent,
  | 'side'
  | 'regime'
  | 'confidence'
  | 'ensemble_confidence'
  | 'consensus'
  | 'atr_bps'
  | 'spread_bps'
  | 'divergence_bps'
  | 'funding_rate_8h'
  | 'expected_move_bps'
  | 'expected_cost_bps'
  | 'horizon_ms'
>

/** What a policy says about one state. */
export interface PolicyAction {
  readonly action: RlAction
  /** Size multiplier, minMultiplier to maxMultiplier; exactly 1 unless the action is INCREASE or DECREASE. */
  readonly multiplier: number
  /** How sure the policy is of the direction of its action, 0 to 1. */
  readonly confidence: number
}

/** Bounds of the multiplier, whatever was learned. */
export const minMultiplier = 0.5
export const maxMultiplier = 1.5

/** Lower ends of the confidence buckets 1, 2 and 3. */
const confidenceEdges = [0.6, 0.7, 0.8]
/** Lower ends of the volatility buckets 1, 2 and 3: average true range of one bar in basis points. */
const volatilityEdgesBps = [5, 20, 80]
/** A change of size smaller than this is not worth an action. */
const keepBand = 0.05
/** Rewards that a new state is assumed to have had, with a mean of 0 R and a deviation of 1 R: few rewards say little. */
const priorRewards = 10

/** Discrete state of a decision, for example `TREND|BUY|c2|v1`. Equal for the intent and for what it was made from. */
export function rlStateKey(intent: IntentLike): string {
  const confidence = bucketOf(intent.confidence, confidenceEdges)
  const volatility = bucketOf(intent.atr_bps, volatilityEdgesBps)
  return `${intent.regime}|${intent.side}|c${confidence}|v${volatility}`
}

/**
 * The state as named numbers, stored with the reward. What was unknown is left out, never 0. Funding counts from the
 * position's point of view: above 0 is paid.
 */
export function rlFeatures(intent: IntentLike): Evidence[] {
  const sign = intent.side === 'SELL' ? -1 : 1
  const known: [string, number | null][] = [
    ['side_sign', sign],
    ['confidence', intent.confidence],
    ['ensemble_confidence', intent.ensemble_confidence],
    ['consensus', intent.consensus],
    ['atr_bps', intent.atr_bps],
    ['spread_bps', intent.spread_bps],
    ['divergence_bps', intent.divergence_bps],
    ['funding_paid_8h', intent.funding_rate_8h === null ? null : sign * intent.funding_rate_8h],
    ['expected_move_bps', intent.expected_move_bps],
    ['expected_cost_bps', intent.expected_cost_bps],
    ['horizon_ms', intent.horizon_ms],
  ]
  return known.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]))
}

/**
 * What the policy would do with a size in that state. The mean reward in R, shrunk towards 0 by the prior, is added to
 * 1 and clamped; confidence is the probability mass within |mean| / standard error of a normal distribution.
 * A state never seen, or numbers that are not finite, give NONE.
 */
export function policyAction(policy: RlPolicy | null | undefined, stateKey: string): PolicyAction {
  const cell = policy?.cells.find((one) => one.state_key === stateKey)
  if (cell === undefined || cell.count <= 0) return noAction
  const rewards = cell.count + priorRewards
  const mean = (cell.count * cell.mean_reward_r) / rewards
  const shift = (cell.count * priorRewards * cell.mean_reward_r ** 2) / rewards
  const variance = (cell.m2_reward_r + priorRewards + shift) / rewards
  const confidence = massWithin(Math.abs(mean) / Math.sqrt(variance / rewards))
  if (!Number.isFinite(mean) || !Number.isFinite(confidence)) return noAction
  const multiplier = Math.min(maxMultiplier, Math.max(minMultiplier, 1 + mean))
  if (Math.abs(multiplier - 1) < keepBand) return { action: 'KEEP', multiplier: 1, confidence }
  return { action: multiplier > 1 ? 'INCREASE' : 'DECREASE', multiplier, confidence }
}

const noAction: PolicyAction = { action: 'NONE', multiplier: 1, confidence: 0 }

/** How many edges the value has reached: the number of its bucket. */
function bucketOf(value: number, edges: readonly number[]): number {
  return edges.filter((edge) => value >= edge).length
}

/** erf(z / √2) by the tanh approximation of the normal distribution (E. Page, Applied Statistics 26, 1977); off by < 0.0004. */
function massWithin(z: number): number {
  return Math.tanh(Math.sqrt(2 / Math.PI) * z * (1 + 0.044715 * z * z))
}
