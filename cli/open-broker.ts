// The brokers and the schema registry of a configuration, with their secrets. Loaded only by what runs on a broker.
import type { Logger } from 'pino'
import { createKafkaClient } from '../connectors/kafka/client/client.ts'
import { KafkaError } from '../connectors/kafka/client/kafka-error.ts'
import type { KafkaClient } from '../connectors/kafka/client/port.ts'
import type { SchemaRegistry } from '../connectors/registry/port.ts'
import type { Config } from '../schemas/config.ts'
import { secretsOf } from './configuration/secrets.ts'
import { createLogger } from './logger.ts'
import { openRegistry } from './open-registry.ts'
import { UserError } from './verb.ts'
import type { Io } from './verb.ts'

export interface Broker {
  /** Connected; whoever opened it closes it. */
  readonly client: KafkaClient
  /** Not asked yet. */
  readonly registry: SchemaRegistry
}

/**
 * Connects to the brokers. Rejects with a KafkaError when none answers, with a UserError when a secret is missing or wrong;
 * nothing is open then.
 */
export async function openBroker(config: Config, env: Io['env'], logger: Logger): Promise<Broker> {
  const { kafkaPassword, registryPassword, warnings } = secretsOf(config, env)
  // Also to whoever asked for errors alone.
  for (const warning of warnings) createLogger('warn').warn(warning)
  const registry = openRegistry(config, registryPassword)
  const client = clientOf(config.kafka, kafkaPassword, logger)
  try {
    await client.connect()
  } catch (error) {
    await client.close()
    if (error instanceof KafkaError && error.fault === 'UNREACHABLE')
      throw new KafkaError(
        'UNREACHABLE',
        `${error.message}; check kafka.brokers and kafka.tls`,
        error,
      )
    throw error
  }
  return { client, registry }
}

/** Not connected. A file of certificates that can't be used is a fault of the configuration, like every other setting. */
function clientOf(config: Config['kafka'], password: string | null, logger: Logger): KafkaClient {
  const clientId = config.instance === '' ? 'quantum' : `quantum-${config.instance}`
  try {
    return createKafkaClient({ config, password, logger, clientId })
  } catch (error) {
    if (error instanceof KafkaError && error.fault === 'CONFIGURATION')
      throw new UserError(error.message)
    throw error
  }
}
