import { describe, expect, it } from 'vitest'
import { cancel, exit, openVenue, order, quote, reports, send, startMs, states } from './kit.ts'

describe('client ids and cancels', () => {
  it('refuses a client id while it is open, and takes it again afterwards', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100.2))
    const resting = order({ type: 'LIMIT', price: '99', client_order_id: 'same' })
    send(venue, resting)
    expect(send(venue, resting)).toMatchObject([
      { state: 'REJECTED', venue_code: -4116, reason: 'DUPLICATE_ID', venue_order_id: null },
    ])
    send(venue, cancel('same'))
    expect(states(send(venue, resting))).toEqual(['ACKED'])
  })

  it('reports a cancel on the order that it ends', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100.2))
    send(venue, order({ type: 'LIMIT', price: '99', client_order_id: 'mine', parent_id: 'i7' }))
    expect(send(venue, cancel('mine'))).toMatchObject([
      { state: 'CANCELLED', client_order_id: 'mine', purpose: 'ENTRY', parent_id: 'i7' },
    ])
    venue.onTick(quote(90, 90.2, 1))
    expect(reports(venue)).toEqual([])
  })

  it('reports a cancel that finds nothing under its own id, never under the target’s', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100.2))
    send(venue, order({ client_order_id: 'done' }))
    expect(send(venue, cancel('done', { client_order_id: 'k1' }))).toMatchObject([
      { state: 'REJECTED', client_order_id: 'k1', purpose: 'CANCEL', venue_code: -2011 },
    ])
    expect(venue.findOrder('main', 'done')).toMatchObject({ state: 'FILLED' })
  })

  it('does not cancel an order of another symbol or account', () => {
    const venue = openVenue()
    venue.openAccount('second', '1000', startMs)
    venue.onTick(quote(100, 100.2))
    send(venue, order({ client_order_id: 'mine', type: 'LIMIT', price: '99' }))
    for (const wrong of [{ symbol: 'ETHUSDT' }, { account: 'second' }])
      expect(send(venue, cancel('mine', wrong))).toMatchObject([{ venue_code: -2011 }])
    expect(venue.findOrder('main', 'mine')).toMatchObject({ state: 'ACKED' })
  })

  it('forgets the oldest ended orders, so that its state stays small', () => {
    const venue = openVenue({ walletUsd: '100000' })
    venue.onTick(quote(100, 100))
    for (let index = 0; index <= 200; index++) {
      const side = index % 2 === 0 ? 'BUY' : 'SELL'
      send(venue, order({ client_order_id: `n${index}`, side }))
    }
    expect(venue.findOrder('main', 'n0')).toBeNull()
    expect(venue.findOrder('main', 'n1')).toMatchObject({ state: 'FILLED' })
    expect(venue.state().accounts['main']?.closed_orders).toHaveLength(200)
  })

  it('takes no more than 200 open orders in a symbol', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100.2))
    send(venue, order())
    for (let index = 0; index < 200; index++)
      send(venue, exit({ type: 'LIMIT', price: '105', quantity: '0.001' }))
    expect(send(venue, exit({ type: 'LIMIT', price: '105', quantity: '0.001' }))).toMatchObject([
      { state: 'REJECTED', venue_code: -2025 },
    ])
  })

  it('finds open and ended orders by client id, and no other', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100.2))
    send(venue, order({ client_order_id: 'taken' }))
    send(venue, order({ client_order_id: 'waits', type: 'LIMIT', price: '99' }))
    send(venue, order({ client_order_id: 'refused', quantity: '0' }))
    expect(venue.findOrder('main', 'taken')).toMatchObject({
      state: 'FILLED',
      fills: [{ trade_id: '1', price: '100.2', quantity: '0.1' }],
    })
    expect(venue.findOrder('main', 'waits')).toMatchObject({ state: 'ACKED' })
    expect(venue.findOrder('main', 'refused')).toBeNull()
    expect(venue.findOrder('nobody', 'taken')).toBeNull()
  })
})
