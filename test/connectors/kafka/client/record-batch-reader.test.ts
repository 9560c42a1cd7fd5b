// What a broker's bytes say: which records, and how far the position moves, above all where there are no records.
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createAbortedFilter } from '../../../../connectors/kafka/client/aborted.ts'
import { decodeRecords } from '../../../../connectors/kafka/client/record-batch-reader.ts'
import { createFakeLog, place } from './fake-log.ts'
import { markerBatch, referenceBatch } from './reference-batch.ts'

const nothingAborted = createAbortedFilter([])

function read(bytes: Buffer, offset = 0) {
  return decodeRecords(bytes, { ...place, offset }, nothingAborted)
}

function offsets(bytes: Buffer, offset = 0) {
  const { records, nextOffset } = read(bytes, offset)
  return { offsets: records.map((record) => record.offset), nextOffset }
}

/** A batch of so many records. */
function batch(baseOffset: number, size: number, lastOffset = baseOffset + size - 1): Buffer {
  const records = Array.from({ length: size }, (_, i) => ({ offset: baseOffset + i, value: 'v' }))
  return referenceBatch({ baseOffset, records, lastOffset })
}

describe('records', () => {
  test('come with offset, time, key, value and headers as they are', () => {
    const records = [
      { offset: 7, timestampMs: 2_000_000_000_000, key: 'BTCUSDT', value: 'a', headers: [] },
      {
        offset: 9,
        timestampMs: 5,
        key: '',
        value: '',
        headers: [
          ['h', 'ü'],
          ['empty', null],
        ],
      },
      { offset: 300, timestampMs: 2_500_000_000_000, key: null, value: null, headers: [] },
    ] as const
    expect(read(referenceBatch({ baseOffset: 7, records }), 7)).toEqual({
      records: [
        { ...records[0], value: Buffer.from('a') },
        {
          ...records[1],
          value: Buffer.from(''),
          headers: [
            ['h', 'ü'],
            ['empty', ''],
          ],
        },
        records[2],
      ],
      nextOffset: 301,
    })
  })

  test('have the broker’s time where the topic says so', () => {
    const records = [{ offset: 0 }, { offset: 1, timestampMs: 1 }]
    const bytes = referenceBatch({ baseOffset: 0, records, appendTimeMs: 77 })
    expect(read(bytes).records.map((record) => record.timestampMs)).toEqual([77, 77])
  })

  test('have texts of all lengths and alphabets as keys, however often they repeat', () => {
    const keys = [
      '',
      'k',
      'ключ',
      'k'.repeat(500),
      'é'.repeat(30),
      ...Array.from('abcdefgh', (c) => c + c),
    ]
    const records = [...keys, ...keys, ...keys].map((key, offset) => ({ offset, key }))
    const bytes = referenceBatch({ baseOffset: 0, records })
    expect(read(bytes).records.map((record) => record.key)).toEqual([...keys, ...keys, ...keys])
  })

  test('before the wanted offset are left out', () => {
    expect(offsets(batch(10, 5), 13)).toEqual({ offsets: [13, 14], nextOffset: 15 })
  })
})

describe('the position moves', () => {
  test('over an emptied batch', () => {
    const bytes = Buffer.concat([batch(0, 0, 9), batch(10, 1)])
    expect(offsets(bytes)).toEqual({ offsets: [10], nextOffset: 11 })
    expect(offsets(batch(0, 0, 9))).toEqual({ offsets: [], nextOffset: 10 })
  })

  test('over the compacted tail and the compacted head of a batch', () => {
    const records = [{ offset: 102 }, { offset: 105 }]
    const bytes = referenceBatch({ baseOffset: 100, records, lastOffset: 119 })
    expect(offsets(bytes, 100)).toEqual({ offsets: [102, 105], nextOffset: 120 })
    expect(offsets(bytes, 110)).toEqual({ offsets: [], nextOffset: 120 })
  })

  test('over a gap between batches', () => {
    const bytes = Buffer.concat([batch(0, 2), batch(50, 1)])
    expect(offsets(bytes)).toEqual({ offsets: [0, 1, 50], nextOffset: 51 })
    expect(offsets(bytes, 20)).toEqual({ offsets: [50], nextOffset: 51 })
  })

  test('over control batches, of which nothing is shown, emptied ones included', () => {
    const emptied = referenceBatch({
      baseOffset: 3,
      records: [],
      isControl: true,
      isTransactional: true,
    })
    const bytes = Buffer.concat([
      batch(0, 1),
      markerBatch(1, 5n, 'commit'),
      markerBatch(2, 5n, 'abort'),
      emptied,
    ])
    expect(offsets(bytes)).toEqual({ offsets: [0], nextOffset: 4 })
  })

  test('over a compacted, aborted and interleaved log from every offset to its end', () => {
    const log = createFakeLog()
    log.compacted(10)
    log.send(1, 'a')
    log.compacted(5, 1, 3)
    log.send(2, 'b')
    log.abort(1)
    log.compacted(4)
    log.commit(2)
    log.compacted(8)
    for (let offset = 0; offset <= log.endOffset; offset++) {
      const fetched = log.fetch(offset)
      const decoded = decodeRecords(
        fetched.bytes,
        { ...place, offset },
        createAbortedFilter(fetched.aborted),
      )
      expect(decoded.nextOffset).toBe(log.endOffset)
      expect(decoded.records.map((record) => String(record.value))).toEqual(log.committed(offset))
    }
  })

  test('up to a last batch that is cut off anywhere, and no further', () => {
    const whole = batch(0, 2)
    const last = batch(2, 3)
    for (let cut = 0; cut < last.length; cut++)
      expect(offsets(Buffer.concat([whole, last.subarray(0, cut)]))).toEqual({
        offsets: [0, 1],
        nextOffset: 2,
      })
  })

  test('never back, whatever comes', () => {
    expect(offsets(batch(0, 2), 5)).toEqual({ offsets: [], nextOffset: 5 })
  })

  test('nowhere when nothing came', () => {
    expect(offsets(Buffer.alloc(0), 8)).toEqual({ offsets: [], nextOffset: 8 })
  })
})

