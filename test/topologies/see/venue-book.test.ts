// One venue's book: what a tick changes, and how long its parts count.
import { describe, expect, it } from 'vitest'
import {
  hasMark,
  hasQuote,
  pricedAtMs,
  spreadBps,
  takeTick,
  tickFault,
  unheardVenue,
  venuePrice,
} from '../../../topologies/see/venue-book.ts'
import { exchangeTickOf, startMs } from '../../kit/records.ts'

const nothing = { bid: null, bid_size: null, ask: null, ask_size: null }

describe('a venue', () => {
  it('that was never heard has no price and no age', () => {
    const venue = unheardVenue('binance')
    expect(venuePrice(venue, startMs, 5_000)).toBe(0)
    expect(pricedAtMs(venue)).toBe(0)
    expect(hasQuote(venue, startMs, 5_000)).toBe(false)
  })

  it('keeps its quote when a trade or a mark comes, each with an age of its own', () => {
    const venue = unheardVenue('binance')
    takeTick(venue, exchangeTickOf())
    takeTick(
      venue,
      exchangeTickOf({ ...nothing, last: 99, mark: 98, received_at_ms: startMs + 6_000 }),
    )
    expect(venue).toMatchObject({ bid: 99.99, ask: 100.01, mid: 100, last: 99, mark: 98 })
    expect(hasQuote(venue, startMs + 6_000, 5_000)).toBe(false)
    expect(hasMark(venue, startMs + 6_000, 5_000)).toBe(true)
    expect(venuePrice(venue, startMs + 5_000, 5_000)).toBe(100)
    expect(venuePrice(venue, startMs + 6_000, 5_000)).toBe(99)
  })

  it('shows its spread in basis points of the mid', () => {
    const venue = unheardVenue('binance')
    takeTick(venue, exchangeTickOf())
    expect(spreadBps(venue)).toBeCloseTo(2, 9)
  })

  it('remembers the funding interval when rates come without one', () => {
    const venue = unheardVenue('binance')
    takeTick(venue, exchangeTickOf({ ...nothing, funding_interval_ms: 14_400_000 }))
    takeTick(venue, exchangeTickOf({ ...nothing, funding_rate: -0.0003 }))
    expect(venue.fundingRate8h).toBeCloseTo(-0.0006, 12)
  })

  it('a mark that arrives late does not replace a newer one', () => {
    const venue = unheardVenue('binance')
    takeTick(venue, exchangeTickOf({ ...nothing, mark: 100 }))
    takeTick(venue, exchangeTickOf({ ...nothing, mark: 90, received_at_ms: startMs - 1 }))
    expect(venue.mark).toBe(100)
  })

  it('a sound tick has no fault, a fault names field, expected and actual', () => {
    expect(tickFault(exchangeTickOf())).toBeNull()
    expect(tickFault(exchangeTickOf({ ask: 99 }))).toBe(
      'ask: expected at least the bid 99.99 (crossed book), was 99',
    )
  })
})
