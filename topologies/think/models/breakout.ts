// Follows a break of the channel while it holds, and turns against it when it fails; must forget both after some bars.
import type { MarketBar } from '../../../schemas/types.gen.ts'
import { featureSetHash } from '../features.ts'
import type { Features } from '../features.ts'
import type { Model } from '../model.ts'
import { opinionOf } from '../model.ts'

/** True range over its mean, or short over long volatility, that counts as expansion. */
const expansion = 1.1
/** A close this far back inside the channel, in average ranges, makes the break a failed one. */
const failedInside = 0.1
/** Bars for which a break, or a failed one, has a say. */
const lifeBars = 8
/** What a bar of age takes from its score. */
const ageing = 0.1

/** Places in the memory: side +1 or -1 (0 for none), whether it failed, the broken level, its age, and close in ranges from it. */
const side = 0
const failed = 1
const level = 2
const age = 3
const distance = 4

/**
 * Close beyond the highest high or lowest low of 20 bars with expanding volatility. A break that closes back inside within a
 * few bars is a failed one and votes the other way (the "turtle soup" of Raschke and Connors, Street Smarts, 1995).
 */
export const breakout: Model = {
  name: 'breakout',
  version: '1.0.0',
  featureSetHash,
  intervalMs: null,
  weight: null,
  minimumBars: 5,
  initial: () => [0, 0, 0, 0, 0],
  update(bar, features, memory) {
    const broken = brokenSide(bar, features)
    if (broken !== 0 && (memory[side] !== broken || memory[failed] === 1)) {
      open(memory, broken, 0, broken > 0 ? features.channel_high : features.channel_low)
    } else if (memory[side] !== 0) {
      memory[age]!++
      if (memory[age]! > lifeBars) open(memory, 0, 0, 0)
    }
    if (memory[side] === 0 || !(features.atr > 0)) return
    memory[distance] = (bar.close - memory[level]!) / features.atr
    if (memory[failed] === 0 && memory[distance] * memory[side]! < -failedInside)
      open(memory, -memory[side]!, 1, memory[level]!)
  },
  vote(memory) {
    const beyond = memory[distance]! * memory[side]!
    const score = memory[side] === 0 ? 0 : Math.max(0, 1 + beyond - ageing * memory[age]!)
    return opinionOf(score * memory[side]!, 1)
  },
}

function brokenSide(bar: MarketBar, features: Features): number {
  if (features.range_ratio < expansion && features.volatility_ratio < expansion) return 0
  if (bar.close > features.channel_high) return 1
  return bar.close < features.channel_low ? -1 : 0
}

function open(memory: number[], newSide: number, newFailed: number, newLevel: number): void {
  memory[side] = newSide
  memory[failed] = newFailed
  memory[level] = newLevel
  memory[age] = 0
  if (newSide === 0) memory[distance] = 0
}
