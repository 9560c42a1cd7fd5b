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

const sides = [
  ['long', 'BUY', 'SELL', '0.1'],
  ['short', 'SELL', 'BUY', '-0.1'],
] as const

describe.each(sides)('a reduce-only order against a %s', (_, open, close, held) => {
  it('closes at most the position, and its excess expires', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    send(venue, order({ side: open }))
    expect(position(venue)).toBe(held)
    const list = send(venue, exit({ side: close, quantity: '0.3' }))
    expect(states(list)).toEqual(['ACKED', 'PARTIALLY_FILLED', 'EXPIRED'])
    expect(list.at(-1)).toMatchObject({
      ...{ order_quantity: '0.3', filled_quantity: '0.1' },
      ...{ reason: 'REDUCE_ONLY_REJECTED', venue_code: -2022 },
    })
    expect(position(venue)).toBe('0')
  })

  it('is rejected when it would raise the position', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    send(venue, order({ side: open }))
    expect(send(venue, exit({ side: open }))).toMatchObject([
      { state: 'REJECTED', reason: 'REDUCE_ONLY_REJECTED', venue_code: -2022 },
    ])
    expect(position(venue)).toBe(held)
  })

  it('sent twice closes once', () => {
    const venue = openVenue({ latencyMs: 5 })
    venue.onTick(quote(100, 100))
    venue.submit(order({ side: open }), startMs)
    venue.submit(exit({ side: close }), startMs)
    venue.submit(exit({ side: close }), startMs)
    venue.advance(startMs + 5)
    expect(states(reports(venue))).toEqual(['ACKED', 'FILLED', 'ACKED', 'FILLED', 'REJECTED'])
    expect(position(venue)).toBe('0')
  })

  it('that rests as a limit is cut to what is left of the position when it fills', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    send(venue, order({ side: open }))
    const price = close === 'SELL' ? '101' : '99'
    send(venue, exit({ side: close, type: 'LIMIT', price }))
    send(venue, exit({ side: close, quantity: '0.06' }))
    venue.onTick(close === 'SELL' ? quote(102, 102, 1) : quote(98, 98, 1))
    expect(reports(venue)).toMatchObject([
      { state: 'PARTIALLY_FILLED', fill_quantity: '0.04', fill_price: price },
      { state: 'EXPIRED', filled_quantity: '0.04', reason: 'REDUCE_ONLY_REJECTED' },
    ])
    expect(position(venue)).toBe('0')
  })

  it('that rests stays when the position is closed, and expires when it is reached', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    send(venue, order({ side: open }))
    send(venue, exit({ side: close, type: 'LIMIT', price: close === 'SELL' ? '101' : '99' }))
    send(venue, exit({ side: close }))
    expect(venue.snapshot('main', startMs).open_orders).toHaveLength(1)
    venue.onTick(close === 'SELL' ? quote(102, 102, 1) : quote(98, 98, 1))
    expect(reports(venue)).toMatchObject([{ state: 'EXPIRED', filled_quantity: '0' }])
    expect(venue.snapshot('main', startMs).open_orders).toEqual([])
    expect(position(venue)).toBe('0')
  })
})

describe('a reduce-only order', () => {
  it('is rejected on a flat position, whatever its type', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    for (const type of ['MARKET', 'LIMIT', 'STOP_MARKET', 'TAKE_PROFIT_MARKET'] as const)
      expect(send(venue, exit({ type, price: '101', trigger_price: '95' }))).toMatchObject([
        { state: 'REJECTED', reason: 'REDUCE_ONLY_REJECTED', venue_code: -2022 },
      ])
  })

  it('passes without any free margin', () => {
    const venue = openVenue({ walletUsd: '10' })
    venue.onTick(quote(100, 100))
    send(venue, order({ quantity: '1', leverage: 20 }))
    venue.onTick(tick({ mark: 94.5, at: 1 }))
    venue.onTick(quote(94.5, 94.5, 1))
    expect(venue.snapshot('main', startMs).available_usd).toBe('0')
    expect(states(send(venue, exit({ quantity: '1' }), 1))).toEqual(['ACKED', 'FILLED'])
  })
})

describe('an order that is not reduce-only', () => {
  it('may flip the position', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    send(venue, order({ quantity: '0.1' }))
    venue.onTick(quote(110, 110, 1))
    send(venue, order({ side: 'SELL', quantity: '0.3' }), 1)
    expect(position(venue)).toBe('-0.2')
    expect(venue.books('main').realised).toBe('1')
    expect(venue.snapshot('main', startMs).positions).toMatchObject([{ entry_price: '110' }])
  })
})
