// The hidden price of one generated symbol: it trends up or down, ranges or swings, and changes its mind.
import type { Random } from './random.ts'

export type MarketRegime = 'TREND_UP' | 'TREND_DOWN' | 'RANGE' | 'VOLATILE'

export interface PricePath {
  readonly random: Random
  /** Where trends are drawn back to in the long run, so that no run ends at 0 or in the sky. */
  readonly anchorPrice: number
  readonly liveliness: number
  /** Natural logarithm of price / anchor, in basis points. */
  positionBps: number
  regime: MarketRegime
  /** Position at which the regime began; a range returns to it. */
  centreBps: number
  driftBpsPerSecond: number
  endsAtMs: number
  atMs: number
}

/** Half of the trends of a lively market are faster than this, in basis points a minute. */
const TREND_BPS_PER_MINUTE = { low: 60, high: 150 }

/** Noise at liveliness 1, in basis points per square root of a second. */
const NOISE_BPS: Record<MarketRegime, number> = {
  ...{ TREND_UP: 1.5, TREND_DOWN: 1.5, RANGE: 2, VOLATILE: 4 },
}

/** Distance from the anchor at which every trend turns back. */
const TETHER_BPS = 2_000

/** A path that starts at its anchor and with a trend, so that a short run has something to trade. */
export function startPath(
  random: Random,
  anchorPrice: number,
  liveliness: number,
  atMs: number,
): PricePath {
  const path: PricePath = {
    ...{ random, anchorPrice, liveliness, atMs, endsAtMs: atMs },
    ...{ positionBps: 0, centreBps: 0, driftBpsPerSecond: 0, regime: 'RANGE' },
  }
  enter(path, random.next() < 0.5 ? 'TREND_UP' : 'TREND_DOWN')
  return path
}

/** Moves the path on to `atMs` and returns the hidden price there. */
export function movePath(path: PricePath, atMs: number): number {
  const seconds = (atMs - path.atMs) / 1_000
  path.atMs = atMs
  if (atMs >= path.endsAtMs) enter(path, nextRegime(path))
  const pull = path.regime === 'RANGE' ? -0.1 * (path.positionBps - path.centreBps) : 0
  const noise = NOISE_BPS[path.regime] * path.liveliness * Math.sqrt(seconds)
  path.positionBps += (path.driftBpsPerSecond + pull) * seconds + noise * path.random.normal()
  return priceOf(path)
}

/** The hidden price now. */
export function priceOf(path: PricePath): number {
  return path.anchorPrice * Math.exp(path.positionBps / 10_000)
}

/** Moves the path to a price at once, as when a run goes on where the last one ended. */
export function placePath(path: PricePath, price: number): void {
  path.positionBps = Math.log(price / path.anchorPrice) * 10_000
  path.centreBps = path.positionBps
}

/** Direction of the market from -1 to 1: what order flow leans to. */
export function leaningOf(path: PricePath): number {
  return (path.driftBpsPerSecond * 60) / (TREND_BPS_PER_MINUTE.high * path.liveliness)
}

function enter(path: PricePath, regime: MarketRegime): void {
  const { random, liveliness } = path
  path.regime = regime
  path.centreBps = path.positionBps
  const speed =
    (random.between(TREND_BPS_PER_MINUTE.low, TREND_BPS_PER_MINUTE.high) * liveliness) / 60
  if (regime === 'TREND_UP') path.driftBpsPerSecond = speed
  else if (regime === 'TREND_DOWN') path.driftBpsPerSecond = -speed
  else path.driftBpsPerSecond = 0
  // A calmer market also changes its mind less often.
  const stretch = Math.min(60, Math.max(1, 1 / liveliness))
  path.endsAtMs = path.atMs + random.between(20_000, 50_000) * stretch
}

/** Mostly trends, and more often than not against the last one or back to the anchor. */
function nextRegime(path: PricePath): MarketRegime {
  const { random, positionBps, regime } = path
  const chance = random.next()
  const up = random.next()
  if (positionBps > TETHER_BPS) return 'TREND_DOWN'
  if (positionBps < -TETHER_BPS) return 'TREND_UP'
  if (chance < 0.2 && regime !== 'RANGE') return 'RANGE'
  if (chance < 0.4 && regime !== 'VOLATILE') return 'VOLATILE'
  if (regime === 'TREND_UP') return up < 0.3 ? 'TREND_UP' : 'TREND_DOWN'
  if (regime === 'TREND_DOWN') return up < 0.3 ? 'TREND_DOWN' : 'TREND_UP'
  return up < 0.5 - (0.4 * positionBps) / TETHER_BPS ? 'TREND_UP' : 'TREND_DOWN'
}
