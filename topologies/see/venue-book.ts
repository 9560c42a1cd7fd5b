// What the aggregator knows of one venue and one symbol, and which ticks it must never take in. Runs for every tick.
import type { ExchangeTick } from '../../schemas/types.gen.ts'

/** Where a venue stands in the consolidated price. */
export type Standing = 'FRESH' | 'STALE' | 'OUTLIER'

/** Times are receive times: a venue's own clock may run ahead or behind, so it decides nothing here. */
export interface VenueBook {
  readonly name: string
  /** Newest receive time, 0 before the first tick. */
  receivedAtMs: number
  /** Receive time of the quote, 0 before the first one. */
  quoteAtMs: number
  bid: number | null
  bidSize: number | null
  ask: number | null
  askSize: number | null
  mid: number
  /** Receive time of the last trade, 0 before the first one. */
  tradeAtMs: number
  last: number
  /** Receive time of the mark price, 0 before the first one. */
  markAtMs: number
  mark: number | null
  fundingRate: number | null
  fundingIntervalMs: number | null
  fundingRate8h: number | null
  nextFundingAtMs: number | null
  standing: Standing
}

/** A venue that was not heard of yet; it counts as stale. */
export function unheardVenue(name: string): VenueBook {
  return {
    name,
    receivedAtMs: 0,
    quoteAtMs: 0,
    bid: null,
    bidSize: null,
    ask: null,
    askSize: null,
    mid: 0.5, // a fraction, so that the engine keeps the field as a double from the start; never read
    tradeAtMs: 0,
    last: 0.5,
    markAtMs: 0,
    mark: null,
    fundingRate: null,
    fundingIntervalMs: null,
    fundingRate8h: null,
    nextFundingAtMs: null,
    standing: 'STALE',
  }
}

/** What is wrong with a tick, as expected and actual; null when it may be taken in. */
export function tickFault(tick: ExchangeTick): string | null {
  const { bid, ask, last, mark, funding_rate: rate, funding_interval_ms: intervalMs } = tick
  if (bid !== null || ask !== null) {
    if (!isPrice(bid)) return expected('bid', 'a price above 0 beside an ask', bid)
    if (!isPrice(ask)) return expected('ask', 'a price above 0 beside a bid', ask)
    if (bid > ask) return expected('ask', `at least the bid ${String(bid)} (crossed book)`, ask)
    if (!isSize(tick.bid_size)) return expected('bid_size', 'null or at least 0', tick.bid_size)
    if (!isSize(tick.ask_size)) return expected('ask_size', 'null or at least 0', tick.ask_size)
  }
  if (last !== null) {
    if (!isPrice(last)) return expected('last', 'a price above 0', last)
    if (tick.last_size !== null && !isPrice(tick.last_size))
      return expected('last_size', 'null or above 0', tick.last_size)
  }
  if (mark !== null && !isPrice(mark)) return expected('mark', 'a price above 0', mark)
  if (rate !== null && !(rate > -1 && rate < 1))
    return expected('funding_rate', 'a fraction between -1 and 1', rate)
  if (intervalMs !== null && !(intervalMs > 0))
    return expected('funding_interval_ms', 'above 0', intervalMs)
  return null
}

const isPrice = (x: number | null): x is number => x !== null && x > 0 && x < Infinity
const isSize = (x: number | null): boolean => x === null || (x >= 0 && x < Infinity)
const expected = (field: string, wanted: string, actual: unknown): string =>
  `${field}: expected ${wanted}, was ${String(actual)}`

const eightHoursMs = 8 * 3_600_000

/** Takes over what a sound tick carries. A quote or trade older than the one held does not replace it. */
export function takeTick(venue: VenueBook, tick: ExchangeTick): void {
  const atMs = tick.received_at_ms
  if (atMs > venue.receivedAtMs) venue.receivedAtMs = atMs
  if (tick.bid !== null && tick.ask !== null && atMs >= venue.quoteAtMs) {
    venue.quoteAtMs = atMs
    venue.bid = tick.bid
    venue.bidSize = tick.bid_size
    venue.ask = tick.ask
    venue.askSize = tick.ask_size
    venue.mid = (tick.bid + tick.ask) / 2
  }
  if (tick.last !== null && atMs >= venue.tradeAtMs) {
    venue.tradeAtMs = atMs
    venue.last = tick.last
  }
  if (tick.mark !== null && atMs >= venue.markAtMs) {
    venue.markAtMs = atMs
    venue.mark = tick.mark
  }
  if (tick.next_funding_at_ms !== null) venue.nextFundingAtMs = tick.next_funding_at_ms
  if (tick.funding_rate !== null || tick.funding_interval_ms !== null) takeFunding(venue, tick)
}

/** Intervals of 1, 4 and 8 hours exist. A rate whose interval nobody told is unknown, not a rate for 8 hours. */
function takeFunding(venue: VenueBook, tick: ExchangeTick): void {
  venue.fundingRate = tick.funding_rate ?? venue.fundingRate
  venue.fundingIntervalMs = tick.funding_interval_ms ?? venue.fundingIntervalMs
  venue.fundingRate8h =
    venue.fundingRate === null || venue.fundingIntervalMs === null
      ? null
      : (venue.fundingRate * eightHoursMs) / venue.fundingIntervalMs
}

/** Receive time of what the venue's price rests on: its quote, or its last trade where it never quoted. 0 for nothing. */
export const pricedAtMs = (venue: VenueBook): number =>
  venue.quoteAtMs > 0 ? venue.quoteAtMs : venue.tradeAtMs

/** Whether bid and ask may be shown: only while they are inside the freshness limit. */
export const hasQuote = (venue: VenueBook, nowMs: number, staleAfterMs: number): boolean =>
  venue.quoteAtMs > 0 && nowMs - venue.quoteAtMs <= staleAfterMs

/** The same for the mark price, which comes on its own. */
export const hasMark = (venue: VenueBook, nowMs: number, staleAfterMs: number): boolean =>
  venue.markAtMs > 0 && nowMs - venue.markAtMs <= staleAfterMs

/** 10,000 x (ask - bid) / mid; only for a venue with a quote. */
export const spreadBps = (venue: VenueBook): number =>
  (10_000 * (venue.ask! - venue.bid!)) / venue.mid

/**
 * The venue's own price: the mid of a fresh quote, else a fresh last trade, else 0. So exits still see prices when only
 * the quotes of a venue stop, while entries are refused (its bid and ask are then null).
 */
export function venuePrice(venue: VenueBook, nowMs: number, staleAfterMs: number): number {
  if (hasQuote(venue, nowMs, staleAfterMs)) return venue.mid
  if (venue.tradeAtMs > 0 && nowMs - venue.tradeAtMs <= staleAfterMs) return venue.last
  return 0
}
