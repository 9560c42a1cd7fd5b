// A look into a broker's log from outside: committed records only, from where the log begins to its last stable offset. It
// joins no group and commits nothing, so nobody notices it.
import type { Domain, Topic } from '../../schemas/topic.ts'
import { connectorNotes } from '../../schemas/topics.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import type { LogReader, PartitionEnds } from '../log-reader.ts'
import { inParallel } from '../registry/in-parallel.ts'
import type { ReadRange, StoredRecord } from '../runtime.ts'
import { KafkaError } from './client/kafka-error.ts'
import type { KafkaClient, WireRecord } from './client/port.ts'
import { decodeWire } from './decode-wire.ts'
import { readLags, readersOf } from './group-lag.ts'
import type { GroupReader } from './group-lag.ts'
import type { LearningDecoder } from './learning-codec.ts'
import { readEnvironment } from './log-environment.ts'
import { readLogId } from './log-id.ts'
import { missingTopic, shownTopics, stretchesOf } from './places.ts'
import type { Stretch } from './places.ts'
import { storedTopics } from './topic-settings.ts'
import { newestRecords, oldestRecords } from './walk.ts'

/** Records of one `read` that names no limit. */
const defaultLimit = 10_000

/** Partitions that are read at the same time. */
const atOnce = 16

/** How often a read begins anew because retention removed what it was about to read. */
const triesAfterTrim = 3

export interface KafkaReaderOptions {
  readonly client: KafkaClient
  readonly codec: LearningDecoder
  readonly topology: Topology
  /** Connectors that read. */
  readonly connectors: readonly GroupReader[]
  readonly prefix: string
  /** The brokers, for people. */
  readonly place: string
}

/** Reads through a connected client, which stays its owner's. */
export function createKafkaReader(options: KafkaReaderOptions): LogReader {
  const { client, codec, topology, prefix, place } = options
  const { admin } = client
  const declared = storedTopics(topology)
  const brokerName = (topic: Topic): string => `${prefix}${topic.name}`
  const ownName = (name: string): string => name.slice(prefix.length)
  const stretchesOfTopic = async (topic: Topic): Promise<Stretch[]> => {
    const stretches = await stretchesOf(admin, [brokerName(topic)])
    if (stretches.length === 0) throw missingTopic(place, brokerName(topic))
    return stretches
  }
  const decodeAll = async (topic: Topic, found: readonly Found[]): Promise<StoredRecord[]> => {
    const records: StoredRecord[] = []
    for (const { partition, record } of found)
      records.push(await decodeWire(codec, topic, partition, record))
    return records
  }
  /** All topics of a domain have the same number of partitions. */
  const partitionsOf = async (domain: Domain): Promise<number> => {
    const names = declared.filter((topic) => topic.domain === domain).map(brokerName)
    const [found] = await admin.topics(names)
    if (found === undefined) throw missingTopic(place, names[0] ?? domain)
    return found.partitions
  }

  return {
    place,
    async meta() {
      const [market, account] = [await partitionsOf('market'), await partitionsOf('account')]
      const logId = await readLogId(client, codec, prefix)
      const environment = await readEnvironment(client, codec, brokerName(connectorNotes))
      return { logId, environment, partitions: { market, account } }
    },
    async ends(topics) {
      const names = topics?.map(brokerName) ?? (await shownTopics(admin, declared, prefix))
      return inParallel(
        await stretchesOf(admin, names),
        async (stretch): Promise<PartitionEnds> => {
          const [last] = await newestRecords(client, stretch, stretch, 1)
          return {
            topic: ownName(stretch.topic),
            partition: stretch.partition,
            firstOffset: stretch.from,
            nextOffset: stretch.end,
            lastAtMs: last?.timestampMs ?? null,
          }
        },
        atOnce,
      )
    },
    read: (topic, range = {}) =>
      afterTrims(async () =>
        decodeAll(topic, await recordsOf(client, await stretchesOfTopic(topic), range)),
      ),
    latest: (topic) =>
      afterTrims(async () => {
        const found: Found[] = []
        for (const stretch of await stretchesOfTopic(topic))
          found.push(...(await lastValues(client, stretch)))
        return decodeAll(topic, found)
      }),
    lag: (nowMs) =>
      afterTrims(() =>
        readLags(client, prefix, [...readersOf(topology), ...options.connectors], nowMs),
      ),
    async version(topic) {
      const stretches = await stretchesOfTopic(topic)
      return stretches.map(({ partition, end }) => `${partition}:${end}`).join(' ')
    },
    close: async () => undefined,
  }
}

interface Found {
  readonly partition: number
  readonly record: WireRecord
}

/** Undecoded records of a range over all partitions: only those that are chosen cost decoding. */
async function recordsOf(
  client: KafkaClient,
  stretches: readonly Stretch[],
  { partition, from = 0, limit = defaultLimit, newest = false }: ReadRange,
): Promise<Found[]> {
  const wanted = stretches.filter((one) => partition === undefined || one.partition === partition)
  const pick = newest ? newestRecords : oldestRecords
  const found = await inParallel(
    wanted,
    async (stretch) => {
      const span = { from: Math.max(from, stretch.from), end: stretch.end }
      const records = await pick(client, stretch, span, limit)
      return records.map((record): Found => ({ partition: stretch.partition, record }))
    },
    atOnce,
  )
  const sorted = found.flat().sort(byTime)
  return newest ? sorted.slice(Math.max(0, sorted.length - limit)) : sorted.slice(0, limit)
}

const byTime = (a: Found, b: Found): number =>
  a.record.timestampMs - b.record.timestampMs ||
  a.partition - b.partition ||
  a.record.offset - b.record.offset

/** Last record of each key that has not ended, by key. */
async function lastValues(client: KafkaClient, { from, end, ...place }: Stretch): Promise<Found[]> {
  const last = new Map<string, WireRecord>()
  if (from < end)
    await client.readUpTo({ ...place, offset: from }, end, ({ records }) => {
      for (const record of records) {
        if (record.offset >= end) return
        const key = record.key ?? ''
        if (record.value === null) last.delete(key)
        else last.set(key, { ...record, value: Buffer.from(record.value) })
      }
    })
  return [...last.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, record]) => ({ partition: place.partition, record }))
}

/** Between the look at a partition's start and the read of it, retention may move the start. */
async function afterTrims<T>(work: () => Promise<T>): Promise<T> {
  for (let left = triesAfterTrim; ; left--) {
    try {
      return await work()
    } catch (error) {
      const isTrimmed = error instanceof KafkaError && error.fault === 'OFFSET_OUT_OF_RANGE'
      if (!isTrimmed || left === 0) throw error
    }
  }
}
