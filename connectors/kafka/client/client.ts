// The client of one configuration: what the port promises, each part with sockets of its own where one would wait for
// another.
import type { Logger } from 'pino'
import type { Config } from '../../../schemas/config.ts'
import { createAdmin } from './admin.ts'
import { createConnections } from './connections.ts'
import type { Cluster, ConnectionsOptions } from './connections.ts'
import { KafkaError } from './kafka-error.ts'
import { kafkajsLogger } from './logging.ts'
import { createMember } from './member.ts'
import { createPlainProducer } from './plain-producer.ts'
import type { KafkaClient } from './port.ts'
import { readUpTo } from './read-up-to.ts'
import { securityOf } from './security.ts'
import { createSource } from './source.ts'
import { fence } from './transactional-producer.ts'

export interface KafkaClientOptions {
  readonly config: Config['kafka']
  /** Of SASL; from the environment or a file, read by the caller. */
  readonly password: string | null
  readonly logger: Logger
  /** Shown by brokers in their logs and metrics. */
  readonly clientId: string
}

const longestConnectMs = 10_000
const longestAdminMs = 15_000

/** Opens nothing yet. Throws a KafkaError CONFIGURATION for settings that can't be used and for another kafkajs. */
export function createKafkaClient({
  config,
  password,
  logger,
  clientId,
}: KafkaClientOptions): KafkaClient {
  const requestTimeoutMs = config.request_timeout_ms
  const options: ConnectionsOptions = {
    ...securityOf(config, password),
    brokers: config.brokers,
    clientId,
    requestTimeoutMs,
    connectTimeoutMs: Math.min(requestTimeoutMs, longestConnectMs),
    logger: kafkajsLogger(logger),
  }
  const opened = new Set<Cluster>()
  let isClosed = false
  const open = (): Cluster => {
    if (isClosed) throw new KafkaError('FAILED', 'expected an open Kafka client, was closed')
    const cluster = createConnections(options)
    opened.add(cluster)
    return {
      ...cluster,
      close: async () => {
        opened.delete(cluster)
        await cluster.close()
      },
    }
  }
  const shared = open()

  return {
    admin: createAdmin(shared, { patienceMs: Math.min(requestTimeoutMs, longestAdminMs) }),
    fence: async (transactionalId) =>
      fence({
        transactionalId,
        transactionTimeoutMs: config.transaction_timeout_ms,
        fenceTimeoutMs: requestTimeoutMs,
        connections: open(),
      }),
    plainProducer: async () =>
      createPlainProducer({
        connections: open(),
        requestTimeoutMs,
        deliveryTimeoutMs: 2 * requestTimeoutMs,
      }),
    source(listener) {
      const connections = open()
      const source = createSource(connections, listener, {
        onTrouble: ({ topic, partition, offset }, error) =>
          logger.debug({ topic, partition, offset }, `reading waits: ${error.message}`),
      })
      return {
        ...source,
        async close() {
          await source.close()
          await connections.close()
        },
      }
    },
    async readUpTo(from, toOffset, onFetched, stalledMs) {
      const connections = open()
      try {
        await readUpTo(
          connections,
          from,
          toOffset,
          onFetched,
          stalledMs === undefined ? {} : { stalledMs },
        )
      } finally {
        await connections.close()
      }
    },
    member: (memberOptions) => createMember({ open }, memberOptions),
    async connect() {
      await shared.nodeIds()
    },
    async close() {
      isClosed = true
      await Promise.all([...opened].map((cluster) => cluster.close()))
    },
  }
}
