import { describe, expect, test } from 'vitest'
import { marketFile, readFeed, tradesHeader } from '../../../kit/market-files.ts'

const name = 'BTCUSDT-trades-2024-08-08.csv'
const base = 1_723_161_256_000
const trade = (id: number, atMs: number): string => `${id},61800.30,0.006,,${atMs},false`
const read = (
  lines: readonly string[],
  backwardsToleranceMs = 1_000,
): ReturnType<typeof readFeed> =>
  readFeed([marketFile(name, [tradesHeader, ...lines])], { backwardsToleranceMs })

describe('order and refusals inside one file', () => {
  test('a row a little late is moved up to the time reached, its venue time stays', () => {
    const { ticks, badRows } = read([trade(1, base + 500), trade(2, base)])
    expect(badRows).toEqual([])
    expect(ticks).toMatchObject([
      { sequence: 1, received_at_ms: base + 500 },
      { sequence: 2, received_at_ms: base + 500, venue_at_ms: base },
    ])
  })

  test('a row at the tolerance passes, a row 1 ms beyond it is refused', () => {
    const { ticks, badRows } = read([trade(1, base + 1_001), trade(2, base + 1), trade(3, base)])
    expect(ticks.map((tick) => tick.sequence)).toEqual([1, 2])
    expect(badRows).toMatchObject([
      {
        line: 4,
        column: 'time',
        value: String(base),
        expected: `a time of at least ${base + 1_001} ms, the row before, less 1000 ms`,
      },
    ])
  })

  test('a late row does not set the clock back for the next', () => {
    const { ticks } = read([trade(1, base + 900), trade(2, base + 100), trade(3, base + 800)])
    expect(ticks.map((tick) => tick.received_at_ms)).toEqual([base + 900, base + 900, base + 900])
  })

  test('a refused row is kept whole, in a record that names the place', () => {
    const bad = '7,NaN,1,"odd, text",?,-'
    const { badRows } = read([trade(1, base), bad, trade(2, base + 1)])
    const [row] = badRows
    expect(row?.letter).toEqual({
      topic: 'exchange.tick',
      partition: -1,
      offset: -1,
      key: 'BTCUSDT',
      processor: 'market-files',
      cause: 'INVALID_VALUE',
      detail: `${name}:3: expected 6 fields, was 7 fields`,
      payload_encoding: 'BASE64',
      payload: Buffer.from(bad).toString('base64'),
      at_ms: base,
    })
  })

  test('a bad first row is dated by the first good one', () => {
    const { badRows } = read(['1,NaN,1,,1,false', trade(2, base)])
    expect(badRows).toMatchObject([{ line: 2, letter: { at_ms: base } }])
  })

  test('every row is a tick or a refusal', () => {
    const lines = Array.from({ length: 999 }, (_, index) =>
      index % 3 === 0 ? `${index},oops,1,,${base + index},false` : trade(index, base + index),
    )
    const { ticks, badRows } = read(lines)
    expect([ticks.length, badRows.length]).toEqual([666, 333])
  })

  test('a file of bad rows alone gives refusals and no tick', () => {
    const { ticks, badRows } = read(['x,y,z,a,b,c', 'x,y,z,a,b,c'])
    expect([ticks.length, badRows.length]).toEqual([0, 2])
  })

  test('blank lines are no rows', () => {
    expect(read([trade(1, base), '', trade(2, base)])).toMatchObject({
      ticks: [{ sequence: 1 }, { sequence: 2 }],
      badRows: [],
    })
  })
})
