// The broker runtime keeps the runtime contract, on a real broker with a real registry. Offsets of a broker have gaps where
// transactions ended; the contract counts records, so offsets are compared by rank.
import { beforeAll } from 'vitest'
import { virtualLogId } from '../../connectors/backtest/engine.ts'
import { createKafkaClient } from '../../connectors/kafka/client/client.ts'
import type { KafkaClient } from '../../connectors/kafka/client/port.ts'
import { createKafkaReader } from '../../connectors/kafka/reader.ts'
import type { KafkaRuntime } from '../../connectors/kafka/runtime.ts'
import { openKafkaRuntime } from '../../connectors/kafka/runtime.ts'
import { applyTopics } from '../../connectors/kafka/topic-apply.ts'
import { storedTopics } from '../../connectors/kafka/topic-settings.ts'
import { subjectOf } from '../../connectors/registry/port.ts'
import type { RegistryCodec } from '../../connectors/registry/registry-codec.ts'
import { openRegistryCodec } from '../../connectors/registry/registry-codec.ts'
import type { SchemaRegistry } from '../../connectors/registry/port.ts'
import { openSchemaRegistry } from '../../connectors/registry/registry.ts'
import type { StoredRecord } from '../../connectors/runtime.ts'
import type { Config } from '../../schemas/config.ts'
import { deadLetter } from '../../schemas/topics.ts'
import type { DeadLetter } from '../../schemas/types.gen.ts'
import { compatibilityOf } from '../../schemas/topic.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import { freshPrefix, sharedBench } from '../kit/broker/shared-bench.ts'
import { testConfig } from '../kit/given.ts'
import { silentLogger } from '../kit/silent-logger.ts'
import { runtimeContract } from './contract.ts'
import { sample, startMs } from './sample.ts'
import { codec as plainCodec } from './scenario.ts'
import type { Home, TestRuntime } from './subject.ts'

const bench = sharedBench()
const subjects = freshPrefix()
let registry: SchemaRegistry
let codec: RegistryCodec

beforeAll(async () => {
  registry = openSchemaRegistry({
    ...{ url: bench.registryUrl, username: '', password: null, timeoutMs: 10_000 },
  })
  codec = await openRegistryCodec({
    ...{ registry, topics: storedTopics(sample), prefix: subjects, autoRegister: true },
  })
})

runtimeContract('kafka', {
  promises: {
    durable: true,
    bytes: true,
    exclusive: 'a broker’s log is shared: partitions have owners, which the fault tests hold to it',
    readers: true,
    retention:
      'the broker removes by its own clock; what a task does then is in take-over.kafka.test.ts',
    partitions: true,
    deferred: true,
    guarded: true,
    observed: true,
  },
  createHome,
})

function configOf(prefix: string, partitions = { market: 1, account: 1 }): Config {
  return testConfig({
    runtime: 'redpanda',
    kafka: {
      ...{ brokers: bench.brokers, topic_prefix: prefix, instance: 'contract' },
      ...{ market_partitions: partitions.market, account_partitions: partitions.account },
    },
  })
}

async function connected(config: Config): Promise<KafkaClient> {
  const client = createKafkaClient({
    ...{ config: config.kafka, password: null, logger: silentLogger, clientId: 'contract' },
  })
  await client.connect()
  return client
}

function createHome(): Home {
  const prefix = freshPrefix()
  const open = new Map<KafkaRuntime, KafkaClient>()
  let outside: Promise<unknown> | null = null
  let config = configOf(prefix)
  let isMade = false

  const crash = async (runtime: KafkaRuntime): Promise<void> => {
    runtime.abandon()
    await open.get(runtime)?.close()
    open.delete(runtime)
  }
  return {
    async open(options = {}) {
      config = configOf(prefix, options.partitions)
      const client = await connected(config)
      if (!isMade)
        await applyTopics({
          ...{ client, topology: sample, config, openCodec: async () => codec },
          nowMs: () => startMs,
        })
      isMade = true
      const runtime = await openKafkaRuntime({
        ...{ topology: sample, config, client, registry, codec, logger: silentLogger },
        ...{ run: ['market', 'account'], connectors: true, logId: virtualLogId },
        wallMs: options.wallMs ?? (() => startMs),
        atStep(step) {
          options.atStep?.(step)
          // Who reads from outside at this step has read before it goes on.
          const reading = outside
          outside = null
          return reading?.then(() => undefined)
        },
      })
      open.set(runtime, client)
      return byRank(runtime, () => crash(runtime))
    },
    async appendBytes(topic, key, bytes, schema) {
      const client = await connected(config)
      const producer = await client.plainProducer()
      const batches = producer.batches(`${prefix}${topic.name}`, 0)
      batches.add(startMs, key, await reframed(topic, bytes, schema))
      await producer.send([batches])
      await producer.dispose()
      await client.close()
    },
    readOutside(topic) {
      const reading = readAside(config, topic)
      outside = reading
      return reading
    },
    async dispose() {
      for (const runtime of [...open.keys()]) await crash(runtime)
    },
  }
}

