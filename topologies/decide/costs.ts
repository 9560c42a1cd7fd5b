// What a round trip is expected to cost, in basis points of the entry price, and the gate that weighs it against the edge.
// Costs are never understated: funding that would be received counts as 0.
import type { AiSignalGenerated } from '../../schemas/types.gen.ts'
import type { EntrySide, Facts, Refused } from './facts.ts'
import { refuse } from './facts.ts'

const eightHoursMs = 8 * 3_600_000

/** Parts of the cost of a round trip, in basis points of the entry price. */
export interface Cost {
  /** Taker fees of entry and exit. */
  readonly feesBps: number
  /** The whole spread: bought at the ask, sold at the bid. */
  readonly spreadBps: number
  /** Slippage of entry and exit beyond the quote. */
  readonly slippageBps: number
  /** Funding paid over the horizon, in proportion to its length. */
  readonly fundingBps: number
  readonly totalBps: number
}

/** Funding rate of eight hours as the side pays it, at least 0; unknown counts as 0. */
export function payingRate(side: EntrySide, rate8h: number | null): number {
  return Math.max(0, (side === 'BUY' ? 1 : -1) * (rate8h ?? 0))
}

/** Fees both ways + spread + slippage both ways + funding over the horizon. */
export function roundTripCost({ side, signal, price, instrument, spreadBps, config }: Facts): Cost {
  const feesBps = 2 * Number(instrument.taker_fee_rate) * 10_000
  const slippageBps = 2 * config.router.slippage_bps
  const fundingBps =
    (payingRate(side, price.funding_rate_8h) * 10_000 * signal.horizon_ms) / eightHoursMs
  const totalBps = feesBps + spreadBps + slippageBps + fundingBps
  return { feesBps, spreadBps, slippageBps, fundingBps, totalBps }
}

/**
 * COST_EXCEEDS_EDGE unless expected move x confidence exceeds edge_factor x cost; an edge_factor of 0 switches that
 * off. A target that lies inside the cost is refused always: reaching it would lose.
 */
export function costRefusal(
  { signal, config }: Facts,
  cost: Cost,
  targetDistanceBps: number,
): Refused | null {
  if (!(targetDistanceBps > cost.totalBps))
    return refuse(
      'COST_EXCEEDS_EDGE',
      `expected a target beyond ${costText(cost)}, was ${targetDistanceBps.toFixed(2)} bps`,
    )
  const factor = config.router.edge_factor
  const edgeBps = signal.expected_move_bps * signal.confidence
  if (factor === 0 || edgeBps > factor * cost.totalBps) return null
  return refuse(
    'COST_EXCEEDS_EDGE',
    `expected more than ${factor} x ${costText(cost)}, was ${edgeBps.toFixed(2)} bps: a move of ${signal.expected_move_bps.toFixed(2)} bps x confidence ${signal.confidence}`,
  )
}

/** Mean range of a Brownian path over one interval, in its standard deviations: √(8/π) (W. Feller, 1951). */
const rangeInSigmas = Math.sqrt(8 / Math.PI)

/**
 * Standard move over the horizon in basis points: the average true range of one bar, turned into a standard
 * deviation, grows with the square root of the number of bars.
 */
export function expectedSigmaBps(signal: AiSignalGenerated): number {
  const bars = signal.horizon_ms / signal.bar_interval_ms
  return ((signal.atr_bps ?? NaN) / rangeInSigmas) * Math.sqrt(bars)
}

function costText(cost: Cost): string {
  const [total, fees, spread, slippage, funding] = [
    cost.totalBps,
    cost.feesBps,
    cost.spreadBps,
    cost.slippageBps,
    cost.fundingBps,
  ].map((part) => part.toFixed(2))
  return `${total} bps (fees ${fees}, spread ${spread}, slippage ${slippage}, funding ${funding})`
}
