// Says what each exit rule earned on a closed trade, and how its policy has done lately. It must never speak of anything but
// a trade that is closed.
import type { Decimal } from 'decimal.js'
import { decimalText, exact, larger, roundToBooked, zero } from '../../schemas/decimal.ts'
import { exitAttributionChangelog, exitbrainPnl, tradeClosed } from '../../schemas/topics.ts'
import type {
  AttributedTrade,
  ExitPart,
  PositionLeg,
  TradeClosed,
} from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'

/** Trades of one policy that its expectancy is the mean of. */
const windowTrades = 100

export const exitAttribution = processor({
  name: 'exit-attribution',
  doc: 'Splits each closed trade among the exit rules that closed it, and keeps the expectancy of each policy.',
  reads: [tradeClosed],
  writes: [exitbrainPnl],
  state: {
    topic: exitAttributionChangelog,
    key: ({ value }) => `${value.account}|${policyOf(value)}`,
    initial: (key) => {
      const bar = key.indexOf('|')
      return { account: key.slice(0, bar), policy: key.slice(bar + 1), trades: [] }
    },
  },
  decide(state, { value: trade }, _ctx, emit) {
    if (state.trades.some((one) => one.trade_id === trade.trade_id)) return unchanged
    state.trades.push({
      trade_id: trade.trade_id,
      net: Number(trade.net_usd),
      net_r: trade.r_multiple,
    })
    if (state.trades.length > windowTrades) state.trades.shift()
    const mfe = exact(trade.mfe_usd)
    const gross = exact(trade.gross_usd)
    emit(exitbrainPnl, {
      trade_id: trade.trade_id,
      correlation_id: trade.correlation_id,
      account: trade.account,
      symbol: trade.symbol,
      policy: state.policy,
      net_usd: trade.net_usd,
      parts: partsOf(trade),
      mfe_usd: trade.mfe_usd,
      left_on_table_usd: decimalText(larger(zero, mfe.minus(gross))),
      capture_fraction: mfe.isZero() ? null : gross.div(mfe).toNumber(),
      ...expectancyOf(state.trades),
      sample: state.trades.length,
      closed_at_ms: trade.closed_at_ms,
    })
  },
})

/** The exit policy of a trade: regime at entry and direction. */
function policyOf(trade: Pick<TradeClosed, 'regime' | 'direction'>): string {
  return `${trade.regime}|${trade.direction}`
}

/**
 * One part for each exit kind and rung, in the order in which they first closed something. Costs (fees less funding) are
 * shared by quantity, rounded to the booked amount; the last part takes what is left, so that the parts sum to the trade.
 */
export function partsOf(
  trade: Pick<TradeClosed, 'legs' | 'gross_usd' | 'fees_usd' | 'funding_usd'>,
): ExitPart[] {
  const groups = new Map<string, PositionLeg[]>()
  for (const leg of trade.legs) {
    if (leg.leg !== 'EXIT') continue
    const key = `${leg.exit_kind ?? 'UNKNOWN'}|${String(leg.exit_rung ?? 0)}`
    groups.set(key, [...(groups.get(key) ?? []), leg])
  }
  // Books that were cleared without a fill: the whole result belongs to no rule.
  if (groups.size === 0) groups.set('UNKNOWN|0', [])
  const closed = sumOf([...groups.values()].flat(), (leg) => leg.quantity)
  const costs = exact(trade.fees_usd).minus(trade.funding_usd)
  let costsLeft = costs
  let grossLeft = exact(trade.gross_usd)
  return [...groups.values()].map((legs, index) => {
    const isLast = index === groups.size - 1
    const quantity = sumOf(legs, (leg) => leg.quantity)
    const gross = isLast ? grossLeft : sumOf(legs, (leg) => leg.realised_usd)
    const share = isLast ? costsLeft : roundToBooked(costs.times(quantity).div(closed))
    grossLeft = grossLeft.minus(gross)
    costsLeft = costsLeft.minus(share)
    return {
      exit_kind: legs[0]?.exit_kind ?? 'UNKNOWN',
      exit_rung: legs[0]?.exit_rung ?? 0,
      quantity: decimalText(quantity),
      gross_usd: decimalText(gross),
      costs_usd: decimalText(share),
      net_usd: decimalText(gross.minus(share)),
    }
  })
}

const sumOf = (legs: readonly PositionLeg[], amount: (leg: PositionLeg) => string): Decimal =>
  legs.reduce((total, leg) => total.plus(amount(leg)), zero)

/** Mean net in USD and in R, and the share of wins. R is null when no trade of the window has a known risk. */
function expectancyOf(trades: readonly AttributedTrade[]): {
  expectancy_usd: number
  expectancy_r: number | null
  win_rate: number
} {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const multiples = trades.flatMap((trade) => (trade.net_r === null ? [] : [trade.net_r]))
  return {
    expectancy_usd: mean(trades.map((trade) => trade.net)),
    expectancy_r: multiples.length === 0 ? null : mean(multiples),
    win_rate: trades.filter((trade) => trade.net > 0).length / trades.length,
  }
}