async function readAside(config: Config, topic: Topic): Promise<LogRecord[]> {
  const client = await connected(config)
  const { topic_prefix: prefix } = config.kafka
  const reader = createKafkaReader({
    ...{ client, codec, topology: sample, connectors: [], prefix, place: 'the broker' },
  })
  const records = await reader.read(topic)
  await client.close()
  return records
}

/** The contract's bytes name schemas by the ids of a codec without registry. */
async function reframed(
  topic: Topic,
  bytes: Uint8Array,
  schema: { readonly text: string } | undefined,
): Promise<Uint8Array> {
  const own = plainCodec.writerSchema(topic.name)
  if (bytes[0] !== 0) return bytes
  const copy = Buffer.from(bytes)
  const isOwn = copy.readInt32BE(1) === own.id
  const subject = subjectOf(subjects, topic.name)
  const id =
    schema !== undefined
      ? (await registry.register(subject, schema.text, compatibilityOf(topic))).id
      : isOwn
        ? codec.writerSchema(topic.name).id
        : 987_654_321
  copy.writeInt32BE(id, 1)
  return copy
}

/** A dead letter has its bytes as they lie in the log; the contract put them there under a plain id. */
function plainPayload(record: StoredRecord): StoredRecord {
  if (record.topic !== deadLetter.name || record.fault !== null) return record
  const letter = record.value as DeadLetter
  const bytes = Buffer.from(letter.payload, 'base64')
  const topic = storedTopics(sample).find(({ name }) => name === letter.topic)
  if (topic === undefined || bytes.length < 5) return record
  if (bytes.readInt32BE(1) !== codec.writerSchema(topic.name).id) return record
  bytes.writeInt32BE(plainCodec.writerSchema(topic.name).id, 1)
  return { ...record, value: { ...letter, payload: bytes.toString('base64') } }
}

/** The runtime with offsets that count records. */
function byRank(runtime: KafkaRuntime, crash: () => Promise<void>): TestRuntime {
  const heard = new Map<string, number>()
  const ranked = (records: readonly StoredRecord[]): StoredRecord[] => {
    const counts = new Map<number, number>()
    return records.map((record) => {
      const rank = counts.get(record.partition) ?? 0
      counts.set(record.partition, rank + 1)
      return { ...plainPayload(record), offset: rank }
    })
  }
  return {
    ...runtime,
    crash,
    read: async (topic, range) => ranked(await runtime.read(topic, range)),
    async poll(group, topic, limit) {
      const all = await runtime.read(topic)
      const polled = await runtime.poll(group, topic, limit)
      return polled.map((record) => ({
        ...record,
        offset: all.filter((r) => r.partition === record.partition && r.offset < record.offset)
          .length,
      }))
    },
    async write(change) {
      if (change.consumed === undefined) return runtime.write(change)
      const { group, positions } = change.consumed
      const real = await Promise.all(
        positions.map(async (position) => {
          const { topic, partition, nextOffset } = position
          const own = (await runtime.read(topic)).filter((r) => r.partition === partition)
          return { ...position, nextOffset: own[nextOffset - 1]!.offset + 1 }
        }),
      )
      return runtime.write({ ...change, consumed: { group, positions: real } })
    },
    onCommit: (listener) =>
      runtime.onCommit((records) => {
        listener(
          records.map((record) => {
            const place = `${record.topic} ${record.partition}`
            const rank = heard.get(place) ?? 0
            heard.set(place, rank + 1)
            return { ...record, offset: rank }
          }),
        )
      }),
  }
}
