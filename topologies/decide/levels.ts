// Stop and target of an entry, by side: a stop always loses, a target always wins, long and short mirror each other.
// All distances are from the reference price; nothing here knows leverage, which never moves a price.
import type { Decimal } from 'decimal.js'
import { exact, roundDownToStep, roundUpToStep } from '../../schemas/decimal.ts'
import type { EntrySide } from './facts.ts'

/** Prices fixed at the decision. */
export interface Levels {
  readonly reference: Decimal
  readonly stop: Decimal
  readonly target: Decimal
}

/** What the levels are made from. */
export interface LevelOptions {
  readonly side: EntrySide
  readonly reference: number
  readonly stopDistanceBps: number
  /** Target distance as a multiple of the stop distance. */
  readonly targetR: number
  readonly tickSize: string
}

/**
 * Stop and target on ticks. Both are rounded against the trade: the stop away from the reference, so that it is never
 * closer than asked, the target towards it, so that it never promises more. That is down for a buy and up for a sell.
 */
export function levelsFor(options: LevelOptions): Levels {
  const { side, stopDistanceBps, targetR } = options
  const reference = exact(options.reference)
  const tick = exact(options.tickSize)
  const stopDistance = reference.times(stopDistanceBps).dividedBy(10_000)
  const targetDistance = stopDistance.times(targetR)
  if (side === 'BUY')
    return {
      reference,
      stop: roundDownToStep(reference.minus(stopDistance), tick),
      target: roundDownToStep(reference.plus(targetDistance), tick),
    }
  return {
    reference,
    stop: roundUpToStep(reference.plus(stopDistance), tick),
    target: roundUpToStep(reference.minus(targetDistance), tick),
  }
}

/** Distance of a price from the reference in basis points of the reference, at least 0. */
export function distanceBps(levels: Levels, price: Decimal): number {
  return price.minus(levels.reference).abs().dividedBy(levels.reference).times(10_000).toNumber()
}

/**
 * What is wrong with the levels, or null: all above 0, the stop on the losing side, the target on the winning side,
 * the stop at most `maxStopBps` and the target at most `targetR` times that away.
 */
export function levelFault(
  levels: Levels,
  side: EntrySide,
  band: { readonly maxStopBps: number; readonly targetR: number },
): string | null {
  const { reference, stop, target } = levels
  const [lowest, highest] = side === 'BUY' ? [stop, target] : [target, stop]
  if (!(lowest.gt(0) && lowest.lt(reference) && highest.gt(reference)))
    return `expected 0 < ${side === 'BUY' ? 'stop < reference < target' : 'target < reference < stop'}, was stop ${stop.toFixed()}, reference ${reference.toFixed()}, target ${target.toFixed()}`
  const stopBps = distanceBps(levels, stop)
  const targetBps = distanceBps(levels, target)
  const maxTargetBps = band.maxStopBps * band.targetR
  if (stopBps <= band.maxStopBps && targetBps <= maxTargetBps) return null
  return `expected a stop within ${band.maxStopBps} bps and a target within ${maxTargetBps} bps, was ${stopBps.toFixed(2)} and ${targetBps.toFixed(2)} bps`
}
