// Names the market's regime after a bar. It has hysteresis, so that it does not flip on every bar at a border.
import type { Regime } from '../../schemas/types.gen.ts'
import type { Features } from './features.ts'

/** A regime is entered at these values and left only when they are missed by this share. */
const slack = 0.15

const enter = {
  /** Short over long volatility. */
  volatile: 1.7,
  /** Kaufman's efficiency over 20 bars, and the averages apart by ranges. */
  trendEfficiency: 0.4,
  trendGap: 0.5,
  /** Below this efficiency price goes nowhere: quietly (RANGE) or nervously (CHOP). */
  aimless: 0.15,
}

/**
 * TREND: a straight path with averages apart. VOLATILE: volatility just expanded without one. RANGE: no direction, volatility at or
 * below its usual; CHOP: no direction, volatility above it. NORMAL: none of these.
 */
export function regimeOf(features: Features, before: Regime): Regime {
  const { efficiency, volatility_ratio: volatility } = features
  const gap = Math.abs(features.average_gap)
  const trend = before === 'TREND' ? 1 - slack : 1
  if (efficiency >= enter.trendEfficiency * trend && gap >= enter.trendGap * trend) return 'TREND'
  const volatile = before === 'VOLATILE' ? 1 - slack : 1
  if (volatility >= enter.volatile * volatile) return 'VOLATILE'
  const aimless = before === 'RANGE' || before === 'CHOP' ? 1 + slack : 1
  if (efficiency >= enter.aimless * aimless) return 'NORMAL'
  const nervous = before === 'CHOP' ? 1 - slack : before === 'RANGE' ? 1 + slack : 1
  return volatility > nervous ? 'CHOP' : 'RANGE'
}
