// Expects price to come back from a stretch; must never stand against a strong trend.
import { featureSetHash } from '../features.ts'
import type { Model } from '../model.ts'
import { opinionOf } from '../model.ts'

/** Standard deviations from the mean that count as stretched. */
const stretchThreshold = 1.2
/** A trend is strong, and this model off, when the averages are this many ranges apart and the path was this straight. */
const strongGap = 1.3
const strongEfficiency = 0.5
/** A stretch is remembered for some bars, less each bar, so that the turn itself still has it. */
const kept = 0.85
/** What a stretch counts while price still runs away. */
const unturned = 0.6

/** Places in the memory. */
const stretched = 0
const turned = 1
const off = 2

/** z-score of price against the mean of 20 closes, at its widest in the last bars, counted in full once price turns back. */
export const meanReversion: Model = {
  name: 'mean-reversion',
  version: '1.0.0',
  featureSetHash,
  intervalMs: null,
  weight: null,
  minimumBars: 5,
  initial: () => [0, 0, 0],
  update(_bar, features, memory) {
    const faded = memory[stretched]! * kept
    memory[stretched] = Math.abs(features.stretch) >= Math.abs(faded) ? features.stretch : faded
    memory[turned] = features.move * memory[stretched] < 0 ? 1 : 0
    const strong =
      Math.abs(features.average_gap) >= strongGap && features.efficiency >= strongEfficiency
    memory[off] = strong ? 1 : 0
  },
  vote(memory) {
    if (memory[off] === 1) return opinionOf(0, stretchThreshold)
    const score = memory[turned] === 1 ? memory[stretched]! : memory[stretched]! * unturned
    return opinionOf(-score, stretchThreshold)
  },
}
