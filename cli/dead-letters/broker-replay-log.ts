// The replay log of a broker. Loaded only for the runtime redpanda: nobody else needs a Kafka client.
import { replayRefusal } from '../../connectors/dead-letters.ts'
import type { ReplayLog } from '../../connectors/dead-letters.ts'
import { createBrokerReplayLog } from '../../connectors/kafka/dead-letter-replay.ts'
import { createReadingCodec } from '../../connectors/registry/reading-codec.ts'
import { openRegistryCodec } from '../../connectors/registry/registry-codec.ts'
import type { Config } from '../../schemas/config.ts'
import { connectorNotes, topics } from '../../schemas/topics.ts'
import { createLogger } from '../logger.ts'
import { openBroker } from '../open-broker.ts'
import type { Io } from '../verb.ts'

/** What a replay may write. */
const written = topics.filter(
  (topic) => topic.name === connectorNotes.name || replayRefusal(topic) === null,
)

/** Connects. Rejects with an error that names the broker or the registry. */
export async function openBrokerReplayLog(config: Config, io: Io): Promise<ReplayLog> {
  const { client, registry } = await openBroker(config, io.env, createLogger('error'))
  const log = createBrokerReplayLog({
    client,
    decoder: createReadingCodec(registry),
    openCodec: () =>
      openRegistryCodec({
        ...{ registry, topics: written, prefix: config.kafka.topic_prefix },
        autoRegister: false,
      }),
    config,
    nowMs: io.now,
  })
  return { ...log, close: () => client.close() }
}
