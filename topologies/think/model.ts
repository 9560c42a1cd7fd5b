// The port of a model: something that takes complete bars one by one and has one vote. Our own models and learned ones
// look alike from here. A model must keep nothing outside the memory it is given.
import type { Action, MarketBar } from '../../schemas/types.gen.ts'
import type { Features } from './features.ts'

export interface Model {
  readonly name: string
  readonly version: string
  /** Feature set it was made for; with any other it has no vote (MISMATCH). */
  readonly featureSetHash: string
  /** Interval of the bars it was made for, null for any. */
  readonly intervalMs: number | null
  /** Its weight from its bundle; null takes the configured weight of its name. */
  readonly weight: number | null
  /** Bars it needs itself before it can vote; the configuration may ask for more. */
  readonly minimumBars: number
  /** A memory that knows nothing: plain numbers, kept by the engine in its changelog, changed only by `update`. */
  initial(): number[]
  /** Takes one complete bar and the features after it into the memory, in place. */
  update(bar: MarketBar, features: Features, memory: number[]): void
  /** Its vote after the last bar, null when an input is missing: then it is out, which is not HOLD. */
  vote(memory: readonly number[]): Opinion | null
}

export interface Opinion {
  readonly action: Action
  /** How sure, 0 to 1. */
  readonly confidence: number
}

/** Confidence of a vote lies between these; it starts at the lower one where a score just reaches its threshold. */
const surest = 0.95
const leastSure = 0.5

/**
 * The opinion of a score against its threshold, alike for both sides: below it HOLD, the surer the smaller the score; from it on
 * BUY or SELL, with 0.725 at twice and 0.8 at three times the threshold.
 */
export function opinionOf(score: number, threshold: number): Opinion {
  const size = Math.abs(score) / threshold
  if (size < 1) return { action: 'HOLD', confidence: leastSure + (surest - leastSure) * (1 - size) }
  const beyond = size - 1
  return {
    action: score > 0 ? 'BUY' : 'SELL',
    confidence: leastSure + (surest - leastSure) * (beyond / (1 + beyond)),
  }
}

/** Whether an answer is a vote at all: a closed action and a confidence between 0 and 1. */
export function isOpinion(opinion: Opinion | null): opinion is Opinion {
  return (
    opinion !== null &&
    (opinion.action === 'BUY' || opinion.action === 'SELL' || opinion.action === 'HOLD') &&
    opinion.confidence >= 0 &&
    opinion.confidence <= 1
  )
}

/** Stands in the ensemble for a model that could not be loaded, so that each signal shows that it is out. */
export function absentModel(
  identity: Pick<Model, 'name' | 'version' | 'featureSetHash' | 'intervalMs' | 'weight'>,
): Model {
  return {
    ...identity,
    minimumBars: 0,
    initial: () => [],
    update: () => undefined,
    vote: () => null,
  }
}
