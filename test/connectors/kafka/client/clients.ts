// Clients of ours and of the stock library on a broker, and what an outside reader of committed records sees.
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, expect, vi } from 'vitest'
import { createKafkaClient } from '../../../../connectors/kafka/client/client.ts'
import type {
  KafkaClient,
  TransactionalProducer,
} from '../../../../connectors/kafka/client/port.ts'
import { testConfig } from '../../../kit/given.ts'
import { silentLogger } from '../../../kit/silent-logger.ts'

export interface Clients {
  /** With settings of `kafka` besides the brokers; closed when the file is done. */
  ours(brokers: readonly string[], kafka?: object, password?: string | null): KafkaClient
  stock(brokers: readonly string[]): Kafka
}

/** Call it inside a `describe`. */
export function clientsOfFile(): Clients {
  const opened: KafkaClient[] = []
  afterAll(async () => {
    for (const client of opened) await client.close()
  })
  return {
    ours(brokers, kafka = {}, password = null) {
      const client = createKafkaClient({
        config: testConfig({ kafka: { brokers, ...kafka } }).kafka,
        password,
        logger: silentLogger,
        clientId: 'test',
      })
      opened.push(client)
      return client
    },
    stock: (brokers) => new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }),
  }
}

/** A topic that exists and can be used. */
export async function makeTopic(
  client: KafkaClient,
  name: string,
  partitions = 1,
  configs: Readonly<Record<string, string>> = {},
): Promise<string> {
  // A broker that stood still takes part again only with its next heartbeat: until then no topic finds a place.
  await vi.waitFor(
    () => client.admin.createTopics([{ name, partitions, replication: 1, configs }]),
    { timeout: 5_000, interval: 100 },
  )
  return name
}

/** Last stable offset once nothing is undecided any more: markers are written after a commit has been answered. */
export async function decidedEnd(
  client: KafkaClient,
  topic: string,
  partition = 0,
): Promise<number> {
  const place = { topic, partition }
  return vi.waitFor(
    async () => {
      const [end] = await client.admin.endOffsets([place], 'stable')
      const [last] = await client.admin.endOffsets([place], 'high-water')
      expect(end?.offset).toBe(last?.offset)
      return end?.offset ?? 0
    },
    { timeout: 10_000, interval: 5 },
  )
}

/** Values of all committed records of a partition, when all of its transactions have ended. */
export async function committedValues(
  client: KafkaClient,
  topic: string,
  partition = 0,
): Promise<string[]> {
  const values: string[] = []
  await client.readUpTo(
    { topic, partition, offset: 0 },
    await decidedEnd(client, topic, partition),
    ({ records }) => {
      for (const { value } of records) values.push(String(value))
    },
    10_000,
  )
  return values
}

/** Commits records of these values, and offsets if a group is given. */
export async function commitValues(
  producer: TransactionalProducer,
  topic: string,
  values: readonly string[],
  offsets: { readonly group: string; readonly offset: number } | null = null,
): Promise<number[]> {
  const batches = producer.batches(topic, 0)
  for (const value of values) batches.add(Date.now(), 'key', Buffer.from(value))
  const [appended] = await producer.commit({
    batches: [batches],
    offsets:
      offsets === null
        ? null
        : { group: offsets.group, offsets: [{ topic, partition: 0, offset: offsets.offset }] },
  })
  return values.map((_, index) => appended?.offsetOf(index) ?? -1)
}
