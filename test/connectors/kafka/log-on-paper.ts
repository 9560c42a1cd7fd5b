// A broker that has records and committed offsets in memory, as a reader from outside sees them: with gaps where a broker
// has marks of transactions, and in answers of a few records that begin before the offset asked for.
import { KafkaError } from '../../../connectors/kafka/client/kafka-error.ts'
import type {
  KafkaClient,
  PartitionOffset,
  WireRecord,
} from '../../../connectors/kafka/client/port.ts'

export interface PaperRecord {
  readonly offset: number
  readonly key?: string | null
  readonly value?: Buffer | null
  readonly atMs?: number
}

export interface PaperLog {
  readonly client: KafkaClient
  /** Offsets that reads spanned. */
  readonly spanned: () => number
  /** Makes a topic with empty partitions. */
  topic(name: string, partitions: number): void
  /** Puts records into a partition; `end` leaves a gap behind them. */
  put(topic: string, partition: number, records: readonly PaperRecord[], end?: number): void
  /** Retention removes what lies before this offset. */
  trim(topic: string, partition: number, start: number): void
  commit(group: string, topic: string, partition: number, offset: number): void
  /** Called before each read. */
  beforeRead: () => void
}

interface Partition {
  start: number
  end: number
  readonly records: WireRecord[]
}

/** Records of one answer. */
const answerSize = 7

export function paperLog(): PaperLog {
  const topics = new Map<string, Partition[]>()
  const groups = new Map<string, PartitionOffset[]>()
  let spanned = 0
  const at = (topic: string, partition: number): Partition => {
    const found = topics.get(topic)?.[partition]
    if (found === undefined) throw new KafkaError('TOPIC_MISSING', `${topic}/${partition}`)
    return found
  }
  const self: PaperLog = {
    spanned: () => spanned,
    beforeRead: () => undefined,
    topic(name, partitions) {
      topics.set(
        name,
        Array.from({ length: partitions }, () => ({ start: 0, end: 0, records: [] })),
      )
    },
    put(topic, partition, records, end) {
      const place = at(topic, partition)
      for (const { offset, key = 'k', value = Buffer.from('v'), atMs = offset } of records)
        place.records.push({ offset, key, value, timestampMs: atMs, headers: [] })
      place.end = end ?? (place.records.at(-1)?.offset ?? -1) + 1
    },
    trim(topic, partition, start) {
      at(topic, partition).start = start
    },
    commit(group, topic, partition, offset) {
      groups.set(group, [...(groups.get(group) ?? []), { topic, partition, offset }])
    },
    client: {
      admin: {
        topics: async (names?: readonly string[]) =>
          [...topics]
            .filter(([name]) => names?.includes(name) ?? true)
            .map(([name, { length }]) => ({ name, partitions: length, replication: 1 })),
        startOffsets: async (places: readonly { topic: string; partition: number }[]) =>
          places.map((place) => ({ ...place, offset: at(place.topic, place.partition).start })),
        endOffsets: async (places: readonly { topic: string; partition: number }[]) =>
          places.map((place) => ({ ...place, offset: at(place.topic, place.partition).end })),
        committed: async (group: string, places: readonly { topic: string; partition: number }[]) =>
          (groups.get(group) ?? []).filter((one) =>
            places.some((p) => p.topic === one.topic && p.partition === one.partition),
          ),
      },
      async readUpTo(from: PartitionOffset, toOffset: number, onFetched: (f: object) => void) {
        self.beforeRead()
        const place = at(from.topic, from.partition)
        if (from.offset < place.start)
          throw new KafkaError('OFFSET_OUT_OF_RANGE', `${from.topic}: ${from.offset}`)
        spanned += toOffset - from.offset
        const kept = place.records.filter((record) => record.offset >= place.start)
        // An answer begins with the batch in which the offset lies, and the last one may go on behind the end.
        const first = Math.max(0, kept.findIndex((record) => record.offset >= from.offset) - 1)
        let position = from.offset
        for (let i = kept.length === 0 ? Infinity : first; position < toOffset; i += answerSize) {
          const records = kept.slice(i, i + answerSize)
          position = kept[i + answerSize]?.offset ?? place.end
          onFetched({ ...from, records, nextOffset: position })
        }
      },
      plainProducer: async () => {
        const added: Buffer[] = []
        return {
          batches: (topic: string, partition: number) => ({
            add(atMs: number, key: string | null, value: Uint8Array) {
              const { end: offset } = at(topic, partition)
              added.push(Buffer.from(value))
              self.put(topic, partition, [{ offset, key, value: Buffer.from(value), atMs }])
            },
            ...{ topic, partition },
          }),
          send: async ([batches]: { topic: string; partition: number }[]) => [
            { offsetOf: () => at(batches!.topic, batches!.partition).end - 1 },
          ],
          dispose: async () => undefined,
        }
      },
    } as unknown as KafkaClient,
  }
  return self
}
