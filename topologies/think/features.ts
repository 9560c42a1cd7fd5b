// The one feature set of the ensemble, kept incrementally: training and live use this code, on complete bars only.
// A missing input must never become a zero that looks like a measurement: what can't be known is null.
import type { FeatureMemory, MarketBar } from '../../schemas/types.gen.ts'
import { hashId } from '../kernel/id.ts'

/** Bars in the windows of closes, highs and lows. */
const windowBars = 20

const spans = {
  averageFast: 8,
  averageSlow: 21,
  volatilityFast: 5,
  volatility: 20,
  volatilitySlow: 60,
  atr: 14,
  flow: 4,
  volume: 20,
  imbalance: 30,
} as const

/** The definition of every feature, in order: a learned model's vector has these entries in this order. */
export const featureDefinitions = {
  move: 'ln(close / previous close) / sqrt(1 + missing bars); 0 on the first bar',
  volatility:
    'square root of the exponential mean of move squared, span 20; here and below, alpha is 2 / (span + 1), or 1 / count while that is more',
  volatility_ratio: 'the same with span 5 over the same with span 60; 1 without movement',
  atr: 'mean true range in price units, Wilder 14; without the previous close after a gap',
  average_gap: '(exponential mean of closes, span 8, less the same with span 21) / atr',
  average_slope: 'change of the span 21 mean over one bar / atr',
  efficiency: '|close - first of 20 closes| / sum of |changes| between them; 0 without movement',
  stretch: '(close - mean of 20 closes) / their standard deviation; 0 without movement',
  channel_high: 'highest high of the 20 bars before this one',
  channel_low: 'lowest low of the 20 bars before this one',
  range_ratio: 'true range / atr before this bar; 1 without movement',
  close_location: '((close - low) - (high - close)) / (high - low); 0 without range',
  imbalance:
    'exponential mean of bought less sold volume over that of volume, span 4, where the aggressor is unknown close_location x volume; null without volume',
  imbalance_score:
    '(imbalance - its exponential mean) / its exponential deviation, span 30; null without volume',
  volume_ratio: 'volume / its exponential mean, span 20; null without volume',
} as const

export type FeatureName = keyof typeof featureDefinitions

/** Identity of the feature set: equal definitions have equal hashes, anything else is a mismatch. */
export const featureSetHash = hashId(JSON.stringify(featureDefinitions))

/** Values after one bar. Prices are in quote units, the rest has no unit. */
export type Features = Record<Exclude<FeatureName, NullableFeature>, number> &
  Record<NullableFeature, number | null>
type NullableFeature = 'imbalance' | 'imbalance_score' | 'volume_ratio'

/** Memory before the first bar. */
export function emptyFeatureMemory(): FeatureMemory {
  return {
    bars: 0,
    close: 0,
    average_fast: 0,
    average_slow: 0,
    variance_fast: 0,
    variance: 0,
    variance_slow: 0,
    atr: 0,
    signed_volume: 0,
    volume_fast: 0,
    volume: 0,
    imbalance_mean: 0,
    imbalance_variance: 0,
    closes: [],
    highs: [],
    lows: [],
  }
}

/** Takes one complete bar into the memory, in place, and returns the features after it. */
export function updateFeatures(memory: FeatureMemory, bar: MarketBar): Features {
  const first = memory.bars === 0
  if (memory.bars < longestSpan) memory.bars++
  const { bars } = memory
  const previousClose = first ? bar.open : memory.close
  const move = first ? 0 : Math.log(bar.close / previousClose) / Math.sqrt(1 + bar.missing_bars)
  const range = trueRange(bar, previousClose)
  const rangeRatio = memory.atr > 0 ? range / memory.atr : 1
  const channelHigh = first ? bar.high : largest(memory.highs)
  const channelLow = first ? bar.low : smallest(memory.lows)
  const previousSlow = first ? bar.close : memory.average_slow

  memory.close = bar.close
  memory.average_fast = mean(memory.average_fast, bar.close, spans.averageFast, bars)
  memory.average_slow = mean(memory.average_slow, bar.close, spans.averageSlow, bars)
  memory.atr += (range - memory.atr) / Math.min(bars, spans.atr)
  // The first move is no move: variances start with the second bar.
  if (!first) {
    const squared = move * move
    memory.variance_fast = mean(memory.variance_fast, squared, spans.volatilityFast, bars - 1)
    memory.variance = mean(memory.variance, squared, spans.volatility, bars - 1)
    memory.variance_slow = mean(memory.variance_slow, squared, spans.volatilitySlow, bars - 1)
  }
  slide(memory.closes, bar.close)
  slide(memory.highs, bar.high)
  slide(memory.lows, bar.low)

  const { atr } = memory
  const inRanges = (distance: number): number => (atr > 0 ? distance / atr : 0)
  const height = bar.high - bar.low
  const closeLocation = height > 0 ? (2 * bar.close - bar.low - bar.high) / height : 0
  return {
    move,
    volatility: Math.sqrt(memory.variance),
    volatility_ratio:
      memory.variance_slow > 0 ? Math.sqrt(memory.variance_fast / memory.variance_slow) : 1,
    atr,
    average_gap: inRanges(memory.average_fast - memory.average_slow),
    average_slope: inRanges(memory.average_slow - previousSlow),
    efficiency: efficiencyOf(memory.closes),
    stretch: stretchOf(memory.closes),
    channel_high: channelHigh,
    channel_low: channelLow,
    range_ratio: rangeRatio,
    close_location: closeLocation,
    ...updateFlow(memory, bar, closeLocation),
  }
}

