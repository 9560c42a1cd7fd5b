// What the router knows when a signal comes: the last price and the tables, checked for presence, age and environment.
// Entries fail closed: what is unknown, old or of another environment refuses, and nothing is ever guessed.
import type { Decimal } from 'decimal.js'
import type { Config } from '../../schemas/config.ts'
import { exact } from '../../schemas/decimal.ts'
import type { priceUpdate } from '../../schemas/topics.ts'
import type {
  AiSignalGenerated,
  Environment,
  ExposureState,
  InstrumentState,
  PortfolioState,
  PositionState,
  PriceUpdate,
  RefusalReason,
  RlPolicy,
  SafeModeState,
  StrategyRouterChangelog,
} from '../../schemas/types.gen.ts'
import type { RecordOf } from '../kernel/topic.ts'

/** Why a signal does not become an intent: a code, and the numbers compared. */
export interface Refused {
  readonly reason: RefusalReason
  readonly detail: string
}

export const refuse = (reason: RefusalReason, detail: string): Refused => ({ reason, detail })

/** One signal for one account, with the last price and what the tables hold. */
export interface Question {
  readonly signal: AiSignalGenerated
  readonly account: Config['accounts'][number]
  readonly config: Config
  readonly nowMs: number
  readonly instrument: InstrumentState | undefined
  /** The last price of the symbol since the task began. */
  readonly lastPrice: RecordOf<typeof priceUpdate> | null
  readonly safeMode: SafeModeState | undefined
  readonly position: PositionState | undefined
  readonly portfolio: PortfolioState | undefined
  readonly exposure: ExposureState | undefined
  readonly policy: RlPolicy | undefined
  /** What the router remembers of this account and symbol. */
  readonly memory: StrategyRouterChangelog | undefined
}

/** The side of an entry. */
export type EntrySide = 'BUY' | 'SELL'

/** A question whose facts are all known, fresh and of one environment. */
export interface Facts extends Question {
  readonly side: EntrySide
  readonly instrument: InstrumentState
  readonly price: PriceUpdate
  /** Price that the entry would pay: ask for a buy, bid for a sell. */
  readonly reference: number
  readonly spreadBps: number
  readonly equityUsd: Decimal
  /** Factor of the exposure balancer, above 0 and at most 1. */
  readonly sizeFactor: number
}

/**
 * The facts behind a signal, or the first of these that fails: HOLD, instrument known and trading, one environment,
 * signal age, price freshness, safe mode, open position, equity known and young, exposure advice.
 */
export function readFacts(question: Question): Facts | Refused {
  const { signal, account, config, nowMs, instrument, lastPrice, portfolio } = question
  if (signal.action === 'HOLD')
    return refuse('HOLD', `the ensemble holds, ${signal.consensus} of ${signal.models} models`)
  const side = signal.action

  if (instrument === undefined)
    return refuse('INSTRUMENT_UNKNOWN', `expected filters of ${signal.symbol}, was none`)
  if (instrument.status !== 'TRADING')
    return refuse('SYMBOL_NOT_TRADED', `expected status TRADING, was ${instrument.status}`)
  const mixed =
    mixedEnvironment('instrument', instrument, config) ??
    mixedEnvironment('price', lastPrice?.value, config) ??
    mixedEnvironment('portfolio', portfolio, config)
  if (mixed !== null) return mixed

  const signalAgeMs = nowMs - signal.bar_close_at_ms
  if (!(signalAgeMs <= config.router.signal_max_age_ms))
    return refuse(
      'SIGNAL_STALE',
      `expected a bar closed at most ${config.router.signal_max_age_ms} ms ago, was ${signalAgeMs} ms`,
    )
  const quote = freshQuote(lastPrice, config, nowMs)
  if ('reason' in quote) return quote

  if (question.safeMode === undefined)
    return refuse('SAFE_MODE', `expected a state of safe mode for ${account.name}, was none`)
  if (question.safeMode.active)
    return refuse(
      'SAFE_MODE',
      `active until ${question.safeMode.until_ms}, trigger ${question.safeMode.trigger}`,
    )
  if (question.position !== undefined)
    return refuse('POSITION_OPEN', `expected no position, was ${question.position.quantity}`)

  const equity = knownEquity(portfolio, config.limits.equity_max_age_ms, nowMs)
  if ('reason' in equity) return equity
  const advice = adviceFor(side, question.exposure)
  if ('reason' in advice) return advice
  return {
    ...question,
    instrument,
    ...quote,
    side,
    reference: side === 'BUY' ? quote.ask : quote.bid,
    equityUsd: equity.usd,
    sizeFactor: advice.sizeFactor,
  }
}

