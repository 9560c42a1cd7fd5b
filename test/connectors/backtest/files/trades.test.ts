import { describe, expect, test } from 'vitest'
import { marketFile, readFeed, tradesHeader } from '../../../kit/market-files.ts'

const name = 'BTCUSDT-trades-2024-08-08.csv'

describe('trades files', () => {
  test('a row becomes a tick with last price, size, side of the taker and the trade id', () => {
    const row = '5266583935,61800.30,0.006,370.8018,1723161256322,false'
    expect(readFeed([marketFile(name, [tradesHeader, row])])).toEqual({
      ticks: [
        {
          venue: 'binance',
          environment: 'BACKTEST',
          symbol: 'BTCUSDT',
          bid: null,
          bid_size: null,
          ask: null,
          ask_size: null,
          last: 61800.3,
          last_size: 0.006,
          taker_side: 'BUY',
          mark: null,
          funding_rate: null,
          funding_interval_ms: null,
          next_funding_at_ms: null,
          venue_at_ms: 1_723_161_256_322,
          received_at_ms: 1_723_161_256_322,
          sequence: 5_266_583_935,
        },
      ],
      badRows: [],
    })
  })

  test('the taker sells where the buyer was the maker', () => {
    const row = '1,61800.30,0.006,,1723161256322,True'
    expect(readFeed([marketFile(name, [row])]).ticks).toMatchObject([{ taker_side: 'SELL' }])
  })

  test('the time of receipt orders the feed where the file has one, the venue time stays beside it', () => {
    const header = `${tradesHeader},order_type,recv_time_ns`
    const row = '1,61800.30,0.006,370.8,1723161256322,false,MARKET,1723161255088176367'
    expect(readFeed([marketFile(name, [header, row])]).ticks).toMatchObject([
      { venue_at_ms: 1_723_161_256_322, received_at_ms: 1_723_161_255_088 },
    ])
  })

  test('the spot form without header, in microseconds, with a best-match column', () => {
    const row = '1,93576.00000000,0.00018000,16.84,1735689600063379,True,True'
    expect(readFeed([marketFile(name, [row])])).toMatchObject({
      ticks: [{ last: 93576, received_at_ms: 1_735_689_600_063 }],
      badRows: [],
    })
  })

  test.for([
    ['price', '1,NaN,0.006,,1723161256322,false', 'NaN', 'a price above 0'],
    ['price', '1,,0.006,,1723161256322,false', 'empty', 'a price above 0'],
    ['price', '1,-5,0.006,,1723161256322,false', '-5', 'a price above 0'],
    ['qty', '1,5,-0.006,,1723161256322,false', '-0.006', 'a size above 0'],
    ['qty', '1,5,0,,1723161256322,false', '0', 'a size above 0'],
    ['id', 'x,5,1,,1723161256322,false', 'x', 'a whole number of at most 2^53 - 1'],
    ['is_buyer_maker', '1,5,1,,1723161256322,maybe', 'maybe', 'true or false'],
    ['time', '1,5,1,,yesterday,false', 'yesterday', 'an epoch time of 10 (s)'],
    ['time', '1,5,1,,,false', 'empty', 'an epoch time of 10 (s)'],
    ['', '1,5,1,,1723161256322', '5 fields', '6 fields'],
  ] as const)('refuses a row whose %s is bad: %s', ([column, row, value, expected]) => {
    const good = '2,61800.30,0.006,,1723161256322,false'
    const { ticks, badRows } = readFeed([marketFile(name, [tradesHeader, row, good])])
    expect(ticks).toMatchObject([{ sequence: 2 }])
    expect(badRows).toMatchObject([
      { line: 2, column, value, expected: expect.stringContaining(expected) as string },
    ])
  })
})