describe('compressed batches', () => {
  const records = Array.from({ length: 50 }, (_, i) => ({
    offset: i,
    key: 'k',
    value: `value ${i}`,
  }))
  const packed = (codec: number, pack: (plain: Buffer) => Buffer) =>
    referenceBatch({ baseOffset: 0, records, codec, pack })

  test.each([
    ['gzip', packed(1, gzipSync)],
    ['zstd', packed(4, zstdCompressSync)],
  ])('in %s are read', (_name, bytes) => {
    const read50 = read(bytes)
    expect(read50.records.map((record) => String(record.value))).toEqual(
      records.map((record) => record.value),
    )
    expect(read50.nextOffset).toBe(50)
  })

  test.each([
    ['gzip', 1],
    ['snappy', 2],
    ['lz4', 3],
    ['zstd', 4],
    ['5', 5],
  ])('that are no %s are refused by name, with place and remedy', (name, codec) => {
    const bytes = packed(codec, () => Buffer.from('something else, of no codec'))
    expect(() => read(bytes)).toThrow(
      expect.objectContaining({
        fault: 'UNDECODABLE_BATCH',
        message: expect.stringMatching(
          new RegExp(`log/3, batch at offset 0: compressed with ${name}, .*compression.type=none`),
        ) as string,
      }),
    )
  })

  test('emptied by compaction move the position unpacked or not', () => {
    const bytes = referenceBatch({
      baseOffset: 0,
      records: [],
      lastOffset: 4,
      codec: 1,
      pack: () => Buffer.alloc(0),
    })
    expect(offsets(bytes)).toEqual({ offsets: [], nextOffset: 5 })
  })
})

describe('bytes that can’t be read', () => {
  const undecodable = (text: string): unknown =>
    expect.objectContaining({
      fault: 'UNDECODABLE_BATCH',
      message: expect.stringContaining(text) as string,
    })

  test('are told with the offset of their batch: one changed byte', () => {
    const bytes = batch(40, 3)
    bytes[70]! ^= 1
    expect(() => read(bytes, 41)).toThrow(
      undecodable('log/3, batch at offset 40: expected checksum'),
    )
  })

  test('end an answer before them, so that the next one begins there', () => {
    const bad = batch(2, 3)
    bad[70]! ^= 1
    expect(offsets(Buffer.concat([batch(0, 2), bad, batch(5, 1)]))).toEqual({
      offsets: [0, 1],
      nextOffset: 2,
    })
  })

  test('are told for message formats before 2', () => {
    const old = Buffer.alloc(40)
    old.writeInt32BE(28, 8)
    old[16] = 1
    expect(() => read(old)).toThrow(
      undecodable('expected message format 2 (Kafka 0.11 and later), was 1'),
    )
  })

  test('are told when the first batch is cut off: asking again brings the same', () => {
    expect(() => read(batch(0, 3).subarray(0, 80))).toThrow(
      undecodable('a whole batch is above 80 bytes'),
    )
  })

  test.each([
    ['a length that leaves the batch', 0, 0x7e],
    ['a negative length', 0, 0x01],
    ['a key that leaves the record', 4, 0x7e],
    ['a value that leaves the record', 5, 0x7e],
    ['more headers than there are', 7, 0x04],
  ])('are told for %s in a record', (_name, position, byte) => {
    const bytes = referenceBatch({
      baseOffset: 0,
      records: [{ offset: 0, value: 'v' }],
      codec: 1,
      pack(plain) {
        plain[position] = byte
        return gzipSync(plain)
      },
    })
    expect(() => read(bytes)).toThrow(undecodable('log/3, batch at offset 0: '))
  })
})
