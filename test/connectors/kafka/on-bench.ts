// A client and a codec on the shared bench, under a prefix of one's own; what was made under it goes when the file is done.
import { afterAll, beforeAll } from 'vitest'
import { createKafkaClient } from '../../../connectors/kafka/client/client.ts'
import type { KafkaClient } from '../../../connectors/kafka/client/port.ts'
import { openRegistryCodec } from '../../../connectors/registry/registry-codec.ts'
import type { RegistryCodec } from '../../../connectors/registry/registry-codec.ts'
import { openSchemaRegistry } from '../../../connectors/registry/registry.ts'
import type { Config } from '../../../schemas/config.ts'
import { topics } from '../../../schemas/topics.ts'
import type { Topic } from '../../../schemas/topic.ts'
import { freshPrefix, sharedBench } from '../../kit/broker/shared-bench.ts'
import { testConfig } from '../../kit/given.ts'
import { silentLogger } from '../../kit/silent-logger.ts'

export interface OnBench {
  readonly client: KafkaClient
  /** Another client of the same broker; it is closed with the first. */
  connect(): Promise<KafkaClient>
  /** A configuration with a prefix that nobody else has. */
  freshConfig(kafka?: object): Config
  /** A codec whose schemas get registered under the configuration's prefix. */
  codec(config: Config, wanted?: readonly Topic[]): Promise<RegistryCodec>
}

/** Call it inside a `describe` that needs the bench. */
export function onBench(): OnBench {
  const { brokers, registryUrl } = sharedBench()
  const prefixes: string[] = []
  const clients: KafkaClient[] = []
  const connect = async (): Promise<KafkaClient> => {
    const client = createKafkaClient({
      config: testConfig({ kafka: { brokers } }).kafka,
      password: null,
      logger: silentLogger,
      clientId: 'test',
    })
    clients.push(client)
    await client.connect()
    return client
  }
  beforeAll(async () => {
    await connect()
  })
  afterAll(async () => {
    const { admin } = clients[0]!
    const names = (await admin.topics()).map(({ name }) => name)
    const ours = names.filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
    if (ours.length > 0) await admin.deleteTopics(ours)
    for (const client of clients) await client.close()
  })
  return {
    get client() {
      return clients[0]!
    },
    connect,
    freshConfig(kafka = {}) {
      const topic_prefix = freshPrefix()
      prefixes.push(topic_prefix)
      return testConfig({
        runtime: 'redpanda',
        kafka: { brokers, topic_prefix, market_partitions: 2, account_partitions: 2, ...kafka },
        registry: { url: registryUrl },
      })
    },
    codec: (config, wanted = topics) =>
      openRegistryCodec({
        registry: openSchemaRegistry({
          url: registryUrl,
          username: '',
          password: null,
          timeoutMs: config.registry.timeout_ms,
        }),
        topics: wanted,
        prefix: config.kafka.topic_prefix,
        autoRegister: true,
      }),
  }
}
