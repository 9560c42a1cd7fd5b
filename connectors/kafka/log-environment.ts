// A log belongs to one environment: whoever opens it first decides, and everybody else must agree. Orders of paper, demo and
// live must never meet in one log.
import { connectorNotes } from '../../schemas/topics.ts'
import type { Environment } from '../../schemas/types.gen.ts'
import { LogError } from '../log-error.ts'
import type { KafkaClient } from './client/port.ts'
import { noteRecord, readNotes } from './connector-notes.ts'
import type { LearningCodec, LearningDecoder } from './learning-codec.ts'

const owner = 'log'
const name = 'environment'

/** The environment of the log; null when nothing ran on it yet. */
export async function readEnvironment(
  client: Pick<KafkaClient, 'admin' | 'readUpTo'>,
  codec: LearningDecoder,
  brokerTopic: string,
): Promise<Environment | null> {
  const notes = await readNotes(client, codec, brokerTopic, owner)
  return (notes.get(name) ?? null) as Environment | null
}

/** Makes the log one of this environment, or throws a LogError when it is one of another. */
export async function claimEnvironment(
  client: KafkaClient,
  codec: LearningCodec,
  brokerTopic: string,
  environment: Environment,
  nowMs: number,
): Promise<void> {
  const found = await readEnvironment(client, codec, brokerTopic)
  if (found === environment) return
  if (found !== null)
    throw new LogError(
      'CONFIGURATION',
      `${brokerTopic}: the log is one of environment ${found}, the configuration says ${environment}; use another kafka.topic_prefix`,
    )
  const { key, value } = noteRecord(owner, [name, environment])
  const producer = await client.plainProducer()
  try {
    const batches = producer.batches(brokerTopic, 0)
    batches.add(nowMs, key, codec.encode(connectorNotes.name, value))
    await producer.send([batches])
  } finally {
    await producer.dispose()
  }
}
