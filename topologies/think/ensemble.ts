// Four votes become one opinion. HOLD is final, and nothing in here may raise a confidence.
import type { Action, ModelVote } from '../../schemas/types.gen.ts'
import { invariant } from '../kernel/invariant.ts'

export interface Verdict {
  readonly action: Action
  /** Weighted mean confidence of the models that vote for the action, 0 when none does. */
  readonly ensembleConfidence: number
  /** Calibrated: never above ensembleConfidence. */
  readonly confidence: number
  /** Models that vote for the action. */
  readonly consensus: number
}

export interface EnsembleLimits {
  /** Equal directional votes needed, counted over all models asked, whether they vote or not. */
  readonly consensus: number
  readonly confidence_cap: number
}

/**
 * Re-normalises the weights over the models that vote, in place; every other model gets 0. Equal weights when all of
 * them have none.
 */
export function normaliseWeights(votes: ModelVote[]): void {
  let sum = 0
  let voting = 0
  for (const vote of votes) {
    if (vote.status !== 'VOTING') continue
    sum += vote.weight
    voting++
  }
  for (const vote of votes)
    vote.weight = vote.status !== 'VOTING' ? 0 : sum > 0 ? vote.weight / sum : 1 / voting
}

/**
 * The action with the most weight wins; a tie is HOLD, and so is a direction with fewer votes than the consensus.
 * Weights are normalised.
 */
export function decideTogether(votes: readonly ModelVote[], limits: EnsembleLimits): Verdict {
  const buy = weightOf(votes, 'BUY')
  const sell = weightOf(votes, 'SELL')
  const hold = weightOf(votes, 'HOLD')
  const leader = leaderOf(buy, sell, hold)
  const action = countOf(votes, leader) >= limits.consensus ? leader : 'HOLD'
  const share = action === 'BUY' ? buy : action === 'SELL' ? sell : hold
  const raw = Math.min(limits.confidence_cap, meanConfidence(votes, action))
  const confidence = calibrate(raw, share)
  invariant(confidence <= raw, `expected a confidence of at most ${raw}, was ${confidence}`)
  return { action, ensembleConfidence: raw, confidence, consensus: countOf(votes, action) }
}

/** Below this, a difference of two sums of weights is rounding, so it is a tie. */
const rounding = 1e-9

function leaderOf(buy: number, sell: number, hold: number): Action {
  if (buy > sell + rounding && buy > hold + rounding) return 'BUY'
  if (sell > buy + rounding && sell > hold + rounding) return 'SELL'
  return 'HOLD'
}

/** Largest part of a confidence that disagreement takes away. */
const disagreementPart = 0.25

/**
 * Shrinks raw confidence by the weight of those who voted otherwise: all of it stays with one voice, three quarters in the limit.
 * Rises with both arguments and never exceeds `raw`. The models here have no measured reliability yet; a bundle that has
 * can only lower this further.
 */
export function calibrate(raw: number, share: number): number {
  const agreed = Math.min(1, Math.max(0, share))
  return Math.min(raw, raw * (1 - disagreementPart * (1 - agreed)))
}

function weightOf(votes: readonly ModelVote[], action: Action): number {
  let sum = 0
  for (const vote of votes) if (votesFor(vote, action)) sum += vote.weight
  return sum
}

function countOf(votes: readonly ModelVote[], action: Action): number {
  let count = 0
  for (const vote of votes) if (votesFor(vote, action)) count++
  return count
}

function meanConfidence(votes: readonly ModelVote[], action: Action): number {
  let sum = 0
  let weight = 0
  for (const vote of votes) {
    if (!votesFor(vote, action)) continue
    sum += vote.weight * vote.confidence
    weight += vote.weight
  }
  return weight > 0 ? sum / weight : 0
}

const votesFor = (vote: ModelVote, action: Action): boolean =>
  vote.status === 'VOTING' && vote.action === action
