import { describe, expect, it } from 'vitest'
import { backstop, bitcoin, openVenue, order, quote, send, startMs, states, tick } from './kit.ts'

describe('leverage', () => {
  it('asked for with an entry is set for the symbol', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    send(venue, order({ leverage: 5 }))
    expect(venue.snapshot('main', startMs).positions).toMatchObject([{ leverage: 5 }])
    expect(venue.snapshot('main', startMs).margin_used_usd).toBe('2')
  })

  it('of a refused entry is not set', () => {
    const venue = openVenue({ walletUsd: '10' })
    venue.onTick(quote(100, 100))
    send(venue, order({ leverage: 5 }))
    send(venue, order({ leverage: 1, quantity: '5' }))
    expect(venue.snapshot('main', startMs).positions).toMatchObject([{ leverage: 5 }])
  })

  it.each([0, 51, 2.5])('of %s is refused as no leverage at all', (leverage) => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    expect(send(venue, order({ leverage }))).toMatchObject([
      { state: 'REJECTED', venue_code: -4028, reason: 'LEVERAGE' },
    ])
  })

  it.each(['BUY', 'SELL'] as const)('of 1 is allowed for %s', (side) => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    expect(states(send(venue, order({ side, leverage: 1 })))).toEqual(['ACKED', 'FILLED'])
  })

  it('above the bracket of the whole position is refused, at the bracket it passes', () => {
    const venue = openVenue({ walletUsd: '1000000', instruments: [bitcoin] })
    venue.onTick(quote(100, 100))
    // 50x holds below 10,000 USD: 99 x 100 is inside, 100 x 100 is not.
    expect(states(send(venue, order({ quantity: '99', leverage: 50 })))).toEqual([
      'ACKED',
      'FILLED',
    ])
    expect(send(venue, order({ quantity: '1', leverage: 50 }))).toMatchObject([
      { state: 'REJECTED', venue_code: -2027, reason: 'LEVERAGE' },
    ])
    expect(states(send(venue, order({ quantity: '1', leverage: 20 })))).toEqual(['ACKED', 'FILLED'])
  })

  it('counts resting orders towards the bracket', () => {
    const venue = openVenue({ walletUsd: '1000000', instruments: [bitcoin] })
    venue.onTick(quote(100, 100))
    send(venue, order({ type: 'LIMIT', price: '99', quantity: '60', leverage: 50 }))
    expect(send(venue, order({ quantity: '60', leverage: 50 }))).toMatchObject([
      { venue_code: -2027 },
    ])
  })

  it('is checked for a conditional entry before it rests', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    const entry = order({ type: 'STOP_MARKET', trigger_price: '105', leverage: 60 })
    expect(send(venue, entry)).toMatchObject([{ state: 'REJECTED', venue_code: -4028 }])
  })
})

describe('an entry', () => {
  it('needs initial margin, fee and slippage, to the cent', () => {
    // 1 x 100 at 10x: 10 of margin and 0.05 of fee.
    const poor = openVenue({ walletUsd: '10.049' })
    poor.onTick(quote(100, 100))
    expect(send(poor, order({ quantity: '1', leverage: 10 }))).toMatchObject([
      { state: 'REJECTED', venue_code: -2019, reason: 'INSUFFICIENT_MARGIN' },
    ])
    const enough = openVenue({ walletUsd: '10.05' })
    enough.onTick(quote(100, 100))
    expect(states(send(enough, order({ quantity: '1', leverage: 10 })))).toEqual([
      'ACKED',
      'FILLED',
    ])
    expect(enough.snapshot('main', startMs)).toMatchObject({
      ...{ equity_usd: '10', margin_used_usd: '10', available_usd: '0' },
    })
  })

  it.each(['BUY', 'SELL'] as const)('to %s pays for the levels that it would walk', (side) => {
    const venue = openVenue({ walletUsd: '11' })
    venue.onTick(tick({ bid: 99.5, bid_size: 0.1, ask: 100.5, ask_size: 0.1 }))
    expect(send(venue, order({ side, quantity: '1', leverage: 10 }))).toMatchObject([
      { state: 'REJECTED', venue_code: -2019 },
    ])
  })

  it('cannot spend margin that a resting order has reserved', () => {
    const venue = openVenue({ walletUsd: '15' })
    venue.onTick(quote(100, 100))
    send(venue, order({ type: 'LIMIT', price: '99', quantity: '1', leverage: 10 }))
    expect(venue.snapshot('main', startMs).available_usd).toBe('5.1')
    expect(send(venue, order({ quantity: '1', leverage: 10 }))).toMatchObject([
      { venue_code: -2019 },
    ])
  })

  it('may use profit that is not yet realised, as cross margin does', () => {
    const venue = openVenue({ walletUsd: '20' })
    venue.onTick(quote(100, 100))
    send(venue, order({ quantity: '1', leverage: 10 }))
    venue.onTick(quote(200, 200, 1))
    expect(states(send(venue, order({ quantity: '2', leverage: 10 }), 1))).toEqual([
      'ACKED',
      'FILLED',
    ])
  })
})

describe('the snapshot', () => {
  it('values positions at the mark and lists what rests, stops included', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    send(venue, order({ quantity: '2', leverage: 10 }))
    send(venue, backstop({ quantity: '2', trigger_price: '90', client_order_id: 'stop' }))
    venue.onTick(tick({ mark: 103, at: 5 }))
    expect(venue.snapshot('main', startMs + 5)).toEqual({
      ...{ account: 'main', venue: 'binance', environment: 'PAPER', complete: true },
      ...{ wallet_usd: '999.9', transfers_usd: '1000' },
      ...{ unrealised_usd: '6', equity_usd: '1005.9' },
      ...{ margin_used_usd: '20.6', available_usd: '985.3' },
      positions: [
        {
          ...{ symbol: 'BTCUSDT', quantity: '2', entry_price: '100', mark_price: '103' },
          ...{ leverage: 10, liquidation_price: null },
        },
      ],
      open_orders: [
        {
          ...{ symbol: 'BTCUSDT', client_order_id: 'stop', type: 'STOP_MARKET', side: 'SELL' },
          ...{ quantity: '2', trigger_price: '90', reduce_only: true },
        },
      ],
      as_of_ms: startMs + 5,
      venue_sequence: 3,
    })
  })
})
