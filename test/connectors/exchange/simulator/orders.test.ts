import { describe, expect, it } from 'vitest'
import {
  exit,
  openVenue,
  order,
  position,
  quote,
  reports,
  send,
  startMs,
  states,
  tick,
} from './kit.ts'

describe('a market order', () => {
  it('takes the ask to buy and the bid to sell, and pays the taker fee', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100.2))
    const [acked, filled] = send(venue, order({ quantity: '1' }))
    expect(acked).toMatchObject({ state: 'ACKED', venue_order_id: '1', filled_quantity: '0' })
    expect(filled).toMatchObject({
      ...{ state: 'FILLED', fill_price: '100.2', fill_quantity: '1', fee_usd: '0.0501' },
      ...{ liquidity: 'TAKER', venue_trade_id: '1', filled_quantity: '1', order_quantity: '1' },
    })
    const [, sold] = send(venue, order({ side: 'SELL', quantity: '1' }))
    expect(sold).toMatchObject({ state: 'FILLED', fill_price: '100', fee_usd: '0.05' })
    expect(venue.books('main')).toEqual({
      ...{ deposits: '1000', realised: '-0.2', fees: '0.1001', funding: '0', insurance: '0' },
      wallet: '999.6999',
    })
  })

  it('walks worse levels in parts when the touch is too small', () => {
    const venue = openVenue()
    venue.onTick(tick({ bid: 99.8, bid_size: 2, ask: 100, ask_size: 0.5 }))
    const list = send(venue, order({ quantity: '1.2' }))
    expect(states(list)).toEqual(['ACKED', 'PARTIALLY_FILLED', 'PARTIALLY_FILLED', 'FILLED'])
    // One spread of 0.2 from level to level, the same size on each.
    expect(list.slice(1).map((report) => [report.fill_price, report.fill_quantity])).toEqual([
      ['100', '0.5'],
      ['100.2', '0.5'],
      ['100.4', '0.2'],
    ])
    expect(list.map((report) => report.filled_quantity)).toEqual(['0', '0.5', '1', '1.2'])
  })

  it('expires with its filled part kept when the book gives no more', () => {
    const venue = openVenue()
    venue.onTick(tick({ bid: 99.9, bid_size: 1, ask: 100, ask_size: 0.01 }))
    const list = send(venue, order({ quantity: '1' }))
    const last = list.at(-1)
    expect(last).toMatchObject({
      ...{ state: 'EXPIRED', filled_quantity: '0.1', reason: 'NO_LIQUIDITY' },
      ...{ fill_quantity: null, detail: 'the book gave all but 0.9' },
    })
    expect(position(venue)).toBe('0.1')
  })

  it('does not sell the same shown size twice, until a new quote shows more', () => {
    const venue = openVenue()
    const shown = { bid: 99.9, bid_size: 1, ask: 100, ask_size: 0.2 }
    venue.onTick(tick(shown))
    send(venue, order({ quantity: '0.2' }))
    const [, second] = send(venue, order({ quantity: '0.2' }))
    expect(second).toMatchObject({ fill_price: '100.1' })
    venue.onTick(tick({ ...shown, at: 1 }))
    const [, third] = send(venue, order({ quantity: '0.2' }), 1)
    expect(third).toMatchObject({ fill_price: '100' })
  })

  it('is rejected before any price was seen, and when its side of the book is empty', () => {
    const venue = openVenue()
    expect(send(venue, order())).toMatchObject([{ state: 'REJECTED', venue_code: -2020 }])
    venue.onTick(tick({ bid: 100, bid_size: 1 }))
    expect(send(venue, order())).toMatchObject([{ state: 'REJECTED', reason: 'NO_LIQUIDITY' }])
    expect(states(send(venue, order({ side: 'SELL' })))).toEqual(['ACKED', 'FILLED'])
  })
})

describe('a limit order', () => {
  it('rests, then fills as maker at its own price when the other side reaches it', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100.2))
    expect(states(send(venue, order({ type: 'LIMIT', price: '99.5' })))).toEqual(['ACKED'])
    venue.onTick(quote(99.4, 99.6, 1))
    expect(reports(venue)).toEqual([])
    venue.onTick(quote(99.2, 99.4, 2))
    expect(reports(venue)).toMatchObject([
      { state: 'FILLED', fill_price: '99.5', liquidity: 'MAKER', fee_usd: '0.00199' },
    ])
  })

  it('takes what crosses at once and rests with what is left', () => {
    const venue = openVenue()
    venue.onTick(tick({ bid: 100, bid_size: 1, ask: 100.1, ask_size: 0.1 }))
    const list = send(venue, order({ type: 'LIMIT', price: '100.2', quantity: '0.5' }))
    expect(list.map((report) => [report.state, report.fill_price, report.liquidity])).toEqual([
      ['ACKED', null, null],
      ['PARTIALLY_FILLED', '100.1', 'TAKER'],
      ['PARTIALLY_FILLED', '100.2', 'TAKER'],
    ])
    venue.onTick(tick({ bid: 100, bid_size: 1, ask: 100.1, ask_size: 0.05, at: 1 }))
    expect(reports(venue)).toMatchObject([
      { state: 'PARTIALLY_FILLED', fill_quantity: '0.05', liquidity: 'MAKER' },
    ])
    expect(venue.snapshot('main', startMs).open_orders).toMatchObject([{ quantity: '0.25' }])
  })

  it('fills the better price first and the older order first', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100.2))
    const limit = (id: string, price: string): void => {
      send(venue, order({ type: 'LIMIT', price, client_order_id: id }))
    }
    limit('low', '99')
    limit('high1', '99.5')
    limit('high2', '99.5')
    venue.onTick(tick({ bid: 98, bid_size: 9, ask: 98.5, ask_size: 0.15, at: 1 }))
    expect(reports(venue).map((report) => [report.client_order_id, report.fill_quantity])).toEqual([
      ['high1', '0.1'],
      ['high2', '0.05'],
    ])
  })
})

describe('latency', () => {
  it('meets the book as it is when the command arrives, and tells the client later', () => {
    const venue = openVenue({ latencyMs: 20, reportLatencyMs: 10 })
    venue.onTick(quote(100, 100.2))
    venue.submit(order(), startMs)
    expect(venue.nextEventAtMs()).toBe(startMs + 20)
    venue.onTick(quote(101, 101.2, 19))
    venue.onTick(quote(150, 150.2, 21))
    expect(venue.takeEvents()).toEqual([])
    expect(venue.nextEventAtMs()).toBe(startMs + 30)
    venue.advance(startMs + 30)
    const list = reports(venue)
    expect(states(list)).toEqual(['ACKED', 'FILLED'])
    expect(list[1]).toMatchObject({
      ...{ fill_price: '101.2', sent_at_ms: startMs, venue_at_ms: startMs + 20 },
      received_at_ms: startMs + 30,
    })
    // Nothing is left but the funding of the open position.
    expect(venue.nextEventAtMs()).toBe(1_700_006_400_000)
    venue.submit(exit(), startMs + 30)
    venue.advance(startMs + 60)
    venue.takeEvents()
    expect(venue.nextEventAtMs()).toBeNull()
  })

  it('keeps commands in the order in which they were sent', () => {
    const venue = openVenue({ latencyMs: 20 })
    venue.onTick(quote(100, 100.2))
    venue.submit(order(), startMs + 1)
    venue.submit(exit(), startMs + 1)
    venue.advance(startMs + 21)
    expect(states(reports(venue))).toEqual(['ACKED', 'FILLED', 'ACKED', 'FILLED'])
    expect(position(venue)).toBe('0')
  })
})
