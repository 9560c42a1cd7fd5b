// Follows aggressors when their imbalance is unusual for this market; must be out, not neutral, where no volume is known.
import { featureSetHash } from '../features.ts'
import type { Model } from '../model.ts'
import { opinionOf } from '../model.ts'

/** Deviations of the imbalance from its own mean that count as unusual. */
const scoreThreshold = 0.6
/** Flow in a market that sleeps counts less, in one that wakes up more: limits of that factor. */
const quietest = 0.5
const liveliest = 1.3

/** Places in the memory: whether volume is known, the score of the imbalance, the volatility regime's factor. */
const known = 0
const score = 1
const regime = 2

/** Taker imbalance against its own mean and deviation, weighted by the volatility regime (short over long volatility). */
export const orderFlow: Model = {
  name: 'order-flow',
  version: '1.0.0',
  featureSetHash,
  intervalMs: null,
  weight: null,
  minimumBars: 5,
  initial: () => [0, 0, 1],
  update(_bar, features, memory) {
    memory[known] = features.imbalance_score === null ? 0 : 1
    memory[score] = features.imbalance_score ?? 0
    memory[regime] = Math.min(liveliest, Math.max(quietest, features.volatility_ratio))
  },
  vote(memory) {
    if (memory[known] !== 1) return null
    return opinionOf(memory[score]! * memory[regime]!, scoreThreshold)
  },
}
