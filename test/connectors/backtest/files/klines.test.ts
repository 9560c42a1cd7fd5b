import { describe, expect, test } from 'vitest'
import { feedOf, klinesHeader, marketFile, readFeed } from '../../../kit/market-files.ts'

const name = 'BTCUSDT-1h-2024-01.csv'
const openAtMs = 1_704_067_200_000
const hourMs = 3_600_000
const bar = (open: string, atMs: number | string = openAtMs, volume = '8'): string =>
  `${atMs},${open},${volume},,,,,,0`
const rising = '100,110,95,105'
const falling = '105,110,95,100'

function read(rows: readonly string[], spreadBps = 0): ReturnType<typeof readFeed> {
  return readFeed([marketFile(name, [klinesHeader, ...rows])], { spreadBps })
}

describe('klines files', () => {
  test('a bar that rose goes to its low first, and closes 1 ms before its end', () => {
    expect(read([bar(rising)]).ticks.map((tick) => [tick.last, tick.received_at_ms])).toEqual([
      [100, openAtMs],
      [95, openAtMs + 1_199_999],
      [110, openAtMs + 2_399_999],
      [105, openAtMs + hourMs - 1],
    ])
  })

  test('a bar that ends where it began goes to its low first', () => {
    expect(read([bar('100,110,95,100')]).ticks.map((tick) => tick.last)).toEqual([
      100, 95, 110, 100,
    ])
  })

  test('a bar that fell goes to its high first', () => {
    expect(read([bar(falling)]).ticks.map((tick) => tick.last)).toEqual([105, 110, 95, 100])
  })

  test('the mirror of a bar gives the mirror of its ticks', () => {
    const up = read([bar('100,104,98,103')]).ticks.map((tick) => Number(tick.last) - 100)
    const down = read([bar('100,102,96,97')]).ticks.map((tick) => 100 - Number(tick.last))
    expect(down).toEqual(up)
  })

  test('each tick carries a quarter of the volume, a book without limit and no side of a taker', () => {
    for (const tick of read([bar(rising)]).ticks) {
      expect(tick).toMatchObject({ last_size: 2, bid_size: null, ask_size: null })
      expect(tick).toMatchObject({ taker_side: null, venue_at_ms: tick.received_at_ms })
    }
  })

  test.for(['', '0'])('a volume of "%s" gives ticks without a size', (volume) => {
    expect(read([bar(rising, openAtMs, volume)]).ticks.map((tick) => tick.last_size)).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  test('quotes stand half the spread away, rounded outward to the decimals of the file', () => {
    const { ticks } = read([bar('100.5,100.5,100.5,100.5')], 10)
    expect(ticks[0]).toMatchObject({ bid: 100.4, last: 100.5, ask: 100.6 })
    expect(read([bar('100.5,100.5,100.5,100.5')], 0).ticks[0]).toMatchObject({
      bid: 100.5,
      ask: 100.5,
    })
  })

  test.for([1_704_067_200, 1_704_067_200_000, '1704067200000000'])(
    'an open time of %s is the same moment',
    (atMs) => {
      expect(read([bar(rising, atMs)]).ticks[0]?.received_at_ms).toBe(openAtMs)
    },
  )

  test('a hole between bars stays a hole', () => {
    const { ticks } = read([bar(rising), bar(rising, openAtMs + 3 * hourMs)])
    expect(ticks).toHaveLength(8)
    expect(ticks[4]?.received_at_ms).toBe(openAtMs + 3 * hourMs)
  })

  test('the interval is found from the rows where the name is silent', () => {
    const file = marketFile('bars.csv', [bar(rising), bar(rising, openAtMs + hourMs / 2)])
    const { feed } = feedOf([`BTCUSDT:klines:${file}`])
    expect(feed.spacing).toEqual({ kind: 'bars', barIntervalMs: hourMs / 2 })
  })

  test('a single bar without a name gives its length by its close time', () => {
    const row = `${openAtMs},${rising},8,${openAtMs + hourMs - 1},,,,,0`
    const { feed } = feedOf([`BTCUSDT:klines:${marketFile('bar.csv', [row])}`])
    expect(feed.spacing.barIntervalMs).toBe(hourMs)
  })

  test('bars closer together than the name says refuse the file', () => {
    const rows = [bar(rising), bar(rising, openAtMs + 60_000)]
    expect(() => read(rows)).toThrow(/open_time: expected bars of 3600000 ms, was 60000 ms apart/)
  })

  test.for([
    ['high', bar('100,99,95,98')],
    ['low', bar('100,110,101,105')],
    ['close', bar('100,110,95,')],
    ['open', bar('NaN,110,95,100')],
    ['volume', bar(rising, openAtMs, '-1')],
    ['open_time', bar(rising, 'never')],
  ] as const)('refuses a bar whose %s is bad', ([column, row]) => {
    const next = bar(rising, openAtMs + hourMs)
    const { ticks, badRows } = read([row, next, bar(rising, openAtMs + 2 * hourMs)])
    expect(badRows).toMatchObject([{ line: 2, column }])
    expect(ticks).toHaveLength(8)
  })

  test('a bar that is given twice counts once', () => {
    const { ticks, badRows } = read([
      bar(rising),
      bar(rising, openAtMs + hourMs),
      bar(falling, openAtMs + hourMs),
    ])
    expect(ticks).toHaveLength(8)
    expect(badRows).toMatchObject([{ line: 4, column: 'open_time' }])
  })
})
