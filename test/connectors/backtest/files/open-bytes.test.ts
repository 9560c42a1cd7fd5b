import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { MarketFileError } from '../../../../connectors/backtest/files/market-file-error.ts'
import { feedOf, marketFile, readFeed, tradesHeader } from '../../../kit/market-files.ts'

const plain = 'BTCUSDT-trades-2024-08-08.csv'
const packed = `${plain}.gz`
/** Long enough for several pieces, unlike enough not to pack to nothing. */
const rows = Array.from({ length: 20_000 }, (_, index) => {
  const size = ((index * 7_919) % 9_973) / 1_000 + 0.001
  return `${index},${(60_000 + ((index * 31) % 977) / 10).toFixed(1)},${size},,${1_723_161_256_322 + index},true`
})
const bytes = Buffer.from([tradesHeader, ...rows, ''].join('\n'))
/** With this limit each gzip file goes to the thread. */
const byThread = { wholeInflateLimitBytes: 0 }

function faultOf(run: () => unknown): MarketFileError {
  try {
    run()
  } catch (error) {
    if (error instanceof MarketFileError) return error
    throw error
  }
  throw new Error('expected a MarketFileError, was none')
}

describe('bytes of market files', () => {
  test('plain, gzip at once and gzip by the thread give the same ticks', () => {
    const whole = readFeed([marketFile(plain, bytes)]).ticks
    expect(whole).toHaveLength(rows.length)
    expect(readFeed([marketFile(packed, gzipSync(bytes))]).ticks).toEqual(whole)
    expect(readFeed([marketFile(packed, gzipSync(bytes))], byThread).ticks).toEqual(whole)
  })

  test('gzip parts that were joined read as one file', () => {
    const half = bytes.indexOf('\n', bytes.length / 2) + 1
    const joined = Buffer.concat([
      gzipSync(bytes.subarray(0, half)),
      gzipSync(bytes.subarray(half)),
    ])
    expect(readFeed([marketFile(packed, joined)]).ticks).toHaveLength(rows.length)
    expect(readFeed([marketFile(packed, joined)], byThread).ticks).toHaveLength(rows.length)
  })

  test('gzip is known by its bytes, also without the name', () => {
    expect(readFeed([marketFile(plain, gzipSync(bytes))]).ticks).toHaveLength(rows.length)
  })

  test('a last line without a line feed counts', () => {
    expect(readFeed([marketFile(plain, bytes.subarray(0, -1))]).ticks).toHaveLength(rows.length)
  })

  test.for([{}, byThread])('a gzip that was cut off names the line where it ends', (options) => {
    const whole = gzipSync(bytes)
    const file = marketFile(packed, whole.subarray(0, Math.floor(whole.length * 0.9)))
    const fault = faultOf(() => readFeed([file], options))
    expect(fault).toMatchObject({ file, value: 'unexpected end of file' })
    expect(fault.expected).toBe('a whole gzip stream')
    expect(fault.line).toBeGreaterThan(15_000)
    expect(fault.line).toBeLessThan(rows.length)
  })

  test.for([{}, byThread])('a gzip with a byte changed is refused', (options) => {
    const whole = gzipSync(bytes)
    const at = Math.floor(whole.length * 0.95)
    whole.writeUInt8(whole.readUInt8(at) ^ 0xff, at)
    const file = marketFile(packed, whole)
    expect(faultOf(() => readFeed([file], options))).toMatchObject({ file })
  })

  test('a feed that is closed early lets its thread go', () => {
    const { feed } = feedOf([marketFile(packed, gzipSync(bytes))], byThread)
    expect(feed.next()).not.toBeNull()
    feed.close()
    expect(feed.next()).toBeNull()
  })

  test('a missing file', () => {
    const file = `${marketFile(plain, bytes)}.not-here/${plain}`
    expect(faultOf(() => feedOf([file]))).toMatchObject({ file, line: 0, value: 'missing' })
  })

  test('a folder', () => {
    const file = dirname(marketFile(plain, bytes))
    expect(faultOf(() => feedOf([`BTCUSDT:trades:${file}`]))).toMatchObject({ value: 'not a file' })
  })

  test('an empty file, and one that packs nothing', () => {
    const empty = marketFile(plain, Buffer.alloc(0))
    expect(faultOf(() => feedOf([empty]))).toMatchObject({ value: 'an empty file' })
    const nothing = marketFile(packed, gzipSync(Buffer.alloc(0)))
    expect(faultOf(() => feedOf([nothing]))).toMatchObject({ value: 'no line' })
  })

  test('a header alone', () => {
    const file = marketFile(plain, [tradesHeader])
    expect(faultOf(() => feedOf([file]))).toMatchObject({ line: 1, value: 'a header alone' })
  })

  test('a name that says gzip over bytes that are not', () => {
    const file = marketFile(packed, bytes)
    expect(faultOf(() => feedOf([file]))).toMatchObject({
      value: 'bytes 69 64',
      expected: 'gzip (bytes 1f 8b), as the name says',
    })
  })

  test('a zip archive', () => {
    const file = marketFile(plain, Buffer.from('PK\u0003\u0004rest'))
    expect(faultOf(() => feedOf([file]))).toMatchObject({ value: 'a zip archive: unzip it' })
  })

  test('a line without end', () => {
    const file = marketFile(plain, bytes)
    writeFileSync(file, Buffer.concat([bytes, Buffer.alloc(100_000, '7')]))
    expect(faultOf(() => readFeed([file]))).toMatchObject({
      line: rows.length + 2,
      expected: 'a line of at most 65536 bytes',
    })
  })
})
