// One partition as a broker keeps and serves it: batches, transactions that interleave, markers, compaction, and the list
// of aborted transactions in the order in which they ended.
import type { AbortedTransaction } from '../../../../connectors/kafka/client/aborted.ts'
import type { FetchedBytes } from '../../../../connectors/kafka/client/fetch-protocol.ts'
import type { TopicPartition } from '../../../../connectors/kafka/client/port.ts'
import { markerBatch, referenceBatch } from './reference-batch.ts'
import type { ReferenceRecord } from './reference-batch.ts'

interface Entry {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly bytes: Buffer
  readonly producerId: bigint | null
  readonly records: readonly { readonly offset: number; readonly value: string }[]
}

interface EndedAborted extends AbortedTransaction {
  readonly markerOffset: number
}

export interface FakeLog extends TopicPartition {
  readonly endOffset: number
  /** Without a transaction. */
  plain(...values: string[]): void
  /** One batch in the producer's transaction, which begins with its first. */
  send(producer: number, ...values: string[]): void
  /** The same, with the key of an abort marker in each record. */
  sendLikeMarker(producer: number, ...values: string[]): void
  commit(producer: number): void
  abort(producer: number): void
  /** A batch of which compaction left only the records at these places, maybe none. */
  compacted(size: number, ...kept: number[]): void
  /** What a Fetch from this offset answers; at most so many batches, if they are limited. */
  fetch(offset: number, batches?: number): FetchedBytes
  /** Values of committed records from an offset on, as they must be read. */
  committed(offset?: number): string[]
}

export const place = { topic: 'log', partition: 3 } as const

const nextKey = Buffer.from([0, 0, 0, 0])

export function createFakeLog(logStartOffset = 0, at: TopicPartition = place): FakeLog {
  const entries: Entry[] = []
  const aborted: EndedAborted[] = []
  /** First offset of what is open, by producer. */
  const open = new Map<number, number>()
  const abortedOffsets = new Set<number>()
  let end = logStartOffset

  const append = (records: ReferenceRecord[], size: number, producer: number | null): void => {
    const batch = {
      baseOffset: end,
      lastOffset: end + size - 1,
      records: records.map((record) => ({ ...record, offset: end + record.offset })),
    }
    const producerId = producer === null ? null : BigInt(producer)
    const transaction = producerId === null ? {} : { producerId, isTransactional: true }
    entries.push({
      baseOffset: end,
      lastOffset: batch.lastOffset,
      bytes: referenceBatch({ ...batch, ...transaction }),
      producerId,
      records: batch.records.map(({ offset, value }) => ({ offset, value: String(value) })),
    })
    end += size
  }
  const valued = (values: readonly string[], key: Buffer | null = null) =>
    values.map((value, offset) => ({ offset, key, value }))
  const send = (producer: number, values: readonly string[], key: Buffer | null): void => {
    if (!open.has(producer)) open.set(producer, end)
    append(valued(values, key), values.length, producer)
  }
  const finish = (producer: number, kind: 'abort' | 'commit'): void => {
    const firstOffset = open.get(producer)
    if (firstOffset === undefined) return
    const producerId = BigInt(producer)
    open.delete(producer)
    entries.push({
      baseOffset: end,
      lastOffset: end,
      bytes: markerBatch(end, producerId, kind),
      producerId,
      records: [],
    })
    if (kind === 'abort') {
      aborted.push({ producerId, firstOffset, markerOffset: end })
      for (const entry of entries)
        if (entry.producerId === producerId && entry.baseOffset >= firstOffset)
          for (const record of entry.records) abortedOffsets.add(record.offset)
    }
    end++
  }
  const stable = (): number => Math.min(end, ...open.values())

  return {
    ...at,
    get endOffset() {
      return end
    },
    plain: (...values) => append(valued(values), values.length, null),
    send: (producer, ...values) => send(producer, values, null),
    sendLikeMarker: (producer, ...values) => send(producer, values, nextKey),
    commit: (producer) => finish(producer, 'commit'),
    abort: (producer) => finish(producer, 'abort'),
    compacted: (size, ...kept) =>
      append(
        kept.map((offset) => ({ offset, value: `kept ${end + offset}` })),
        size,
        null,
      ),
    fetch(offset, batches = Infinity) {
      const served = entries
        .filter((entry) => entry.lastOffset >= offset && entry.lastOffset < stable())
        .slice(0, batches)
      const upTo = served.at(-1)?.lastOffset ?? offset
      return {
        ...at,
        code: offset < logStartOffset || offset > end ? 1 : 0,
        lastStableOffset: stable(),
        logStartOffset,
        aborted: aborted
          .filter((one) => one.markerOffset >= offset && one.firstOffset <= upTo)
          .map(({ producerId, firstOffset }) => ({ producerId, firstOffset })),
        bytes: Buffer.concat(served.map((entry) => entry.bytes)),
      }
    },
    committed: (offset = 0) =>
      entries
        .filter((entry) => entry.lastOffset < stable())
        .flatMap((entry) => entry.records)
        .filter((record) => record.offset >= offset && !abortedOffsets.has(record.offset))
        .map((record) => record.value),
  }
}
