// The log of a broker, as verbs see it. Loaded only for the runtime redpanda: nobody else needs a Kafka client.
import { gatewayReader } from '../connectors/exchange/gateway.ts'
import type { LogReader, OperatorLog } from '../connectors/log-reader.ts'
import { openKafkaOperatorLog } from '../connectors/kafka/operator.ts'
import { createKafkaReader } from '../connectors/kafka/reader.ts'
import { createReadingCodec } from '../connectors/registry/reading-codec.ts'
import { openRegistryCodec } from '../connectors/registry/registry-codec.ts'
import type { Config } from '../schemas/config.ts'
import { topics } from '../schemas/topics.ts'
import { trading } from '../topologies/trading.ts'
import { placeOf } from './configuration/place.ts'
import { createLogger } from './logger.ts'
import { openBroker } from './open-broker.ts'
import type { Io } from './verb.ts'

/** Connects and opens the log for reading. Rejects with an error that names the broker or the registry. */
export async function openBrokerLog(config: Config, env: Io['env']): Promise<LogReader> {
  const { client, registry } = await openBroker(config, env, createLogger('error'))
  const reader = createKafkaReader({
    client,
    codec: createReadingCodec(registry),
    topology: trading,
    connectors: [gatewayReader],
    prefix: config.kafka.topic_prefix,
    place: placeOf(config),
  })
  return { ...reader, close: () => client.close() }
}

/** Connects and opens the log for an operator's record. Rejects with an error that names the broker or the registry. */
export async function openBrokerOperatorLog(config: Config, env: Io['env']): Promise<OperatorLog> {
  const { client, registry } = await openBroker(config, env, createLogger('error'))
  try {
    const { topic_prefix: prefix } = config.kafka
    const codec = await openRegistryCodec({
      registry,
      topics: topics.filter((topic) => topic.source === 'operator'),
      prefix,
      autoRegister: false,
    })
    const log = await openKafkaOperatorLog({ client, codec, prefix, place: placeOf(config) })
    return {
      ...log,
      async close() {
        await log.close()
        await client.close()
      },
    }
  } catch (error) {
    await client.close()
    throw error
  }
}
