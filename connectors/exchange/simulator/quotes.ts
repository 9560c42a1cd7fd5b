// How a tick changes a book, and which ticks are refused. Runs for every tick of a backtest: no decimals, no allocation.
import type { Environment, ExchangeTick } from '../../../schemas/types.gen.ts'
import type { Book } from './world.ts'

export type TickReason =
  | 'ENVIRONMENT'
  | 'UNKNOWN_SYMBOL'
  | 'TIME_BACKWARDS'
  | 'NOT_A_PRICE'
  | 'NOT_A_SIZE'
  | 'NOT_A_NUMBER'
  | 'CROSSED_BOOK'

/** Why a whole tick was refused. Nothing of it was applied; the caller keeps the record. */
export interface TickRefusal {
  readonly reason: TickReason
  readonly symbol: string
  readonly field: string
  readonly value: string
}

/**
 * A quote or a mark older than this no longer counts once other data arrives: an input that changes from
 * quotes to trades or bars must not leave the book frozen at its last quote.
 */
export const QUOTE_MAX_AGE_MS = 60_000

/** The refusal of a tick, or null when it may be applied. */
export function tickRefusal(
  book: Book | undefined,
  tick: ExchangeTick,
  environment: Environment,
): TickRefusal | null {
  if (tick.environment !== environment)
    return refusal(tick, 'ENVIRONMENT', 'environment', tick.environment)
  if (book === undefined) return refusal(tick, 'UNKNOWN_SYMBOL', 'symbol', tick.symbol)
  const { received_at_ms: atMs, bid, ask, bid_size: bidSize, ask_size: askSize, last, mark } = tick
  if (!(atMs < Infinity)) return refusal(tick, 'NOT_A_NUMBER', 'received_at_ms', atMs)
  if (atMs < book.seenAtMs) return refusal(tick, 'TIME_BACKWARDS', 'received_at_ms', atMs)
  if (bid !== null && !isPrice(bid)) return refusal(tick, 'NOT_A_PRICE', 'bid', bid)
  if (ask !== null && !isPrice(ask)) return refusal(tick, 'NOT_A_PRICE', 'ask', ask)
  if (last !== null && !isPrice(last)) return refusal(tick, 'NOT_A_PRICE', 'last', last)
  if (mark !== null && !isPrice(mark)) return refusal(tick, 'NOT_A_PRICE', 'mark', mark)
  if (bidSize !== null && !isSize(bidSize)) return refusal(tick, 'NOT_A_SIZE', 'bid_size', bidSize)
  if (askSize !== null && !isSize(askSize)) return refusal(tick, 'NOT_A_SIZE', 'ask_size', askSize)
  const rate = tick.funding_rate
  if (rate !== null && !Number.isFinite(rate))
    return refusal(tick, 'NOT_A_NUMBER', 'funding_rate', rate)
  if (bid !== null && ask !== null && bid > ask) return refusal(tick, 'CROSSED_BOOK', 'bid', bid)
  return null
}

/** Takes over what the tick carries. The tick has passed `tickRefusal`. */
export function applyTick(book: Book, tick: ExchangeTick): void {
  const atMs = tick.received_at_ms
  book.seenAtMs = atMs
  if (tick.mark !== null) {
    book.mark = tick.mark
    book.markedAtMs = atMs
  }
  if (tick.bid !== null || tick.ask !== null) {
    // A quote with one side says that the other side is empty.
    setQuote(book, tick.bid ?? NaN, tick.bid_size, tick.ask ?? NaN, tick.ask_size)
    book.quotedAtMs = atMs
  }
  if (tick.last !== null) {
    book.last = tick.last
    if (!(atMs - book.quotedAtMs <= QUOTE_MAX_AGE_MS))
      setQuote(book, tick.last, null, tick.last, null)
  }
  if (tick.funding_rate !== null) book.fundingRate = tick.funding_rate
  if (tick.funding_interval_ms !== null && tick.funding_interval_ms > 0)
    book.fundingIntervalMs = tick.funding_interval_ms
  if (tick.next_funding_at_ms !== null) book.announcedFundingAtMs = tick.next_funding_at_ms
  book.reference = referenceOf(book)
}

/** Mark while it is fresh, else mid, else last, else the one side there is; NaN when nothing was seen. */
export function referenceOf(book: Book): number {
  if (book.seenAtMs - book.markedAtMs <= QUOTE_MAX_AGE_MS) return book.mark
  const mid = (book.bid + book.ask) / 2
  if (mid > 0) return mid
  if (book.last > 0) return book.last
  return book.bid > 0 ? book.bid : book.ask
}

function setQuote(
  book: Book,
  bid: number,
  bidSize: number | null,
  ask: number,
  askSize: number | null,
): void {
  book.bid = bid
  book.ask = ask
  book.bidSize = bidSize ?? Infinity
  book.askSize = askSize ?? Infinity
  book.bidTaken = null
  book.askTaken = null
}

function isPrice(value: number): boolean {
  return value > 0 && value < Infinity
}

function isSize(value: number): boolean {
  return value >= 0 && value < Infinity
}

function refusal(
  tick: ExchangeTick,
  reason: TickReason,
  field: string,
  value: string | number,
): TickRefusal {
  return { reason, symbol: tick.symbol, field, value: String(value) }
}
