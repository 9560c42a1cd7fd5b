import { describe, expect, it } from 'vitest'
import type { ExchangeTick } from '../../../../schemas/types.gen.ts'
import { openVenue, order, quote, send, startMs, states, tick } from './kit.ts'

const refused: [string, Partial<ExchangeTick>, string, string, string][] = [
  ['a NaN bid', { bid: NaN, ask: 100 }, 'NOT_A_PRICE', 'bid', 'NaN'],
  ['an infinite ask', { bid: 100, ask: Infinity }, 'NOT_A_PRICE', 'ask', 'Infinity'],
  ['a last price of 0', { last: 0 }, 'NOT_A_PRICE', 'last', '0'],
  ['a negative mark', { mark: -1 }, 'NOT_A_PRICE', 'mark', '-1'],
  ['a negative size', { bid: 99, ask: 100, bid_size: -1 }, 'NOT_A_SIZE', 'bid_size', '-1'],
  ['a NaN size', { bid: 99, ask: 100, ask_size: NaN }, 'NOT_A_SIZE', 'ask_size', 'NaN'],
  ['a crossed book', { bid: 101, ask: 100 }, 'CROSSED_BOOK', 'bid', '101'],
  ['a NaN funding rate', { mark: 100, funding_rate: NaN }, 'NOT_A_NUMBER', 'funding_rate', 'NaN'],
  ['an unknown symbol', { symbol: 'NOUSDT', last: 1 }, 'UNKNOWN_SYMBOL', 'symbol', 'NOUSDT'],
  ['another environment', { environment: 'LIVE', last: 1 }, 'ENVIRONMENT', 'environment', 'LIVE'],
  ['a NaN time', { last: 1, received_at_ms: NaN }, 'NOT_A_NUMBER', 'received_at_ms', 'NaN'],
]

describe('a tick', () => {
  it.each(refused)(
    'with %s is answered with its refusal and changes nothing',
    (_, given, ...to) => {
      const [reason, field, value] = to
      const venue = openVenue()
      venue.onTick(quote(99, 100))
      const before = venue.state()
      const symbol = given.symbol ?? 'BTCUSDT'
      expect(venue.onTick(tick({ at: 1, ...given }))).toEqual({ reason, field, value, symbol })
      expect(venue.state()).toEqual(before)
    },
  )

  it('older than the last one of its symbol is refused; another symbol keeps its own time', () => {
    const venue = openVenue()
    venue.onTick(quote(99, 100, 10))
    expect(venue.onTick(quote(99, 100, 9))).toMatchObject({ reason: 'TIME_BACKWARDS' })
    expect(venue.onTick(quote(99, 100, 10))).toBeNull()
    expect(venue.onTick(quote(99, 100, 5, 'ETHUSDT'))).toBeNull()
  })

  it('of another venue is not its business', () => {
    const venue = openVenue()
    const before = venue.state()
    expect(venue.onTick(tick({ venue: 'bybit', bid: 99, ask: 100, at: 1 }))).toBeNull()
    expect(venue.state()).toEqual(before)
  })

  it('with a locked book is taken', () => {
    expect(openVenue().onTick(quote(100, 100))).toBeNull()
  })
})

describe('the book', () => {
  it('takes the last price as both sides when the venue sends no quotes', () => {
    const venue = openVenue()
    venue.onTick(tick({ last: 100, last_size: 0.001 }))
    const [, bought] = send(venue, order({ quantity: '5' }))
    expect(bought).toMatchObject({ state: 'FILLED', fill_price: '100', fill_quantity: '5' })
  })

  it('keeps its quote when a trade comes, until the quote is a minute old', () => {
    const venue = openVenue()
    venue.onTick(quote(99, 101))
    venue.onTick(tick({ last: 100, at: 60_000 }))
    expect(send(venue, order(), 60_000)[1]).toMatchObject({ fill_price: '101' })
    venue.onTick(tick({ last: 100, at: 60_001 }))
    expect(send(venue, order(), 60_001)[1]).toMatchObject({ fill_price: '100' })
  })

  it('puts prices off the tick on the worse side for the taker', () => {
    const venue = openVenue()
    venue.onTick(quote(99.97, 100.02))
    expect(send(venue, order())[1]).toMatchObject({ fill_price: '100.1' })
    expect(send(venue, order({ side: 'SELL' }))[1]).toMatchObject({ fill_price: '99.9' })
  })

  it('offers nothing where the shown size is below one step', () => {
    const venue = openVenue()
    venue.onTick(tick({ bid: 99, bid_size: 1, ask: 100, ask_size: 0.0009 }))
    const list = send(venue, order())
    expect(states(list)).toEqual(['ACKED', 'EXPIRED'])
    expect(list[1]).toMatchObject({ filled_quantity: '0', reason: 'NO_LIQUIDITY' })
  })

  it('never lets the clock go back', () => {
    const venue = openVenue()
    venue.advance(startMs + 1_000)
    venue.advance(startMs)
    venue.onTick(quote(100, 100, 10))
    expect(send(venue, order(), 10)[0]).toMatchObject({ venue_at_ms: startMs + 1_000 })
    expect(() => venue.advance(NaN)).toThrow('expected a time in ms')
  })
})
