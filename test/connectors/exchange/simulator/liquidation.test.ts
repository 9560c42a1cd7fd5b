import { describe, expect, it } from 'vitest'
import {
  bitcoin,
  ether,
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

/** A position of 10 opened at 100 with 100.5 USD, unless said otherwise: 0.5 of fee, 100 left. */
function leveraged(
  side: 'BUY' | 'SELL',
  walletUsd = '100.5',
  liquidationFeeRate = '0.01',
): ReturnType<typeof openVenue> {
  const fee = { liquidation_fee_rate: liquidationFeeRate }
  const venue = openVenue({
    walletUsd,
    instruments: [
      { ...bitcoin, ...fee },
      { ...ether, ...fee },
    ],
  })
  venue.onTick(quote(100, 100))
  expect(states(send(venue, order({ side, quantity: '10', leverage: 20 })))).toEqual([
    'ACKED',
    'FILLED',
  ])
  return venue
}

describe.each([
  ['long', 'BUY', -1],
  ['short', 'SELL', 1],
] as const)('a %s', (_, side, direction) => {
  it('is liquidated at the price that the snapshot named, and not one tick before', () => {
    const venue = leveraged(side)
    const named = Number(venue.snapshot('main', startMs).positions[0]?.liquidation_price)
    // 100 of equity against 1 % of maintenance: near 91 for a long, near 109 for a short.
    expect(named).toBeCloseTo(100 + direction * 9, 0)
    venue.onTick(tick({ mark: named - direction * 0.1, at: 1 }))
    expect(reports(venue)).toEqual([])
    venue.onTick(tick({ mark: named + direction * 0.1, at: 2 }))
    const list = reports(venue)
    expect(states(list)).toEqual(['ACKED', 'FILLED'])
    expect(list[1]).toMatchObject({
      ...{ client_order_id: 'autoclose-1', purpose: 'EXTERNAL', exit_kind: 'LIQUIDATION' },
      ...{ reduce_only: true, sent_at_ms: null, parent_id: '', correlation_id: '' },
      // Taker fee and liquidation fee: 1.05 % of what was closed.
      ...{ fill_price: '100', fee_usd: '10.5' },
    })
    expect(position(venue)).toBe('0')
    expect(venue.nextEventAtMs()).toBeNull()
    expectBalanced(venue)
  })

  it('that loses more than its wallet ends at 0, and the insurance fund books the rest', () => {
    const venue = leveraged(side)
    const gap = 100 + direction * 20
    venue.onTick(quote(gap, gap, 1))
    const books = venue.books('main')
    expect(books.wallet).toBe('0')
    expect(Number(books.insurance)).toBeGreaterThan(0)
    expectBalanced(venue)
  })

  it('has its open orders cancelled first', () => {
    const venue = leveraged(side)
    const price = direction < 0 ? '105' : '95'
    send(
      venue,
      exit({ side: side === 'BUY' ? 'SELL' : 'BUY', type: 'LIMIT', price, quantity: '1' }),
    )
    venue.onTick(tick({ mark: 100 + direction * 12, at: 1 }))
    expect(states(reports(venue))).toEqual(['CANCELLED', 'ACKED', 'FILLED'])
    expect(venue.snapshot('main', startMs).open_orders).toEqual([])
  })

  it('is taken over whole even where the book is thin', () => {
    const venue = leveraged(side)
    const price = 100 + direction * 10
    const thin = { bid: price - 0.1, bid_size: 0.1, ask: price, ask_size: 0.1 }
    venue.onTick(tick({ ...thin, at: 1 }))
    expect(states(reports(venue)).at(-1)).toBe('FILLED')
    expect(position(venue)).toBe('0')
    expectBalanced(venue)
  })
})

describe('cross margin', () => {
  it('lets a winning position carry a losing one', () => {
    const venue = leveraged('BUY', '160')
    venue.onTick(quote(100, 100, 0, 'ETHUSDT'))
    send(venue, order({ symbol: 'ETHUSDT', side: 'SELL', quantity: '10', leverage: 20 }))
    venue.onTick(quote(85, 85, 1, 'ETHUSDT'))
    venue.onTick(quote(85, 85, 2))
    expect(reports(venue)).toEqual([])
  })

  it('closes the position with the larger maintenance margin first and stops when the rest is covered', () => {
    const venue = leveraged('BUY', '160', '0')
    venue.onTick(quote(100, 100, 0, 'ETHUSDT'))
    send(venue, order({ symbol: 'ETHUSDT', quantity: '1', leverage: 20 }))
    venue.onTick(quote(85, 85, 1))
    const closed = reports(venue).filter((report) => report.fill_price !== null)
    expect(closed.map((report) => report.symbol)).toEqual(['BTCUSDT'])
    expect(position(venue, 'ETHUSDT')).toBe('1')
    expectBalanced(venue)
  })

  it('liquidates when another symbol moves against the account', () => {
    const venue = leveraged('BUY', '160')
    venue.onTick(quote(100, 100, 0, 'ETHUSDT'))
    send(venue, order({ symbol: 'ETHUSDT', side: 'SELL', quantity: '10', leverage: 20 }))
    venue.onTick(quote(116, 116, 1, 'ETHUSDT'))
    expect(reports(venue)[0]).toMatchObject({ exit_kind: 'LIQUIDATION', symbol: 'ETHUSDT' })
    expectBalanced(venue)
  })
})

describe('bankruptcy', () => {
  it('by a stop is settled by the insurance fund', () => {
    const venue = leveraged('BUY')
    send(
      venue,
      exit({ purpose: 'PROTECT', type: 'STOP_MARKET', trigger_price: '95', quantity: '10' }),
    )
    venue.onTick(quote(80, 80, 1))
    expect(states(reports(venue))).toEqual(['TRIGGERED', 'FILLED'])
    expect(venue.books('main').wallet).toBe('0')
    expectBalanced(venue)
  })

  it('by an exit into an empty book is settled by the insurance fund', () => {
    const venue = leveraged('BUY')
    venue.onTick(tick({ mark: 100, bid: 50, ask: 101, at: 1 }))
    expect(states(send(venue, exit({ quantity: '10' }), 1))).toEqual(['ACKED', 'FILLED'])
    expect(venue.books('main')).toMatchObject({ wallet: '0', realised: '-500' })
    expectBalanced(venue)
  })

  it('by a resting exit is settled by the insurance fund', () => {
    const venue = leveraged('BUY', '51.05')
    venue.onTick(tick({ mark: 100, bid: 90, ask: 101, at: 1 }))
    send(venue, exit({ type: 'LIMIT', price: '90.1', quantity: '10' }), 1)
    venue.onTick(tick({ mark: 100, bid: 90.1, ask: 101, at: 2 }))
    expect(reports(venue)).toMatchObject([{ state: 'FILLED', liquidity: 'MAKER' }])
    expect(venue.books('main').wallet).toBe('0')
    expectBalanced(venue)
  })
})
