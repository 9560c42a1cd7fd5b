import { describe, expect, it } from 'vitest'
import type { OrderCommand } from '../../../../schemas/types.gen.ts'
import { bitcoin, exit, openVenue, order, quote, send, states } from './kit.ts'

/** Sends one order into a market at 100 and gives its first report. */
function answer(given: Partial<OrderCommand>): unknown {
  const venue = openVenue()
  venue.onTick(quote(100, 100))
  return send(venue, order(given))[0]
}

const refused: [string, Partial<OrderCommand>, number, string][] = [
  ['text as quantity', { quantity: 'lots' }, -1102, 'FILTER'],
  ['an exponent as quantity', { quantity: '1e1' }, -1102, 'FILTER'],
  ['NaN as quantity', { quantity: 'NaN' }, -1102, 'FILTER'],
  ['a quantity of 0', { quantity: '0' }, -4003, 'FILTER'],
  ['a negative quantity', { quantity: '-1' }, -4003, 'FILTER'],
  ['a quantity with too many decimals', { quantity: '0.1005' }, -1111, 'FILTER'],
  ['a market order above the market maximum', { quantity: '101' }, -4005, 'FILTER'],
  ['a notional below the minimum', { quantity: '0.049' }, -4164, 'FILTER'],
  ['a limit order without price', { type: 'LIMIT' }, -1102, 'FILTER'],
  ['a price of 0', { type: 'LIMIT', price: '0' }, -4013, 'FILTER'],
  ['a price with too many decimals', { type: 'LIMIT', price: '99.95' }, -1111, 'FILTER'],
  ['a buy far above mark', { type: 'LIMIT', price: '110.1' }, -4016, 'FILTER'],
  ['a sale far below mark', { type: 'LIMIT', side: 'SELL', price: '89.9' }, -4024, 'FILTER'],
  ['a stop without trigger', { type: 'STOP_MARKET' }, -1102, 'FILTER'],
  ['a trigger off the tick', { type: 'STOP_MARKET', trigger_price: '110.05' }, -1111, 'FILTER'],
  ['an unknown symbol', { symbol: 'NOUSDT' }, -1121, 'UNKNOWN_SYMBOL'],
  ['an unknown account', { account: 'nobody' }, -2015, 'OTHER'],
  ['an unknown type', { type: 'UNKNOWN' }, -1116, 'OTHER'],
  ['an unknown side', { side: 'UNKNOWN' }, -1117, 'OTHER'],
  ['a client id that no venue takes', { client_order_id: 'a b' }, -4015, 'OTHER'],
]

describe('filters', () => {
  it.each(refused)('refuse %s', (_, given, code, reason) => {
    expect(answer(given)).toMatchObject({ state: 'REJECTED', venue_code: code, reason })
  })

  it('let the numbers at the border pass', () => {
    expect(answer({ quantity: '0.05' })).toMatchObject({ state: 'ACKED' })
    expect(answer({ type: 'LIMIT', price: '110', quantity: '0.1' })).toMatchObject({
      state: 'ACKED',
    })
    expect(answer({ type: 'LIMIT', side: 'SELL', price: '90' })).toMatchObject({ state: 'ACKED' })
    // A price that is good for the seller is no slip.
    expect(answer({ type: 'LIMIT', side: 'SELL', price: '150' })).toMatchObject({ state: 'ACKED' })
  })

  it('refuse an order for another venue or environment', () => {
    expect(answer({ venue: 'bybit' })).toMatchObject({ state: 'REJECTED', reason: 'ENVIRONMENT' })
    expect(answer({ environment: 'LIVE' })).toMatchObject({
      ...{ state: 'REJECTED', reason: 'ENVIRONMENT', venue_code: null },
      detail: 'expected an order for PAPER, was for LIVE',
    })
  })

  it('know steps that are no power of ten', () => {
    const coarse = { ...bitcoin, step_size: '0.005', min_quantity: '0.005', tick_size: '0.5' }
    const venue = openVenue({ instruments: [coarse] })
    venue.onTick(quote(100, 100))
    expect(send(venue, order({ quantity: '0.101' }))).toMatchObject([{ venue_code: -4023 }])
    expect(send(venue, order({ type: 'LIMIT', price: '99.3' }))).toMatchObject([
      { venue_code: -4014 },
    ])
    expect(states(send(venue, order({ quantity: '0.105' })))).toEqual(['ACKED', 'FILLED'])
    expect(send(venue, exit({ quantity: '0.001' }))).toMatchObject([{ venue_code: -4004 }])
  })

  it('never hold an exit for its small notional', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    send(venue, order({ quantity: '0.05' }))
    expect(states(send(venue, exit({ quantity: '0.001' })))).toEqual(['ACKED', 'FILLED'])
  })

  it('refuse every order while the symbol is halted', () => {
    const venue = openVenue({ instruments: [{ ...bitcoin, status: 'HALTED' }] })
    venue.onTick(quote(100, 100))
    expect(send(venue, order())).toMatchObject([{ state: 'REJECTED', venue_code: -4140 }])
  })
})
