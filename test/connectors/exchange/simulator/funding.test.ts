import { describe, expect, it } from 'vitest'
import {
  expectBalanced,
  exit,
  fundings,
  openVenue,
  order,
  quote,
  send,
  startMs,
  tick,
} from './kit.ts'

const hourMs = 3_600_000

/** A position of 2 at 100, and a mark tick that announces funding in one hour. */
function funded(side: 'BUY' | 'SELL', rate: number | null): ReturnType<typeof openVenue> {
  const venue = openVenue()
  venue.onTick(quote(100, 100))
  send(venue, order({ side, quantity: '2' }))
  venue.onTick(tick({ mark: 101, funding_rate: rate, next_funding_at_ms: startMs + hourMs, at: 1 }))
  return venue
}

describe('funding', () => {
  it('is paid by longs and received by shorts when the rate is positive', () => {
    const long = funded('BUY', 0.0001)
    const short = funded('SELL', 0.0001)
    expect(long.nextEventAtMs()).toBe(startMs + hourMs)
    long.advance(startMs + hourMs)
    short.advance(startMs + hourMs)
    expect(fundings(long)).toMatchObject([
      {
        ...{ amount_usd: '-0.0202', rate: 0.0001, quantity: '2', mark_price: '101' },
        venue_at_ms: startMs + hourMs,
        funding_id: `binance:main:BTCUSDT:funding:${startMs + hourMs}`,
        venue_sequence: 3,
      },
    ])
    expect(fundings(short)).toMatchObject([{ amount_usd: '0.0202', quantity: '-2' }])
    expect(long.books('main').funding).toBe('-0.0202')
    expectBalanced(long)
    expectBalanced(short)
  })

  it('turns round when the rate is negative', () => {
    const venue = funded('BUY', -0.0001)
    venue.advance(startMs + hourMs)
    expect(fundings(venue)).toMatchObject([{ amount_usd: '0.0202' }])
  })

  it('is paid once, also when the venue goes on announcing the time that has passed', () => {
    const venue = funded('BUY', 0.0001)
    const late = { mark: 101, next_funding_at_ms: startMs + hourMs }
    venue.onTick(tick({ ...late, at: hourMs - 1 }))
    venue.onTick(tick({ ...late, at: hourMs }))
    venue.onTick(tick({ ...late, at: hourMs + 1 }))
    expect(fundings(venue)).toHaveLength(1)
  })

  it('uses the rate and the mark from before the payment', () => {
    const venue = funded('BUY', 0.0001)
    venue.onTick(tick({ mark: 500, funding_rate: 0.01, at: hourMs + 5 }))
    expect(fundings(venue)).toMatchObject([{ mark_price: '101', rate: 0.0001 }])
  })

  it('falls on multiples of the interval when the venue announces no time', () => {
    const venue = openVenue()
    venue.onTick(tick({ bid: 100, ask: 100, funding_rate: 0.0001 }))
    send(venue, order())
    const eightHoursMs = 8 * hourMs
    const first = Math.ceil(startMs / eightHoursMs) * eightHoursMs
    expect(venue.nextEventAtMs()).toBe(first)
    venue.advance(first + eightHoursMs)
    expect(fundings(venue).map((one) => one.venue_at_ms)).toEqual([first, first + eightHoursMs])
  })

  it('comes before a command that arrives at the same moment', () => {
    const venue = funded('BUY', 0.0001)
    venue.submit(exit({ quantity: '2' }), startMs + hourMs)
    expect(venue.takeEvents().map((event) => event.topic)).toEqual([
      'funding.paid',
      'order.report',
      'order.report',
    ])
  })

  it('is not paid without a position, and not before a rate was seen', () => {
    const flat = openVenue()
    flat.onTick(tick({ mark: 100, funding_rate: 0.01, next_funding_at_ms: startMs + 5 }))
    expect(flat.nextEventAtMs()).toBeNull()
    flat.advance(startMs + hourMs)
    expect(flat.takeEvents()).toEqual([])
    const unknown = funded('BUY', null)
    unknown.advance(startMs + hourMs)
    expect(unknown.takeEvents()).toEqual([])
  })

  it('reaches every symbol of an account that is due at the same moment', () => {
    const venue = funded('BUY', 0.0001)
    venue.onTick(quote(50, 50, 1, 'ETHUSDT'))
    send(venue, order({ symbol: 'ETHUSDT', side: 'SELL' }), 1)
    const announced = { funding_rate: 0.0001, next_funding_at_ms: startMs + hourMs, at: 2 }
    venue.onTick(tick({ ...announced, symbol: 'ETHUSDT', mark: 50 }))
    venue.advance(startMs + hourMs)
    expect(fundings(venue).map((one) => [one.symbol, one.amount_usd])).toEqual([
      ['BTCUSDT', '-0.0202'],
      ['ETHUSDT', '0.0005'],
    ])
  })

  it('that eats the margin leads to liquidation', () => {
    const venue = openVenue({ walletUsd: '20' })
    venue.onTick(quote(100, 100))
    send(venue, order({ quantity: '2', leverage: 20 }))
    venue.onTick(
      tick({ mark: 100, funding_rate: 0.095, next_funding_at_ms: startMs + hourMs, at: 1 }),
    )
    venue.advance(startMs + hourMs)
    expect(venue.takeEvents().map((event) => event.topic)).toEqual([
      'funding.paid',
      'order.report',
      'order.report',
    ])
    expect(venue.snapshot('main', startMs).positions).toEqual([])
    expectBalanced(venue)
  })
})
