// Records of the broker as everybody else sees them. A schema that is not known yet is asked for.
import type { Topic } from '../../schemas/topic.ts'
import type { StoredRecord } from '../runtime.ts'
import { storedRecord } from '../stored-record.ts'
import type { WireRecord } from './client/port.ts'
import type { LearningDecoder } from './learning-codec.ts'
import { learnPatiently } from './learn.ts'
import { schemaIdOf } from './learning-codec.ts'

/** Never throws for what lies in the log; rejects when the registry has to be asked and can't be. */
export async function decodeWire(
  codec: LearningDecoder,
  topic: Topic,
  partition: number,
  wire: WireRecord,
): Promise<StoredRecord> {
  return decodeAsking(codec, topic, partition, wire, (id) => codec.learn(topic.name, id))
}

/** The same, however long the registry is away. `onWait` hears of each failure; it may throw to give up. */
export async function decodeWirePatiently(
  codec: LearningDecoder,
  topic: Topic,
  partition: number,
  wire: WireRecord,
  onWait: (error: unknown) => void,
): Promise<StoredRecord> {
  return decodeAsking(codec, topic, partition, wire, (id) =>
    learnPatiently(codec, topic.name, id, onWait),
  )
}

async function decodeAsking(
  codec: LearningDecoder,
  topic: Topic,
  partition: number,
  { offset, timestampMs: atMs, key, value: bytes }: WireRecord,
  ask: (id: number) => Promise<'known' | 'missing'>,
): Promise<StoredRecord> {
  const at = { partition, offset, atMs, key: key ?? '', bytes }
  const record = storedRecord(codec, topic, at)
  if (record.fault?.cause !== 'UNKNOWN_SCHEMA' || bytes === null) return record
  return (await ask(schemaIdOf(bytes))) === 'missing' ? record : storedRecord(codec, topic, at)
}
