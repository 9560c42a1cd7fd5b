// What an equity curve says: return, risk-adjusted return, drawdown. Ratios are doubles for reading; no money is booked from them.
// What can't be known from the points given is null, never NaN: one point, no time, no variance, equity at or below zero.
import { Decimal } from 'decimal.js'

/** Equity of the account at one time: wallet + unrealised. */
export interface EquityPoint {
  at_ms: number
  equity_usd: string
}

/** Statistics of one curve. Fractions are of 1, times are epoch milliseconds. */
export interface EquityStatistics {
  start_equity_usd: string | null
  end_equity_usd: string | null
  /** end / start - 1. */
  total_return: number | null
  /** Annualised, see `sampleReturns`. */
  sharpe: number | null
  sortino: number | null
  /** Sampling behind both, null where no interval gives enough returns. */
  return_interval_ms: number | null
  return_samples: number
  /** Largest 1 - equity / highest equity before it. */
  max_drawdown_fraction: number | null
  /** Largest highest equity - equity; it may lie elsewhere than the largest fraction. */
  max_drawdown_usd: string | null
  max_drawdown_peak_at_ms: number | null
  max_drawdown_trough_at_ms: number | null
  /** Longest time from a peak until equity is back at it, or until the end. */
  longest_drawdown_ms: number | null
}

const DAY_MS = 86_400_000
const YEAR_MS = 365 * DAY_MS
const samplingsMs = [DAY_MS, 3_600_000, 60_000]
/** Below this a deviation is mostly its own error, so a shorter interval is taken or none. */
const SAMPLES_NEEDED = 30
/** Spread of returns that is only rounding of doubles: such a curve has no variance. */
const NO_SPREAD = 1e-12

/** Statistics of a curve in time order. Throws when time goes back or equity is no number: that is a bug of the caller. */
export function equityStatistics(curve: readonly EquityPoint[]): EquityStatistics {
  const equity = readCurve(curve)
  const first = curve[0]
  const last = curve.at(-1)
  const start = equity[0] ?? NaN
  const end = equity.at(-1) ?? NaN
  const { returns, intervalMs } = sampleReturns(curve, equity)
  const perYear = intervalMs === null ? NaN : Math.sqrt(YEAR_MS / intervalMs)
  return {
    start_equity_usd: first?.equity_usd ?? null,
    end_equity_usd: last?.equity_usd ?? null,
    total_return: curve.length > 1 && start > 0 ? end / start - 1 : null,
    sharpe: finiteOrNull(sharpeOf(returns) * perYear),
    sortino: finiteOrNull(sortinoOf(returns) * perYear),
    return_interval_ms: intervalMs,
    return_samples: returns.length,
    ...drawdowns(curve, equity),
  }
}

function readCurve(curve: readonly EquityPoint[]): Float64Array {
  const equity = new Float64Array(curve.length)
  curve.forEach((point, index) => {
    const value = Number(point.equity_usd)
    const before = curve[index - 1]
    if (!Number.isFinite(value) || (before !== undefined && before.at_ms > point.at_ms)) {
      throw new Error(
        `expected equity as numbers in time order, was ${point.equity_usd} at ${point.at_ms}`,
      )
    }
    equity[index] = value
  })
  return equity
}

/**
 * Simple returns between the ends of whole UTC days, where there are 30; else hours, else minutes, else none: a shorter run says too little
 * about a year to annualise it. Equity holds its last value between points, so times without a trade count as returns of 0. Annualised with
 * the root of time over 365 days, since these markets never close: that supposes returns independent of each other (Lo, The Statistics of
 * Sharpe Ratios, 2002).
 */
function sampleReturns(
  curve: readonly EquityPoint[],
  equity: Float64Array,
): { returns: number[]; intervalMs: number | null } {
  for (const intervalMs of samplingsMs) {
    const returns = returnsBetween(curve, equity, intervalMs)
    if (returns.length >= SAMPLES_NEEDED) return { returns, intervalMs }
  }
  return { returns: [], intervalMs: null }
}

function returnsBetween(
  curve: readonly EquityPoint[],
  equity: Float64Array,
  intervalMs: number,
): number[] {
  const firstAtMs = curve[0]?.at_ms ?? 0
  const lastAtMs = curve.at(-1)?.at_ms ?? 0
  const returns: number[] = []
  let index = 0
  let before: number | null = null
  const firstEnd = Math.ceil(firstAtMs / intervalMs) * intervalMs
  for (let endMs = firstEnd; endMs <= lastAtMs; endMs += intervalMs) {
    while ((curve[index + 1]?.at_ms ?? Infinity) <= endMs) index += 1
    const now = equity[index] ?? 0
    // An account that is wiped out has no further returns.
    if (now <= 0) break
    if (before !== null) returns.push(now / before - 1)
    before = now
  }
  return returns
}

/** Mean over sample deviation, of one interval, against a riskless rate of 0 (Sharpe, The Sharpe Ratio, 1994). */
function sharpeOf(returns: readonly number[]): number {
  const mean = meanOf(returns)
  const squares = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const deviation = Math.sqrt(squares / (returns.length - 1))
  return deviation > NO_SPREAD ? mean / deviation : NaN
}

/** Mean over the root mean square of the losses, over all returns, against a target of 0 (Sortino and Price, 1994). */
function sortinoOf(returns: readonly number[]): number {
  const squares = returns.reduce((sum, value) => sum + Math.min(value, 0) ** 2, 0)
  const deviation = Math.sqrt(squares / returns.length)
  return deviation > NO_SPREAD ? meanOf(returns) / deviation : NaN
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

type Drawdowns = Pick<
  EquityStatistics,
  | 'max_drawdown_fraction'
  | 'max_drawdown_usd'
  | 'max_drawdown_peak_at_ms'
  | 'max_drawdown_trough_at_ms'
  | 'longest_drawdown_ms'
>

function drawdowns(curve: readonly EquityPoint[], equity: Float64Array): Drawdowns {
  const found: Drawdowns = {
    max_drawdown_fraction: null,
    max_drawdown_usd: null,
    max_drawdown_peak_at_ms: null,
    max_drawdown_trough_at_ms: null,
    longest_drawdown_ms: null,
  }
  if (curve.length < 2) return found
  let peakAt = 0
  let fraction = 0
  let usd = new Decimal(0)
  let longestMs = 0
  curve.forEach((point, index) => {
    const peak = curve[peakAt] ?? point
    const high = equity[peakAt] ?? 0
    const now = equity[index] ?? 0
    if (now < high || (equity[index - 1] ?? high) < high) {
      longestMs = Math.max(longestMs, point.at_ms - peak.at_ms)
    }
    if (now >= high) {
      peakAt = index
      return
    }
    usd = Decimal.max(usd, new Decimal(peak.equity_usd).sub(point.equity_usd))
    if (high > 0 && 1 - now / high > fraction) {
      fraction = 1 - now / high
      found.max_drawdown_peak_at_ms = peak.at_ms
      found.max_drawdown_trough_at_ms = point.at_ms
    }
  })
  return {
    ...found,
    max_drawdown_fraction: fraction,
    max_drawdown_usd: usd.toFixed(),
    longest_drawdown_ms: longestMs,
  }
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
