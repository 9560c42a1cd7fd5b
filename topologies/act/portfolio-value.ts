// Values an account's book at the last prices: equity, margin, exposure, drawdown and the day's result.
// Moves the marks these are measured from: the high-water mark with equity, the day's start at 00:00 UTC.
import type { Decimal } from 'decimal.js'
import type { Environment, PortfolioChangelog, PortfolioState } from '../../schemas/types.gen.ts'
import { decimalText, exact, larger, roundUpToBooked, zero } from '../../schemas/decimal.ts'
import { dayStartOf } from './utc-day.ts'

/** The state of the account at `nowMs`. Moves the marks in `state`. */
export function valueBook(
  state: PortfolioChangelog,
  environment: Environment,
  nowMs: number,
): PortfolioState {
  let unrealised = zero
  let margin = zero
  let gross = zero
  let net = zero
  const exposures: PortfolioState['exposures'] = []
  for (const position of state.positions) {
    if (position.quantity === '0') continue
    const notional = exact(position.quantity).times(position.price)
    const gain = notional.minus(position.cost_usd)
    const bound = initialMargin(notional, position.leverage)
    unrealised = unrealised.plus(gain)
    margin = margin.plus(bound)
    gross = gross.plus(notional.abs())
    net = net.plus(notional)
    exposures.push({
      symbol: position.symbol,
      notional_usd: decimalText(notional),
      margin_usd: decimalText(bound),
      unrealised_usd: decimalText(gain),
    })
  }
  const equity = exact(state.wallet_usd).plus(unrealised)
  if (state.known) moveMarks(state, equity, nowMs)
  return {
    account: state.account,
    environment,
    known: state.known,
    wallet_usd: state.wallet_usd,
    unrealised_usd: decimalText(unrealised),
    equity_usd: decimalText(equity),
    available_usd: decimalText(larger(equity.minus(margin), zero)),
    margin_used_usd: decimalText(margin),
    gross_exposure_usd: decimalText(gross),
    net_exposure_usd: decimalText(net),
    exposures,
    open_positions: exposures.length,
    high_water_usd: state.high_water_usd,
    drawdown_fraction: drawdown(equity, exact(state.high_water_usd)),
    day_start_at_ms: state.day_start_at_ms,
    day_start_equity_usd: state.day_start_equity_usd,
    day_pnl_usd: decimalText(equity.minus(state.day_start_equity_usd)),
    losses_in_a_row: state.losses_in_a_row,
    venue_truth_age_ms: Math.max(0, nowMs - state.snapshot_at_ms),
    at_ms: nowMs,
  }
}

function moveMarks(state: PortfolioChangelog, equity: Decimal, nowMs: number): void {
  state.high_water_usd = decimalText(larger(exact(state.high_water_usd), equity))
  const dayStartMs = dayStartOf(nowMs)
  if (dayStartMs <= state.day_start_at_ms) return
  state.day_start_at_ms = dayStartMs
  state.day_start_equity_usd = decimalText(equity)
}

/** Initial margin in USD, rounded up as venues book it. An unknown leverage counts as 1: the most margin there can be. */
function initialMargin(notional: Decimal, leverage: number | null): Decimal {
  return roundUpToBooked(notional.abs().dividedBy(leverage ?? 1))
}

/** 1 - equity / high water, at least 0; 0 while there is no high water. */
function drawdown(equity: Decimal, highWater: Decimal): number {
  if (!highWater.gt(0)) return 0
  return Math.max(0, exact(1).minus(equity.dividedBy(highWater)).toNumber())
}
