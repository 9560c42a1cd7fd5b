// What a reader of committed records is shown. Stock clients walk the broker's list of aborted transactions in the order
// in which they ended: then records of interleaved ones are shown.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAbortedFilter } from '../../../../connectors/kafka/client/aborted.ts'
import { decodeRecords } from '../../../../connectors/kafka/client/record-batch-reader.ts'
import { createFakeLog, place } from './fake-log.ts'
import type { FakeLog } from './fake-log.ts'
import { referenceBatch } from './reference-batch.ts'

/** Values that a reader sees from an offset on, in fetches of so many batches each. */
function read(log: FakeLog, from: number, batches = Infinity): { values: string[]; end: number } {
  const values: string[] = []
  let offset = from
  for (;;) {
    const fetched = log.fetch(offset, batches)
    const filter = createAbortedFilter(fetched.aborted)
    const { records, nextOffset } = decodeRecords(fetched.bytes, { ...place, offset }, filter)
    values.push(...records.map((record) => String(record.value)))
    if (nextOffset === offset) return { values, end: offset }
    offset = nextOffset
  }
}

/** Every start and every way of cutting the log into fetches. */
function expectOnlyCommitted(log: FakeLog): void {
  for (let from = 0; from <= log.endOffset; from++)
    for (const batches of [1, 2, 3, Infinity]) {
      const { values, end } = read(log, from, batches)
      expect(values, `from ${from}, ${batches} batches a fetch`).toEqual(log.committed(from))
      expect(end).toBe(Math.max(from, log.fetch(from).lastStableOffset))
    }
}

type Step = (log: FakeLog, x: number, y: number, z: number) => void

const stories: readonly (readonly [name: string, tell: Step])[] = [
  [
    'the later transaction is aborted first',
    (log, x, y) => {
      log.send(x, 'x')
      log.send(y, 'y')
      log.abort(y)
      log.abort(x)
      log.send(y, 'committed')
      log.commit(y)
    },
  ],
  [
    'two have begun before the offset where reading starts',
    (log, x, y) => {
      log.send(x, 'x0')
      log.send(y, 'y1')
      log.send(y, 'y2')
      log.send(x, 'x3')
      log.abort(x)
      log.abort(y)
      log.send(x, 'committed')
      log.commit(x)
    },
  ],
  [
    'three interleave and end in any order',
    (log, x, y, z) => {
      log.send(x, 'x', 'x')
      log.send(y, 'y')
      log.plain('plain')
      log.send(z, 'z')
      log.send(x, 'x')
      log.abort(y)
      log.send(y, 'y again')
      log.send(z, 'z', 'z')
      log.commit(z)
      log.abort(x)
      log.send(x, 'x again')
      log.commit(x)
      log.abort(y)
    },
  ],
  [
    'aborted records have the key of an abort marker',
    (log, x, y) => {
      log.sendLikeMarker(x, 'x', 'x')
      log.sendLikeMarker(y, 'y')
      log.send(x, 'x')
      log.abort(x)
      log.sendLikeMarker(y, 'y')
      log.abort(y)
      log.sendLikeMarker(x, 'committed')
      log.commit(x)
    },
  ],
  [
    'one producer aborts and commits by turns',
    (log, x) => {
      for (let i = 0; i < 4; i++) {
        log.send(x, `${i}`, `${i}`)
        if (i % 2 === 0) log.abort(x)
        else log.commit(x)
      }
    },
  ],
  [
    'a transaction is still open',
    (log, x, y) => {
      log.send(x, 'x')
      log.abort(x)
      log.plain('before')
      log.send(y, 'open')
      log.plain('behind')
    },
  ],
]

const orders = [
  [1, 2, 3],
  [2, 1, 3],
  [3, 2, 1],
] as const

describe('aborted records are never shown, committed ones always', () => {
  describe.each(stories)('%s', (_name, tell) => {
    test.each(orders)('producers %i, %i, %i', (x, y, z) => {
      const log = createFakeLog()
      tell(log, x, y, z)
      expectOnlyCommitted(log)
    })
  })

  test('records without a transaction are shown, whoever wrote them', () => {
    const producerId = 5n
    const record = { offset: 1, value: 'plain' }
    const bytes = referenceBatch({ baseOffset: 1, records: [record], producerId })
    const filter = createAbortedFilter([{ producerId, firstOffset: 0 }])
    expect(decodeRecords(bytes, { ...place, offset: 0 }, filter).records).toHaveLength(1)
  })

  test('whatever the interleaving, the start and the fetches', () => {
    const producer = fc.integer({ min: 1, max: 3 })
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('send' as const),
        producer,
        size: fc.integer({ min: 1, max: 3 }),
      }),
      fc.record({ kind: fc.constant('sendLikeMarker' as const), producer, size: fc.constant(1) }),
      fc.record({ kind: fc.constantFrom('commit' as const, 'abort' as const), producer }),
      fc.record({ kind: fc.constant('plain' as const), size: fc.constant(1) }),
      fc.record({ kind: fc.constant('compacted' as const), size: fc.integer({ min: 1, max: 3 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const log = createFakeLog()
        steps.forEach((one, i) => {
          const values =
            'size' in one ? Array.from({ length: one.size }, (_, k) => `${i}.${k}`) : []
          switch (one.kind) {
            case 'send':
            case 'sendLikeMarker':
              return log[one.kind](one.producer, ...values)
            case 'commit':
            case 'abort':
              return log[one.kind](one.producer)
            case 'plain':
              return log.plain(...values)
            case 'compacted':
              return log.compacted(one.size)
          }
        })
        expectOnlyCommitted(log)
      }),
    )
  })
})
