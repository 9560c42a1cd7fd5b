import { describe, expect, test } from 'vitest'
import { marketFile, quotesHeader, readFeed } from '../../../kit/market-files.ts'

const name = 'BTCUSDT-bookTicker-2024-08-08.csv'
const read = (...rows: readonly string[]): ReturnType<typeof readFeed> =>
  readFeed([marketFile(name, [quotesHeader, ...rows])])

describe('bookTicker files', () => {
  test('a row becomes a tick with both sides of the book and the update id', () => {
    const { ticks } = read('7,61800.20,2.507,61800.30,2.510,1723161256310,1723161256313')
    expect(ticks).toEqual([
      {
        venue: 'binance',
        environment: 'BACKTEST',
        symbol: 'BTCUSDT',
        bid: 61800.2,
        bid_size: 2.507,
        ask: 61800.3,
        ask_size: 2.51,
        last: null,
        last_size: null,
        taker_side: null,
        mark: null,
        funding_rate: null,
        funding_interval_ms: null,
        next_funding_at_ms: null,
        venue_at_ms: 1_723_161_256_313,
        received_at_ms: 1_723_161_256_313,
        sequence: 7,
      },
    ])
  })

  test('the transaction time stands in for an event time that is empty', () => {
    const { ticks } = read('7,1,1,2,1,1723161256310,')
    expect(ticks).toMatchObject([{ venue_at_ms: 1_723_161_256_310 }])
  })

  test('a spot row has no venue time, only the time of receipt', () => {
    const row = '7,1,1,2,1,,,1723161254087891268'
    const file = marketFile(name, [`${quotesHeader},recv_time_ns`, row])
    expect(readFeed([file]).ticks).toMatchObject([
      { venue_at_ms: null, received_at_ms: 1_723_161_254_087 },
    ])
  })

  test('a locked book passes, a crossed one is refused with both prices', () => {
    const { ticks, badRows } = read(
      '7,2,1,2,1,1723161256310,1723161256310',
      '8,2.1,1,2,1,1723161256310,1723161256310',
    )
    expect(ticks).toMatchObject([{ sequence: 7 }])
    expect(badRows).toMatchObject([
      {
        line: 3,
        column: 'best_ask_price',
        value: '2',
        expected: 'an ask of at least the bid, 2.1',
      },
    ])
  })

  test.for([
    ['best_bid_price', '7,0,1,2,1,1723161256310,1723161256310'],
    ['best_ask_price', '7,1,1,nan,1,1723161256310,1723161256310'],
    ['best_bid_qty', '7,1,-1,2,1,1723161256310,1723161256310'],
    ['best_ask_qty', '7,1,1,2,,1723161256310,1723161256310'],
    ['event_time', '7,1,1,2,1,1723161256310,soon'],
    ['transaction_time', '7,1,1,2,1,,'],
    ['update_id', '7.5,1,1,2,1,1723161256310,1723161256310'],
  ] as const)('refuses a row whose %s is bad: %s', ([column, row]) => {
    const { ticks, badRows } = read(row)
    expect(ticks).toEqual([])
    expect(badRows).toMatchObject([{ line: 2, column }])
  })

  test('an empty time of receipt is refused, not replaced by a time of another clock', () => {
    const row = '7,1,1,2,1,1723161256310,1723161256310,'
    const file = marketFile(name, [`${quotesHeader},recv_time_ns`, row])
    expect(readFeed([file]).badRows).toMatchObject([{ column: 'recv_time_ns', value: 'empty' }])
  })
})
