// Measures an account's exposure on its EQUITY, never on the margin in use, and tells the router what it may propose.
// It sends no order, asks for no reduction by guess, and never asks for more: without equity nothing new is allowed.
import type { Config } from '../../schemas/config.ts'
import { exposureState, portfolioState } from '../../schemas/topics.ts'
import type { ExposureState, ExposureVerdict, PortfolioState } from '../../schemas/types.gen.ts'
import { processor } from '../kernel/processor.ts'

/** Up to this share of a limit sizes stay whole; from there they shrink, to nothing at the limit. */
const taperFrom = 0.75

export const exposureBalancer = processor({
  name: 'exposure-balancer',
  doc: 'Compares gross, net, symbol and margin exposure with equity and advises the router.',
  reads: [portfolioState],
  writes: [exposureState],
  decide(_state, { value: portfolio }, ctx, emit) {
    if (portfolio !== null) emit(exposureState, measure(portfolio, ctx.config, ctx.nowMs))
  },
})

/** The exposure of a portfolio. Unknown or spent equity gives UNKNOWN, and allows nothing new. */
function measure(portfolio: PortfolioState, config: Config, nowMs: number): ExposureState {
  // Fractions are advice, not money: doubles will do.
  const equity = Number(portfolio.equity_usd)
  if (!portfolio.known || !(equity > 0)) return unknownExposure(portfolio, nowMs)
  const ofEquity = (usd: string): number => Number(usd) / equity
  const symbols = portfolio.exposures
    .map((one) => ({ symbol: one.symbol, fraction: Math.abs(ofEquity(one.notional_usd)) }))
    .filter((one) => one.fraction > 0)
  const largest = symbols.reduce((a, b) => (b.fraction > a.fraction ? b : a), noSymbol)
  const gross = ofEquity(portfolio.gross_exposure_usd)
  const net = ofEquity(portfolio.net_exposure_usd)
  const margin = ofEquity(portfolio.margin_used_usd)

  const limits = config.exposure
  const overGross = gross > limits.max_gross_fraction
  const overNet = Math.abs(net) > limits.max_net_fraction
  const overSymbol = largest.fraction > config.limits.max_symbol_fraction
  const overMargin = margin > limits.max_margin_fraction
  const stop = overGross || overMargin
  return {
    account: portfolio.account,
    equity_usd: portfolio.equity_usd,
    gross_fraction: gross,
    net_fraction: net,
    margin_fraction: margin,
    largest_symbol: largest.symbol,
    largest_symbol_fraction: largest.fraction,
    verdict: verdictOf(overGross, overNet, overSymbol, overMargin),
    // Over the net limit only the other side may be proposed. A single symbol over its limit has a position, and a
    // symbol with a position gets no entry anyway.
    allow_long: !stop && !(overNet && net > 0),
    allow_short: !stop && !(overNet && net < 0),
    size_factor: Math.min(
      room(gross, limits.max_gross_fraction),
      room(margin, limits.max_margin_fraction),
    ),
    at_ms: nowMs,
  }
}

const noSymbol = { symbol: '', fraction: 0 }

function verdictOf(
  overGross: boolean,
  overNet: boolean,
  overSymbol: boolean,
  overMargin: boolean,
): ExposureVerdict {
  if (overGross) return 'OVER_GROSS'
  if (overNet) return 'OVER_NET'
  if (overSymbol) return 'OVER_SYMBOL'
  if (overMargin) return 'OVER_MARGIN'
  return 'WITHIN'
}

/** 1 well inside the limit, 0 at the limit and beyond, falling evenly from `taperFrom` of it on. */
function room(used: number, limit: number): number {
  if (limit === 0) return 0
  return Math.max(0, Math.min(1, (limit - used) / (limit * (1 - taperFrom))))
}

function unknownExposure(portfolio: PortfolioState, nowMs: number): ExposureState {
  return {
    account: portfolio.account,
    equity_usd: portfolio.equity_usd,
    gross_fraction: 0,
    net_fraction: 0,
    margin_fraction: 0,
    largest_symbol: '',
    largest_symbol_fraction: 0,
    verdict: 'UNKNOWN',
    allow_long: false,
    allow_short: false,
    size_factor: 0,
    at_ms: nowMs,
  }
}