const longestSpan = Math.max(...Object.values(spans)) + 1

/**
 * Order flow. Where a feed does not say who was the aggressor, the place of the close in the bar's range stands in for it
 * (Chaikin's close location value), weighted by volume like the real thing.
 */
function updateFlow(
  memory: FeatureMemory,
  bar: MarketBar,
  closeLocation: number,
): Pick<Features, NullableFeature> {
  const { bars } = memory
  const unknown = Math.max(0, bar.volume - bar.taker_buy_volume - bar.taker_sell_volume)
  const signed = bar.taker_buy_volume - bar.taker_sell_volume + closeLocation * unknown
  const usual = memory.volume
  memory.signed_volume = mean(memory.signed_volume, signed, spans.flow, bars)
  memory.volume_fast = mean(memory.volume_fast, bar.volume, spans.flow, bars)
  memory.volume = mean(memory.volume, bar.volume, spans.volume, bars)
  if (!(memory.volume_fast > 0))
    return { imbalance: null, imbalance_score: null, volume_ratio: null }
  const imbalance = memory.signed_volume / memory.volume_fast
  const surprise = imbalance - memory.imbalance_mean
  const deviation = Math.sqrt(memory.imbalance_variance)
  const alpha = Math.max(2 / (spans.imbalance + 1), 1 / bars)
  // Exponential mean and variance, updated together (T. Finch, Incremental calculation of weighted mean and variance, 2009).
  memory.imbalance_mean += alpha * surprise
  memory.imbalance_variance =
    (1 - alpha) * (memory.imbalance_variance + alpha * surprise * surprise)
  return {
    imbalance,
    imbalance_score: deviation > 0 ? surprise / deviation : 0,
    volume_ratio: usual > 0 ? bar.volume / usual : 1,
  }
}

/** Exponential mean, alpha = 2 / (span + 1). It starts as the plain mean, until 1 / count falls to alpha. */
function mean(before: number, value: number, span: number, count: number): number {
  return before + Math.max(2 / (span + 1), 1 / count) * (value - before)
}

/** Wilder's true range. Over a gap the previous close is no neighbour, so it is left out. */
function trueRange(bar: MarketBar, previousClose: number): number {
  if (bar.gap) return bar.high - bar.low
  return Math.max(bar.high, previousClose) - Math.min(bar.low, previousClose)
}

function slide(values: number[], value: number): void {
  if (values.length === windowBars) values.shift()
  values.push(value)
}

function largest(values: readonly number[]): number {
  let found = -Infinity
  for (const value of values) if (value > found) found = value
  return found
}

function smallest(values: readonly number[]): number {
  let found = Infinity
  for (const value of values) if (value < found) found = value
  return found
}

/** Kaufman's efficiency ratio: 1 for a straight line, near 0 for going nowhere. */
function efficiencyOf(closes: readonly number[]): number {
  let path = 0
  for (let i = 1; i < closes.length; i++) path += Math.abs(closes[i]! - closes[i - 1]!)
  return path > 0 ? Math.abs(closes[closes.length - 1]! - closes[0]!) / path : 0
}

function stretchOf(closes: readonly number[]): number {
  let sum = 0
  for (const close of closes) sum += close
  const centre = sum / closes.length
  let squares = 0
  for (const close of closes) squares += (close - centre) * (close - centre)
  const deviation = Math.sqrt(squares / closes.length)
  // Below a billionth of the price it is rounding, not movement.
  return deviation > centre * 1e-9 ? (closes[closes.length - 1]! - centre) / deviation : 0
}
