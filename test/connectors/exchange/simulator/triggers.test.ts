import { describe, expect, it } from 'vitest'
import {
  backstop,
  bitcoin,
  exit,
  expectBalanced,
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

const cases = [
  ['a stop of a long', 'BUY', 'STOP_MARKET', '95', 95, 95.1],
  ['a stop of a short', 'SELL', 'STOP_MARKET', '105', 105, 104.9],
  ['a target of a long', 'BUY', 'TAKE_PROFIT_MARKET', '105', 105, 104.9],
  ['a target of a short', 'SELL', 'TAKE_PROFIT_MARKET', '95', 95, 95.1],
] as const

describe.each(cases)('%s', (_, open, type, trigger, reached, missed) => {
  const close = open === 'BUY' ? 'SELL' : 'BUY'

  it('waits while the mark has not reached its trigger', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    send(venue, order({ side: open }))
    expect(states(send(venue, backstop({ type, side: close, trigger_price: trigger })))).toEqual([
      'ACKED',
    ])
    venue.onTick(tick({ mark: missed, at: 1 }))
    expect(reports(venue)).toEqual([])
  })

  it('triggers on the mark and fills at the market as a BACKSTOP of the position', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    send(venue, order({ side: open }))
    send(venue, backstop({ type, side: close, trigger_price: trigger, client_order_id: 'stop' }))
    venue.onTick(quote(99.5, 100.5, 1))
    venue.onTick(tick({ mark: reached, at: 2 }))
    const list = reports(venue)
    expect(states(list)).toEqual(['TRIGGERED', 'FILLED'])
    expect(list[1]).toMatchObject({
      ...{ client_order_id: 'stop', purpose: 'PROTECT', exit_kind: 'BACKSTOP', exit_rung: 0 },
      ...{ fill_price: close === 'SELL' ? '99.5' : '100.5', liquidity: 'TAKER' },
      venue_at_ms: startMs + 2,
    })
    expect(position(venue)).toBe('0')
    expectBalanced(venue)
  })

  it('is refused when it would trigger at once', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    send(venue, order({ side: open }))
    venue.onTick(tick({ mark: reached, at: 1 }))
    expect(send(venue, backstop({ type, side: close, trigger_price: trigger }), 1)).toMatchObject([
      { state: 'REJECTED', venue_code: -2021, reason: 'WOULD_TRIGGER' },
    ])
  })
})

describe('a conditional order', () => {
  it('triggers on mid when there is no mark, and on last when there is no quote', () => {
    const byMid = openVenue()
    byMid.onTick(quote(100, 100))
    send(byMid, order())
    send(byMid, backstop({ trigger_price: '95' }))
    byMid.onTick(quote(94, 96.2, 1))
    expect(reports(byMid)).toEqual([])
    byMid.onTick(quote(94, 96, 2))
    expect(states(reports(byMid))).toEqual(['TRIGGERED', 'FILLED'])

    const byLast = openVenue()
    byLast.onTick(tick({ last: 100 }))
    send(byLast, order())
    send(byLast, backstop({ trigger_price: '95' }))
    byLast.onTick(tick({ last: 95, at: 1 }))
    expect(reports(byLast)).toMatchObject([{ state: 'TRIGGERED' }, { fill_price: '95' }])
  })

  it('is not left to a mark that has gone silent', () => {
    const venue = openVenue()
    venue.onTick(tick({ mark: 100, bid: 100, ask: 100 }))
    send(venue, order())
    send(venue, backstop({ trigger_price: '95' }))
    venue.onTick(quote(94, 94, 60_000))
    expect(reports(venue)).toEqual([])
    venue.onTick(quote(94, 94, 60_001))
    expect(states(reports(venue))).toEqual(['TRIGGERED', 'FILLED'])
  })

  it('whose position is gone stays until it triggers, then expires without a fill', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    send(venue, order())
    send(venue, backstop({ trigger_price: '95' }))
    send(venue, exit())
    expect(venue.snapshot('main', startMs).open_orders).toMatchObject([{ trigger_price: '95' }])
    venue.onTick(quote(94, 94, 1))
    const list = reports(venue)
    expect(states(list)).toEqual(['TRIGGERED', 'EXPIRED'])
    expect(list[1]).toMatchObject({ reason: 'REDUCE_ONLY_REJECTED', filled_quantity: '0' })
    expect(position(venue)).toBe('0')
  })

  it('closes at most the position that is left when it triggers', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    send(venue, order())
    send(venue, backstop({ trigger_price: '95' }))
    send(venue, exit({ quantity: '0.07' }))
    venue.onTick(quote(94, 94, 1))
    const list = reports(venue)
    expect(states(list)).toEqual(['TRIGGERED', 'PARTIALLY_FILLED', 'EXPIRED'])
    expect(list[1]).toMatchObject({ fill_quantity: '0.03' })
  })

  it('that would open needs its margin when it triggers', () => {
    const venue = openVenue({ walletUsd: '10', instruments: [bitcoin] })
    venue.onTick(quote(100, 100))
    const entry = order({ type: 'STOP_MARKET', trigger_price: '105', quantity: '10', leverage: 5 })
    expect(states(send(venue, entry))).toEqual(['ACKED'])
    venue.onTick(quote(106, 106, 1))
    const list = reports(venue)
    expect(states(list)).toEqual(['TRIGGERED', 'EXPIRED'])
    expect(list[1]).toMatchObject({ reason: 'INSUFFICIENT_MARGIN', venue_code: -2019 })
  })

  it('that could not be cancelled in time fires before liquidation does', () => {
    const venue = openVenue({ walletUsd: '100' })
    venue.onTick(quote(100, 100))
    send(venue, order({ quantity: '10', leverage: 20 }))
    send(venue, backstop({ quantity: '10', trigger_price: '95' }))
    venue.onTick(quote(90.5, 90.5, 1))
    const list = reports(venue)
    expect(states(list)).toEqual(['TRIGGERED', 'FILLED'])
    expect(list[1]).toMatchObject({ exit_kind: 'BACKSTOP' })
  })
})
