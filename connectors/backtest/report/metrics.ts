// The result of a run in numbers, from its closed trades and its equity curve. Pure: the same records give the same numbers.
// Money is summed as decimals; ratios are doubles. What has no value (no trade, no loss) is null, never NaN.
import type { Decimal } from 'decimal.js'
import { exact, roundToBooked, zero } from '../../../schemas/decimal.ts'
import type { ExitKind, TradeClosed } from '../../../schemas/types.gen.ts'
import { equityStatistics, type EquityPoint, type EquityStatistics } from './equity.ts'

/** Decimals of a quotient of money. */
const QUOTIENT_DECIMALS = 8

/** One trade worth naming. */
export interface NamedTrade {
  trade_id: string
  symbol: string
  net_usd: string
  r_multiple: number | null
}

/** What one exit rule did. */
export interface ExitKindResult {
  exit_kind: ExitKind
  /** Trades whose rest it closed, how many of them won, and their net. Nets of all kinds sum to the run's net. */
  closed_trades: number
  wins: number
  net_usd: string
  /** Exit legs it made, partial ones included, and what they realised before costs. These sum to the run's gross. */
  legs: number
  realised_usd: string
}

/** The result of a run. `from_ms` and `to_ms` are those of the equity curve. */
export interface PerformanceMetrics extends EquityStatistics {
  from_ms: number | null
  to_ms: number | null
  trades: number
  long: number
  short: number
  wins: number
  losses: number
  gross_usd: string
  fees_usd: string
  /** Positive was received. */
  funding_usd: string
  /** gross - fees + funding. */
  net_usd: string
  /** Sum of wins / sum of losses, by net; null without a loss. */
  profit_factor: number | null
  /** Wins / trades; a net of exactly 0 is neither win nor loss. */
  win_rate: number | null
  /** Mean net of a trade. */
  expectancy_usd: string | null
  /** Mean R over the trades whose risk is known. */
  expectancy_r: number | null
  /** Share of the run's time with at least one position that was closed by its end. */
  exposure_fraction: number | null
  /** Quantity x price over all fills of closed trades. */
  turnover_usd: string
  /** Turnover / starting equity. */
  turnover_ratio: number | null
  average_held_ms: number | null
  best: NamedTrade | null
  worst: NamedTrade | null
  by_exit_kind: ExitKindResult[]
}

/** Metrics of a run; `curve` in time order. Throws when the curve is not. */
export function performanceMetrics(
  trades: readonly TradeClosed[],
  curve: readonly EquityPoint[],
): PerformanceMetrics {
  const statistics = equityStatistics(curve)
  const fromMs = curve[0]?.at_ms ?? null
  const toMs = curve.at(-1)?.at_ms ?? null
  const nets = trades.map((trade) => exact(trade.net_usd))
  const won = sumOf(nets.filter((net) => net.gt(0)))
  const lost = sumOf(nets.filter((net) => net.lt(0))).neg()
  const net = sumOf(nets)
  const turnover = sumOf(trades.flatMap(legValues))
  const start = exact(statistics.start_equity_usd ?? 0)
  const risks = trades.flatMap(({ r_multiple: r }) => (r === null ? [] : [r]))
  const wins = nets.filter((value) => value.gt(0)).length
  return {
    from_ms: fromMs,
    to_ms: toMs,
    ...statistics,
    trades: trades.length,
    long: trades.filter((trade) => trade.direction === 'LONG').length,
    short: trades.filter((trade) => trade.direction === 'SHORT').length,
    wins,
    losses: nets.filter((value) => value.lt(0)).length,
    gross_usd: sumOf(trades.map((trade) => exact(trade.gross_usd))).toFixed(),
    fees_usd: sumOf(trades.map((trade) => exact(trade.fees_usd))).toFixed(),
    funding_usd: sumOf(trades.map((trade) => exact(trade.funding_usd))).toFixed(),
    net_usd: net.toFixed(),
    profit_factor: lost.gt(0) ? won.div(lost).toNumber() : null,
    win_rate: ratio(wins, trades.length),
    expectancy_usd: trades.length === 0 ? null : quotient(net, trades.length),
    expectancy_r: ratio(
      risks.reduce((sum, r) => sum + r, 0),
      risks.length,
    ),
    exposure_fraction: exposureOf(trades, fromMs, toMs),
    turnover_usd: turnover.toFixed(),
    turnover_ratio: start.gt(0) ? turnover.div(start).toNumber() : null,
    average_held_ms: ratio(
      trades.reduce((sum, trade) => sum + trade.held_ms, 0),
      trades.length,
    ),
    best: extreme(trades, nets, (left, right) => left.gt(right)),
    worst: extreme(trades, nets, (left, right) => left.lt(right)),
    by_exit_kind: byExitKind(trades),
  }
}