/** Absent is not mixed: absence is refused where the fact is needed. */
function mixedEnvironment(
  what: string,
  fact: { readonly environment: Environment } | undefined,
  config: Config,
): Refused | null {
  if (fact === undefined || fact.environment === config.environment) return null
  return refuse(
    'ENVIRONMENT_MISMATCH',
    `expected a ${what} of ${config.environment}, was ${fact.environment}`,
  )
}

interface Quote {
  readonly price: PriceUpdate
  readonly bid: number
  readonly ask: number
  readonly spreadBps: number
}

/** The price must be young, and so must the quote in it: without updates the trading venue's quote ages on unseen. */
function freshQuote(last: Question['lastPrice'], config: Config, nowMs: number): Quote | Refused {
  if (last === null) return refuse('STALE_PRICE', 'expected a price, was none')
  const price = last.value
  const ageMs = nowMs - price.tick_at_ms
  const maxAgeMs = config.router.price_max_age_ms
  if (!(ageMs <= maxAgeMs))
    return refuse('STALE_PRICE', `expected a price of at most ${maxAgeMs} ms, was ${ageMs} ms`)
  const quoteAgeMs = price.age_ms + nowMs - last.at_ms
  const staleAfterMs = config.aggregator.stale_after_ms
  if (!(quoteAgeMs <= staleAfterMs))
    return refuse(
      'STALE_PRICE',
      `expected a quote of ${price.trading_venue} of at most ${staleAfterMs} ms, was ${quoteAgeMs} ms`,
    )
  const { bid, ask } = price
  if (bid === null || ask === null || !(bid > 0) || !(ask >= bid) || !(ask < Infinity))
    return refuse(
      'STALE_PRICE',
      `expected a quote with 0 < bid <= ask, was ${bid ?? 'no bid'} and ${ask ?? 'no ask'}`,
    )
  return { price, bid, ask, spreadBps: (10_000 * (ask - bid)) / ((ask + bid) / 2) }
}

function knownEquity(
  portfolio: PortfolioState | undefined,
  maxAgeMs: number,
  nowMs: number,
): { readonly usd: Decimal } | Refused {
  if (portfolio === undefined || !portfolio.known)
    return refuse('EQUITY_UNKNOWN', "expected the venue's books, was never seen")
  const ageMs = portfolio.venue_truth_age_ms + nowMs - portfolio.at_ms
  if (!(ageMs <= maxAgeMs))
    return refuse('EQUITY_UNKNOWN', `expected books of at most ${maxAgeMs} ms, was ${ageMs} ms`)
  const usd = exact(portfolio.equity_usd)
  if (!usd.gt(0))
    return refuse('EQUITY_UNKNOWN', `expected equity above 0 USD, was ${portfolio.equity_usd} USD`)
  return { usd }
}

function adviceFor(
  side: EntrySide,
  exposure: ExposureState | undefined,
): { readonly sizeFactor: number } | Refused {
  if (exposure === undefined)
    return refuse('EXPOSURE_HIGH', 'expected a state of exposure, was none')
  const allowed = side === 'BUY' ? exposure.allow_long : exposure.allow_short
  if (!allowed || !(exposure.size_factor > 0))
    return refuse(
      'EXPOSURE_HIGH',
      `${side} not allowed, verdict ${exposure.verdict}, size factor ${exposure.size_factor}, gross ${exposure.gross_fraction}, net ${exposure.net_fraction}, margin ${exposure.margin_fraction} of equity`,
    )
  return { sizeFactor: Math.min(1, exposure.size_factor) }
}
