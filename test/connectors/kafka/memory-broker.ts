// A broker in memory behind the client port: transactions that are fenced, offsets with gaps for their marks, groups whose
// assignments the test gives. Records are written and read by the client's own code. It never fails unless it is told to.
import { createAbortedFilter } from '../../../connectors/kafka/client/aborted.ts'
import { KafkaError } from '../../../connectors/kafka/client/kafka-error.ts'
import type {
  Appended,
  Fetched,
  KafkaClient,
  MemberOptions,
  PartitionOffset,
  RecordBatches,
  SourceListener,
  TopicPartition,
  Transaction,
  WireRecord,
} from '../../../connectors/kafka/client/port.ts'
import { decodeRecords } from '../../../connectors/kafka/client/record-batch-reader.ts'
import { createRecordBatches } from '../../../connectors/kafka/client/record-batch-writer.ts'
import type { WritableBatches } from '../../../connectors/kafka/client/record-batch-writer.ts'

interface Log {
  start: number
  end: number
  /** What readers of committed records may see; the end when nothing is open. */
  stable: number | null
  readonly records: WireRecord[]
}

export interface MemoryBroker {
  readonly client: KafkaClient
  /** Options of the members that joined, in order: their listeners are for the test to call. */
  readonly members: MemberOptions[]
  /** Transactional ids in the order in which they were fenced. */
  readonly fenced: string[]
  /** Transactional ids in the order in which they committed. */
  readonly commits: string[]
  log(topic: string, partition?: number): Log
  records(topic: string, partition?: number): readonly WireRecord[]
  append(
    topic: string,
    partition: number,
    records: readonly [key: string, value: Buffer | null][],
  ): void
  offset(group: string, topic: string, partition: number): number | null
  setOffset(group: string, topic: string, partition: number, offset: number): void
  /** The offsets of a group expire. */
  forget(group: string): void
  /** Called with the transactional id before a commit (`plain` for sends without one): what it throws is the answer. */
  beforeCommit: (id: string) => void | Promise<void>
  /** Called after a commit that happened: what it throws is the answer instead. */
  afterCommit: (id: string) => void | Promise<void>
}