/** Legs carry their average price, rounded after many digits: the value of their fills is a booked amount again. */
function legValues(trade: TradeClosed): Decimal[] {
  return trade.legs.map((leg) => roundToBooked(exact(leg.quantity).times(leg.average_price)))
}

/** Time covered by at least one trade, clipped to the run. Trades may overlap, over symbols and accounts. */
function exposureOf(
  trades: readonly TradeClosed[],
  fromMs: number | null,
  toMs: number | null,
): number | null {
  if (fromMs === null || toMs === null || toMs <= fromMs) return null
  const spans = trades
    .map((trade) => ({ openMs: trade.opened_at_ms, closeMs: trade.closed_at_ms }))
    .sort((left, right) => left.openMs - right.openMs)
  let coveredMs = 0
  let reachedMs = fromMs
  for (const { openMs, closeMs } of spans) {
    const endMs = Math.min(closeMs, toMs)
    coveredMs += Math.max(0, endMs - Math.max(openMs, reachedMs))
    reachedMs = Math.max(reachedMs, endMs)
  }
  return coveredMs / (toMs - fromMs)
}

/** The first trade that no other beats. */
function extreme(
  trades: readonly TradeClosed[],
  nets: readonly Decimal[],
  beats: (left: Decimal, right: Decimal) => boolean,
): NamedTrade | null {
  let best: TradeClosed | null = null
  let bestNet = zero
  trades.forEach((trade, index) => {
    const net = nets[index] ?? bestNet
    if (best !== null && !beats(net, bestNet)) return
    best = trade
    bestNet = net
  })
  return best === null ? null : nameTrade(best)
}

function nameTrade(trade: TradeClosed): NamedTrade {
  const { trade_id, symbol, net_usd, r_multiple } = trade
  return { trade_id, symbol, net_usd, r_multiple }
}

/** One entry for each kind that closed a trade or made a leg, best net first, ties by name. */
function byExitKind(trades: readonly TradeClosed[]): ExitKindResult[] {
  const kinds = new Set<ExitKind>()
  for (const trade of trades) {
    kinds.add(trade.final_exit_kind)
    for (const leg of trade.legs) if (leg.exit_kind !== null) kinds.add(leg.exit_kind)
  }
  return [...kinds]
    .map((kind) => resultOf(kind, trades))
    .sort(
      (left, right) =>
        exact(right.net_usd).cmp(left.net_usd) || left.exit_kind.localeCompare(right.exit_kind),
    )
}

function resultOf(kind: ExitKind, trades: readonly TradeClosed[]): ExitKindResult {
  const closed = trades.filter((trade) => trade.final_exit_kind === kind)
  const nets = closed.map((trade) => exact(trade.net_usd))
  const legs = trades.flatMap((trade) => trade.legs.filter((leg) => leg.exit_kind === kind))
  return {
    exit_kind: kind,
    closed_trades: closed.length,
    wins: nets.filter((net) => net.gt(0)).length,
    net_usd: sumOf(nets).toFixed(),
    legs: legs.length,
    realised_usd: sumOf(legs.map((leg) => exact(leg.realised_usd))).toFixed(),
  }
}

function sumOf(values: readonly Decimal[]): Decimal {
  return values.reduce((sum, value) => sum.add(value), zero)
}

function quotient(sum: Decimal, count: number): string {
  return sum.div(count).toDecimalPlaces(QUOTIENT_DECIMALS).toFixed()
}

function ratio(value: number, count: number): number | null {
  return count === 0 ? null : value / count
}
