// Follows a trend that is both wide and still moving; must stay silent when the averages only wobble.
import { featureSetHash } from '../features.ts'
import type { Model } from '../model.ts'
import { opinionOf } from '../model.ts'

/** Gap between the averages, in average ranges, from which a trend is one. */
const gapThreshold = 0.35

/** Places in the memory. */
const gap = 0
const slope = 1
const location = 2

/** Gap of two exponential means over the average true range, if the slower mean moves the same way. */
export const trend: Model = {
  name: 'trend',
  version: '1.0.0',
  featureSetHash,
  intervalMs: null,
  weight: null,
  minimumBars: 3,
  initial: () => [0, 0, 0],
  update(_bar, features, memory) {
    memory[gap] = features.average_gap
    memory[slope] = features.average_slope
    memory[location] = features.stretch
  },
  vote(memory) {
    const side = Math.sign(memory[gap]!)
    // The slow mean still moves that way, and price has not left the trend already.
    const alive = side * memory[slope]! > 0 && side * memory[location]! > 0
    return opinionOf(alive ? memory[gap]! : memory[gap]! * fading, gapThreshold)
  },
}

/** What is left of the score of a trend that is turning. */
const fading = 0.4
