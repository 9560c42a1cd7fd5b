import { describe, expect, test } from 'vitest'
import {
  feedOf,
  klinesHeader,
  marketFile,
  quotesHeader,
  readFeed,
  tradesHeader,
} from '../../../kit/market-files.ts'

const base = 1_723_161_256_000
const hourMs = 3_600_000
const trade = (id: number, atMs: number): string => `${id},100.5,1,,${atMs},false`
const tradesFile = (symbol: string, rows: readonly string[]): string =>
  marketFile(`${symbol}-trades-2024-08-08.csv`, [tradesHeader, ...rows])
const sequences = (paths: readonly string[]): unknown[] =>
  readFeed(paths).ticks.map((tick) => tick.sequence)

describe('several files as one feed', () => {
  test('ticks come in the order of their times', () => {
    const odd = tradesFile('BTCUSDT', [trade(1, base), trade(3, base + 2), trade(5, base + 4)])
    const even = tradesFile('ETHUSDT', [trade(2, base + 1), trade(4, base + 3)])
    const late = tradesFile('BNBUSDT', [trade(6, base + 5)])
    expect(sequences([odd, even, late])).toEqual([1, 2, 3, 4, 5, 6])
    expect(sequences([late, even, odd])).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('equal times keep the order of files, then of rows', () => {
    const first = tradesFile('BTCUSDT', [trade(1, base), trade(2, base)])
    const second = tradesFile('ETHUSDT', [trade(3, base), trade(4, base)])
    expect(sequences([first, second])).toEqual([1, 2, 3, 4])
    expect(sequences([second, first])).toEqual([3, 4, 1, 2])
  })

  test('nanoseconds decide within one millisecond', () => {
    const header = `${tradesHeader},order_type,recv_time_ns`
    const file = (symbol: string, id: number, ns: string): string =>
      marketFile(`${symbol}-trades-2024-08-08.csv`, [header, `${trade(id, base)},,${base}${ns}`])
    expect(sequences([file('BTCUSDT', 2, '000900'), file('ETHUSDT', 1, '000899')])).toEqual([1, 2])
  })

  test('the feed knows its first time, symbols and venue before the first tick', () => {
    const files = [
      tradesFile('BTCUSDT', [trade(1, base + 7)]),
      tradesFile('ETHUSDT', [trade(2, base)]),
    ]
    const { feed } = feedOf(files, { venue: 'elsewhere' })
    expect(feed.firstAtMs).toBe(base)
    expect(feed.symbols).toEqual(['BTCUSDT', 'ETHUSDT'])
    expect(feed.next()).toMatchObject({ symbol: 'ETHUSDT', venue: 'elsewhere' })
  })

  test('the spacing tells ticks from bars', () => {
    const ticks = tradesFile('BTCUSDT', [trade(1, base)])
    const bars = marketFile('BTCUSDT-1h-2024-08.csv', [klinesHeader, `${base},1,1,1,1,,,,,,,0`])
    expect(feedOf([ticks]).feed.spacing).toEqual({ kind: 'ticks', barIntervalMs: null })
    expect(feedOf([bars]).feed.spacing).toEqual({ kind: 'bars', barIntervalMs: hourMs })
    expect(feedOf([ticks, bars]).feed.spacing).toEqual({ kind: 'mixed', barIntervalMs: hourMs })
  })

  test('progress runs from nothing to all bytes and counts what it gave and refused', () => {
    const quotes = marketFile('ETHUSDT-bookTicker-2024-08-08.csv', [
      quotesHeader,
      `1,1,1,2,1,${base},${base}`,
    ])
    const trades = tradesFile('BTCUSDT', [trade(1, base), 'bad', trade(2, base + 1)])
    const { feed } = feedOf([quotes, trades])
    const { bytesTotal } = feed.progress()
    expect(feed.progress()).toEqual({ bytesRead: 0, bytesTotal, ticks: 0, badRows: 0 })
    while (feed.next() !== null);
    expect(feed.progress()).toEqual({ bytesRead: bytesTotal, bytesTotal, ticks: 3, badRows: 1 })
  })

  test('two readings of the same files are equal', () => {
    const files = [
      tradesFile('BTCUSDT', [trade(1, base), trade(2, base + 3)]),
      tradesFile('ETHUSDT', [trade(3, base), trade(4, base + 3)]),
    ]
    expect(readFeed(files)).toEqual(readFeed(files))
  })

  test('a file that is given twice is refused', () => {
    const file = tradesFile('BTCUSDT', [trade(1, base)])
    expect(() => feedOf([file, file])).toThrow(/expected each file once, was given twice/)
  })

  test('no files give no ticks', () => {
    expect(readFeed([])).toEqual({ ticks: [], badRows: [] })
  })
})
