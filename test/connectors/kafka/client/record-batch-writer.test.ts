// Batches as the broker must find them: byte by byte against two other encoders, and never above the limit.
import fc from 'fast-check'
import record from 'kafkajs/src/protocol/recordBatch/record/v0/index.js'
import recordBatch from 'kafkajs/src/protocol/recordBatch/v0/index.js'
import { describe, expect, test } from 'vitest'
import { createAbortedFilter } from '../../../../connectors/kafka/client/aborted.ts'
import { KafkaError } from '../../../../connectors/kafka/client/kafka-error.ts'
import { decodeRecords } from '../../../../connectors/kafka/client/record-batch-reader.ts'
import { createRecordBatches } from '../../../../connectors/kafka/client/record-batch-writer.ts'
import type { ProducerStamp } from '../../../../connectors/kafka/client/record-batch-writer.ts'
import { referenceBatch } from './reference-batch.ts'

const stamp: ProducerStamp = {
  producerId: 2n ** 40n + 7n,
  producerEpoch: 12,
  baseSequence: 2 ** 31 - 5,
  transactional: true,
}

interface Given {
  readonly timestampMs: number
  readonly key: string | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [string, string])[]
}

const text = fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: 'binary', maxLength: 30 }))
const anyRecord: fc.Arbitrary<Given> = fc.record({
  timestampMs: fc.oneof(
    fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }),
    fc.integer({ min: -1, max: 2 ** 45 }),
  ),
  key: fc.option(text),
  value: fc.option(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))),
  headers: fc.array(fc.tuple(text, text), { maxLength: 3 }),
})

function batchesOf(given: readonly Given[], maxBatchBytes = 900_000) {
  const batches = createRecordBatches('orders', 4, { maxBatchBytes })
  for (const { timestampMs, key, value, headers } of given)
    batches.add(timestampMs, key, value, headers)
  return batches
}

describe('record batches', () => {
  test('equal a batch that is encoded by the book', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 40 }), (given) => {
        const [sealed, ...others] = batchesOf(given).seal()
        expect(others).toEqual([])
        const expected = referenceBatch({
          baseOffset: 0,
          records: given.map((one, offset) => ({ ...one, offset })),
          producerId: stamp.producerId,
          producerEpoch: stamp.producerEpoch,
          baseSequence: stamp.baseSequence,
          isTransactional: true,
        })
        expect(sealed!.stamp(stamp).toString('hex')).toBe(expected.toString('hex'))
      }),
    )
  })

  test('equal those of kafkajs', async () => {
    const given = [
      { timestampMs: 1_700_000_000_000, key: 'BTCUSDT', value: Buffer.from('one'), headers: [] },
      { timestampMs: 1_700_000_000_007, key: null, value: Buffer.alloc(300, 1), headers: [] },
      { timestampMs: 1_699_999_999_990, key: 'main|ÄTH', value: null, headers: [['a', 'ß']] },
    ] as const
    const theirs = await recordBatch.RecordBatch({
      firstTimestamp: given[0].timestampMs,
      maxTimestamp: given[1].timestampMs,
      partitionLeaderEpoch: -1,
      lastOffsetDelta: 2,
      transactional: true,
      producerId: String(stamp.producerId),
      producerEpoch: stamp.producerEpoch,
      firstSequence: stamp.baseSequence,
      records: given.map(({ timestampMs, key, value, headers }, offsetDelta) =>
        record({
          offsetDelta,
          timestampDelta: timestampMs - given[0].timestampMs,
          key,
          value,
          headers: Object.fromEntries(headers),
        }),
      ),
    })
    const [ours] = batchesOf(given).seal()
    expect(ours!.stamp(stamp).toString('hex')).toBe(theirs.buffer.toString('hex'))
  })

  test('are read back as they were written, whatever the limit', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { maxLength: 40 }),
        fc.integer({ min: 1_500, max: 4_000 }),
        (given, maxBatchBytes) => {
          const batches = batchesOf(given, maxBatchBytes)
          let firstIndex = 0
          const read = batches.seal().flatMap((sealed) => {
            expect(sealed.firstIndex).toBe(firstIndex)
            firstIndex += sealed.count
            const bytes = sealed.stamp(stamp)
            expect(bytes.length).toBe(sealed.bytes)
            expect(bytes.length).toBeLessThanOrEqual(maxBatchBytes)
            const from = { topic: 'orders', partition: 4, offset: 0 }
            return decodeRecords(bytes, from, createAbortedFilter([])).records
          })
          expect(read).toEqual(
            given.map((one) => ({
              ...one,
              key: one.key?.toWellFormed() ?? null,
              headers: one.headers.map((pair) => pair.map((part) => part.toWellFormed())),
              offset: expect.any(Number) as number,
            })),
          )
          expect(batches.count).toBe(given.length)
          expect(batches.bytes).toBe(batches.seal().reduce((sum, one) => sum + one.bytes, 0))
        },
      ),
    )
  })

  test('fill up to the limit exactly', () => {
    const value = Buffer.alloc(100)
    const [one] = batchesOf([{ timestampMs: 1, key: 'k', value, headers: [] }]).seal()
    const limit = one!.bytes
    const fits = createRecordBatches('orders', 0, { maxBatchBytes: limit })
    fits.add(1, 'k', value)
    fits.add(2, 'k', value)
    expect(fits.seal().map((sealed) => sealed.bytes)).toEqual([limit, limit])
    const tight = createRecordBatches('orders', 0, { maxBatchBytes: limit - 1 })
    expect(() => tight.add(1, 'k', value)).toThrow(KafkaError)
  })

  test('refuse a record that fits into none, and keep those before it', () => {
    const batches = createRecordBatches('orders', 2, { maxBatchBytes: 1_000 })
    batches.add(1, 'small', Buffer.alloc(10))
    let thrown: unknown
    try {
      batches.add(2, 'BTCUSDT', Buffer.alloc(2_000))
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ fault: 'TOO_LARGE' })
    expect((thrown as KafkaError).message).toMatch(
      /orders\/2, key "BTCUSDT".* 1000 bytes, was 2016 bytes/,
    )
    batches.add(3, 'small', Buffer.alloc(10))
    expect(batches.count).toBe(2)
    expect(batches.seal().map((sealed) => sealed.count)).toEqual([2])
  })

  test('take a new stamp for a repeat, and go on after a seal', () => {
    const batches = createRecordBatches('orders', 0)
    expect(batches.seal()).toEqual([])
    batches.add(1, 'a', null)
    const [first] = batches.seal()
    const other = { ...stamp, producerEpoch: 13, transactional: false }
    const once = Buffer.from(first!.stamp(stamp))
    const between = Buffer.from(first!.stamp(other))
    expect(between.equals(once)).toBe(false)
    expect(first!.stamp(stamp).equals(once)).toBe(true)
    batches.add(2, 'b', null)
    expect(batches.seal().map(({ firstIndex, count }) => [firstIndex, count])).toEqual([
      [0, 1],
      [1, 1],
    ])
  })

  test('refuse a time that is no whole number of milliseconds', () => {
    const batches = createRecordBatches('orders', 0)
    expect(() => batches.add(1.5, 'a', null)).toThrow('whole milliseconds')
    expect(() => batches.add(Number.NaN, 'a', null)).toThrow('whole milliseconds')
  })
})