/** Every topic that is asked for exists, with as many partitions as are asked for. */
export function memoryBroker(): MemoryBroker {
  const logs = new Map<string, Log>()
  const offsets = new Map<string, number>()
  const epochs = new Map<string, number>()
  const sources = new Set<() => void>()

  const log = (topic: string, partition = 0): Log => {
    const name = `${topic}/${String(partition)}`
    const found = logs.get(name) ?? { start: 0, end: 0, stable: null, records: [] }
    logs.set(name, found)
    return found
  }
  const stableEnd = (place: Log): number => Math.min(place.stable ?? Infinity, place.end)
  const appendBatches = (given: readonly RecordBatches[], marks: boolean): Appended[] => {
    const appended = given.map((batches): Appended => {
      const { topic, partition } = batches
      const place = log(topic, partition)
      const base = place.end
      for (const sealed of (batches as WritableBatches).seal()) {
        const stamp = { producerId: 1n, producerEpoch: 0, baseSequence: 0, transactional: false }
        const bytes = Buffer.from(sealed.stamp(stamp))
        const from = { topic, partition, offset: 0 }
        for (const record of decodeRecords(bytes, from, createAbortedFilter([])).records)
          place.records.push({ ...record, offset: place.end++ })
      }
      return { topic, partition, offsetOf: (index) => base + index }
    })
    if (marks)
      for (const place of new Set(given.map(({ topic, partition }) => log(topic, partition))))
        place.end++
    for (const wake of sources) wake()
    return appended
  }
  const fetch = ({ topic, partition, offset }: PartitionOffset): Fetched => {
    const place = log(topic, partition)
    const end = stableEnd(place)
    return {
      ...{ topic, partition, logStartOffset: place.start, lastStableOffset: end },
      records: place.records.filter((record) => record.offset >= offset && record.offset < end),
      nextOffset: end,
    }
  }
  const at = (places: readonly TopicPartition[], offsetOf: (place: Log) => number) =>
    places.map(({ topic, partition }) => ({
      ...{ topic, partition },
      offset: offsetOf(log(topic, partition)),
    }))

  const source = (listener: SourceListener) => {
    const places = new Map<string, PartitionOffset & { offset: number; isPaused: boolean }>()
    const nameOf = ({ topic, partition }: TopicPartition) => `${topic}/${String(partition)}`
    const deliver = (): void => {
      for (const place of [...places.values()]) {
        if (place.isPaused || places.get(nameOf(place)) !== place) continue
        const { start, end } = log(place.topic, place.partition)
        if (place.offset < start || place.offset > end) {
          places.delete(nameOf(place))
          listener.onFault(place, 'OFFSET_OUT_OF_RANGE', `from ${String(start)} to ${String(end)}`)
          continue
        }
        const fetched = fetch(place)
        if (fetched.nextOffset <= place.offset) continue
        place.offset = fetched.nextOffset
        listener.onFetched(fetched)
      }
    }
    const wake = (): void => {
      setImmediate(deliver)
    }
    sources.add(wake)
    return {
      assign(place: PartitionOffset) {
        places.set(nameOf(place), { ...place, isPaused: false })
        wake()
      },
      unassign(place: TopicPartition) {
        places.delete(nameOf(place))
      },
      pause(place: TopicPartition) {
        const found = places.get(nameOf(place))
        if (found !== undefined) found.isPaused = true
      },
      resume(place: TopicPartition) {
        const found = places.get(nameOf(place))
        if (found !== undefined) found.isPaused = false
        wake()
      },
      async close() {
        places.clear()
        sources.delete(wake)
      },
    }
  }

  const broker: MemoryBroker = {
    members: [],
    fenced: [],
    commits: [],
    log,
    records: (topic, partition) => log(topic, partition).records,
    append(topic, partition, records) {
      const batches = createRecordBatches(topic, partition)
      for (const [key, value] of records) batches.add(1_700_000_000_000, key, value)
      appendBatches([batches], false)
    },
    offset: (group, topic, partition) =>
      offsets.get(`${group} ${topic}/${String(partition)}`) ?? null,
    setOffset(group, topic, partition, offset) {
      offsets.set(`${group} ${topic}/${String(partition)}`, offset)
    },
    forget(group) {
      for (const name of [...offsets.keys()]) if (name.startsWith(`${group} `)) offsets.delete(name)
    },
    beforeCommit: () => undefined,
    afterCommit: () => undefined,
    client: {
      admin: {
        startOffsets: async (places: readonly TopicPartition[]) => at(places, ({ start }) => start),
        endOffsets: async (places: readonly TopicPartition[], end: 'stable' | 'high-water') =>
          at(places, end === 'stable' ? stableEnd : (place) => place.end),
        committed: async (group: string, places: readonly TopicPartition[]) =>
          places.flatMap(({ topic, partition }) => {
            const offset = broker.offset(group, topic, partition)
            return offset === null ? [] : [{ topic, partition, offset }]
          }),
      },
      async fence(id: string) {
        broker.fenced.push(id)
        const epoch = (epochs.get(id) ?? 0) + 1
        epochs.set(id, epoch)
        const assertOwned = (): void => {
          if (epochs.get(id) !== epoch) throw new KafkaError('FENCED', `${id}: fenced`)
        }
        return {
          transactionalId: id,
          batches: createRecordBatches,
          async commit({ batches, offsets: given }: Transaction) {
            await broker.beforeCommit(id)
            assertOwned()
            const appended = appendBatches(batches, true)
            for (const { topic, partition, offset } of given?.offsets ?? [])
              broker.setOffset(given!.group, topic, partition, offset)
            broker.commits.push(id)
            await broker.afterCommit(id)
            return appended
          },
          dispose: async () => undefined,
        }
      },
      plainProducer: async () => ({
        batches: createRecordBatches,
        async send(batches: readonly RecordBatches[]) {
          await broker.beforeCommit('plain')
          return appendBatches(batches, false)
        },
        dispose: async () => undefined,
      }),
      source,
      async readUpTo(from: PartitionOffset, toOffset: number, onFetched: (one: Fetched) => void) {
        const { topic, partition } = from
        // Readers of committed records come no further than that.
        while (stableEnd(log(topic, partition)) < toOffset)
          await new Promise((resolve) => setTimeout(resolve, 1))
        const { records, ...rest } = fetch(from)
        const wanted = records.filter(({ offset }) => offset < toOffset)
        onFetched({ ...rest, records: wanted, nextOffset: toOffset })
      },
      member(options: MemberOptions) {
        broker.members.push(options)
        return { leave: async () => undefined, abandon: () => undefined }
      },
      connect: async () => undefined,
      close: async () => undefined,
    } as unknown as KafkaClient,
  }
  return broker
}
