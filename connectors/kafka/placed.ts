// Records of connectors on their way into batches, each in the partition that its key belongs to.
import type { Topic } from '../../schemas/topic.ts'
import { partitionCount, partitionOf } from '../../topologies/kernel/topic.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import type { PreparedRecord } from '../prepare-record.ts'
import type { PlainProducer, RecordBatches, TransactionalProducer } from './client/port.ts'
import { placeName } from './tables.ts'
import type { TaskContext } from './task-context.ts'

/** A record and where in its batches it is. */
export interface Placed {
  readonly record: LogRecord
  readonly batches: RecordBatches
  readonly index: number
}

export interface Placing {
  readonly batches: () => readonly RecordBatches[]
  /** Throws a KafkaError TOO_LARGE. */
  add(topic: Topic, key: string, bytes: Uint8Array | null, atMs: number): void
  /** Adds a record, and sets its partition. Throws a KafkaError TOO_LARGE. */
  readonly place: (prepared: PreparedRecord) => Placed
}

export function createPlacing(
  { names, partitions }: Pick<TaskContext, 'names' | 'partitions'>,
  producer: TransactionalProducer | PlainProducer,
): Placing {
  const byPlace = new Map<string, RecordBatches>()
  const batchesOf = (topic: Topic, partition: number): RecordBatches => {
    const name = placeName(topic.name, partition)
    const found = byPlace.get(name) ?? producer.batches(names.topic(topic), partition)
    byPlace.set(name, found)
    return found
  }
  const partitionFor = (topic: Topic, key: string): number =>
    partitionOf(topic.domain, key, partitionCount(topic.domain, partitions))
  return {
    batches: () => [...byPlace.values()],
    add(topic, key, bytes, atMs) {
      batchesOf(topic, partitionFor(topic, key)).add(atMs, key, bytes)
    },
    place: ({ topic, record, bytes }) => {
      record.partition = partitionFor(topic, record.key)
      const batches = batchesOf(topic, record.partition)
      batches.add(record.at_ms, record.key, bytes)
      return { record, batches, index: batches.count - 1 }
    },
  }
}
