import { describe, expect, test } from 'vitest'
import {
  feedOf,
  klinesHeader,
  marketFile,
  readFeed,
  tradesHeader,
} from '../../../kit/market-files.ts'

const name = 'BTCUSDT-trades-2024-08-08.csv'
const row = '1,61800.30,0.006,370.8,1723161256322,false'

describe('columns of market files', () => {
  test('a file reads the same with and without its header', () => {
    const withHeader = readFeed([marketFile(name, [tradesHeader, row])])
    expect(withHeader.ticks).toHaveLength(1)
    expect(readFeed([marketFile(name, [row])]).ticks).toEqual(withHeader.ticks)
  })

  test('names count without case and underscores, after a byte order mark and before carriage returns', () => {
    const header = 'id,price,qty,quoteQty,time,isBuyerMaker'
    const file = marketFile(name, Buffer.from(`\uFEFF${header}\r\n${row}\r\n`))
    expect(readFeed([file])).toMatchObject({ ticks: [{ last: 61800.3 }], badRows: [] })
  })

  test.for([
    ['column 2', 'id,qty,price,quote_qty,time,is_buyer_maker', 'qty'],
    ['column 6', 'id,price,qty,quote_qty,time', 'missing'],
    ['column 7', `${tradesHeader},mystery`, 'mystery'],
    ['column 8', `${tradesHeader},order_type,order_type`, 'order_type'],
    ['column 1', klinesHeader, 'open_time'],
  ] as const)('refuses a file for its %s', ([column, header, value]) => {
    const file = marketFile(name, [header, row])
    expect(() => feedOf([file])).toThrow(
      `${file}:1 ${column}: expected the columns of trades: id, price, qty, quote_qty, time, ` +
        `is_buyer_maker, [order_type], [recv_time_ns], was ${value}`,
    )
  })

  test.for(['1,2,3', '1,2,3,4,5,6,7,8,9'])('refuses a file without header by its width', (line) => {
    const file = marketFile(name, [line])
    expect(() => feedOf([file])).toThrow(`was ${line.split(',').length} fields`)
  })
})
