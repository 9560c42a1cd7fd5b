// What one transaction writes, as bytes for the broker: results of decisions, state, heartbeats, dead letters, checkpoint.
import type { Topic } from '../../schemas/topic.ts'
import { invariant } from '../../topologies/kernel/invariant.ts'
import { partitionCount, partitionOf } from '../../topologies/kernel/topic.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import type { Appended, RecordBatches, TransactionalProducer, WireHeader } from './client/port.ts'
import { placeName } from './tables.ts'
import type { TaskContext } from './task-context.ts'

export interface Outbox {
  readonly batches: readonly RecordBatches[]
  /** Adds a record, and sets its partition. Throws a CodecError or a KafkaError TOO_LARGE. */
  record(topic: Topic, record: LogRecord, headers?: readonly WireHeader[]): void
  /** Adds a value under a key to one partition: state and checkpoints, which nobody hears of. */
  state(topic: Topic, partition: number, key: string, value: unknown, atMs: number): void
  /** Records of each topic. */
  counts(): ReadonlyMap<string, number>
  /** The records added, in order, with the offsets that they got. */
  committed(appended: readonly Appended[]): readonly LogRecord[]
}

export function createOutbox(context: TaskContext, producer: TransactionalProducer): Outbox {
  const { codec, names, partitions } = context
  const isHeard = context.isHeard()
  const byPlace = new Map<string, RecordBatches>()
  const batches: RecordBatches[] = []
  const heard: { readonly record: LogRecord; readonly place: number; readonly index: number }[] = []
  // Outputs of one topic come in runs: the last place needs no second look.
  let lastTopic: Topic | null = null
  let lastPartition = -1
  let lastBatches: RecordBatches | null = null

  const topicOf: string[] = []

  const batchesOf = (topic: Topic, partition: number): RecordBatches => {
    if (topic === lastTopic && partition === lastPartition) return lastBatches!
    const name = placeName(topic.name, partition)
    let found = byPlace.get(name)
    if (found === undefined) {
      found = producer.batches(names.topic(topic), partition)
      byPlace.set(name, found)
      batches.push(found)
      topicOf.push(topic.name)
    }
    lastTopic = topic
    lastPartition = partition
    lastBatches = found
    return found
  }
  const bytesOf = (topic: Topic, value: unknown): Uint8Array | null =>
    value === null ? null : codec.encodeShared(topic.name, value)

  return {
    batches,
    record(topic, record, headers) {
      invariant(
        record.value !== null || topic.kind !== 'event',
        `${topic.name}: only a compacted topic has tombstones, key ${record.key}`,
      )
      const partition = partitionOf(
        topic.domain,
        record.key,
        partitionCount(topic.domain, partitions),
      )
      record.partition = partition
      const place = batchesOf(topic, partition)
      if (isHeard) heard.push({ record, place: batches.indexOf(place), index: place.count })
      place.add(record.at_ms, record.key, bytesOf(topic, record.value), headers)
    },
    state(topic, partition, key, value, atMs) {
      batchesOf(topic, partition).add(atMs, key, bytesOf(topic, value))
    },
    counts() {
      const counts = new Map<string, number>()
      for (const [i, { count }] of batches.entries())
        counts.set(topicOf[i]!, (counts.get(topicOf[i]!) ?? 0) + count)
      return counts
    },
    committed: (appended) =>
      heard.map(({ record, place, index }) => {
        record.offset = appended[place]!.offsetOf(index)
        return record
      }),
  }
}
