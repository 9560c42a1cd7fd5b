// Tables: compacted topics read whole, by every process, from all partitions. They are advice; what has to be exact is state.
// They advance when something arrives, which never happens within a transaction's decisions.
import type { Logger } from 'pino'
import type { Topic, TopicName } from '../../schemas/topic.ts'
import { partitionCount } from '../../topologies/kernel/topic.ts'
import type { Partitions } from '../../topologies/kernel/topic.ts'
import type { Metrics } from '../metrics.ts'
import type { Fetched, KafkaClient, PartitionOffset, Source } from './client/port.ts'
import { LogError } from '../log-error.ts'
import { KafkaError } from './client/kafka-error.ts'
import { decodeWirePatiently } from './decode-wire.ts'
import type { LearningDecoder } from './learning-codec.ts'
import type { Names } from './names.ts'
import type { StoredRecord } from '../runtime.ts'

export interface Tables {
  /** Last value of each key of a table. */
  of(topic: Topic): ReadonlyMap<string, unknown>
  /** Next offset of every partition of these tables. */
  positions(topics: readonly Topic[]): { topic: string; partition: number; next_offset: number }[]
  /** Why one of these tables can't be followed any more, or null. */
  fault(topics: readonly Topic[]): LogError | null
  /** Places of all tables, to compare with the ends of their topics. */
  places(): readonly PartitionOffset[]
  close(): Promise<void>
}

export interface TablesOptions {
  readonly client: KafkaClient
  readonly codec: LearningDecoder
  readonly names: Names
  readonly topics: readonly Topic[]
  readonly partitions: Partitions
  readonly logger: Logger
  readonly metrics: Metrics
  /** An entry that can't be decoded: it is left out, and told. */
  readonly onUndecodable: (record: StoredRecord) => void
  /** Called when a table has moved. */
  readonly onMoved: () => void
  /** A table can't be followed any more: whoever uses it would decide by what is old. */
  readonly onFault: (topic: Topic, error: LogError) => void
}

interface Place {
  readonly topic: Topic
  readonly partition: number
  readonly entries: Map<string, unknown>
  nextOffset: number
  /** Answers are applied one after the other: decoding may have to wait for the registry. */
  applied: Promise<void>
}

/** Reads every table to its end, then follows it. Rejects with a KafkaError when that can't be done. */
export async function openTables(options: TablesOptions): Promise<Tables> {
  const { client, codec, names, topics, partitions, logger, metrics } = options
  const tables = new Map<TopicName, Map<string, unknown>>()
  const places = new Map<string, Place>()
  const faults = new Map<TopicName, LogError>()
  for (const topic of topics) {
    const entries = new Map<string, unknown>()
    tables.set(topic.name, entries)
    for (let partition = 0; partition < partitionCount(topic.domain, partitions); partition++)
      places.set(placeName(names.topic(topic), partition), {
        ...{ topic, partition, entries },
        ...{ nextOffset: 0, applied: Promise.resolve() },
      })
  }
  const all = [...places.values()]
  const onBroker = all.map(({ topic, partition }) => ({ topic: names.topic(topic), partition }))
  const [starts, ends] = await Promise.all([
    client.admin.startOffsets(onBroker),
    client.admin.endOffsets(onBroker, 'stable'),
  ])
  const endOf = offsetsByPlace(ends)
  for (const { topic, partition, offset } of starts)
    places.get(placeName(topic, partition))!.nextOffset = offset

  const apply = async (place: Place, { records, nextOffset }: Fetched): Promise<void> => {
    for (const record of records) {
      if (record.offset < place.nextOffset) continue
      const { topic, partition } = place
      const decoded = await decodeWirePatiently(codec, topic, partition, record, (error) => {
        logger.warn({ err: error, topic: topic.name }, 'a schema of a table can not be had yet')
      })
      if (decoded.fault !== null) options.onUndecodable(decoded)
      else if (decoded.value === null) place.entries.delete(decoded.key)
      else place.entries.set(decoded.key, decoded.value)
      // With the entry: decisions that are made before the next one write down how far the table was.
      place.nextOffset = record.offset + 1
    }
    place.nextOffset = Math.max(place.nextOffset, nextOffset)
  }
  for (const place of all) {
    const name = names.topic(place.topic)
    const end = endOf.get(placeName(name, place.partition)) ?? 0
    if (place.nextOffset < end)
      await client.readUpTo(
        { topic: name, partition: place.partition, offset: place.nextOffset },
        end,
        (fetched) => {
          metrics.restoring('tables', place.partition, place.topic.name, end - fetched.nextOffset)
          place.applied = place.applied.then(() => apply(place, fetched))
        },
      )
    await place.applied
    metrics.restoring('tables', place.partition, place.topic.name, 0)
  }

  const fail = ({ topic, partition }: Place, cause: unknown): void => {
    const detail = cause instanceof Error ? cause.message : String(cause)
    const error = new LogError(
      'CORRUPT',
      `table ${topic.name} partition ${partition} can't be followed any more: ${detail}`,
      cause,
    )
    faults.set(topic.name, error)
    options.onFault(topic, error)
  }
  const source: Source = client.source({
    onFetched(fetched) {
      const place = places.get(placeName(fetched.topic, fetched.partition))!
      place.applied = place.applied.then(() => apply(place, fetched)).then(options.onMoved)
      place.applied.catch((error: unknown) => {
        fail(place, error)
      })
    },
    onFault({ topic, partition }, fault, detail) {
      fail(places.get(placeName(topic, partition))!, new KafkaError(fault, detail))
    },
  })
  for (const place of all)
    source.assign({
      ...{ topic: names.topic(place.topic), partition: place.partition },
      offset: place.nextOffset,
    })
  return {
    of: (topic) => tables.get(topic.name) ?? new Map<string, unknown>(),
    positions: (wanted) =>
      all.flatMap(({ topic, partition, nextOffset }) =>
        wanted.includes(topic) ? [{ topic: topic.name, partition, next_offset: nextOffset }] : [],
      ),
    fault: (wanted) => wanted.map((topic) => faults.get(topic.name)).find(Boolean) ?? null,
    places: () =>
      all.map(({ topic, partition, nextOffset }) => ({
        ...{ topic: names.topic(topic), partition },
        offset: nextOffset,
      })),
    close: () => source.close(),
  }
}

export const placeName = (topic: string, partition: number): string => `${topic} ${partition}`

/** Offsets by topic and partition. */
export function offsetsByPlace(offsets: readonly PartitionOffset[]): ReadonlyMap<string, number> {
  return new Map(
    offsets.map(({ topic, partition, offset }) => [placeName(topic, partition), offset]),
  )
}
