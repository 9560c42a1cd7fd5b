// The id of a log on a broker. Ids of records derive from it and from offsets: where a topic was made anew its offsets
// start again, so the log must get a new id before that, or ids would come a second time.
import { randomUUID } from 'node:crypto'
import type { Codec } from '../../schemas/codec.ts'
import { connectorNotes } from '../../schemas/topics.ts'
import type { KafkaClient } from './client/port.ts'
import { decodeLearning } from './learn.ts'
import type { LearningDecoder } from './learning-codec.ts'

const owner = 'log'
const name = 'log_id'

/** Key of the note that has it. */
const noteKey = `${owner}|${name}`

/** Gives the log a new random id and returns it. Needs the topic of the notes and its schema. */
export async function renewLogId(
  client: Pick<KafkaClient, 'plainProducer'>,
  codec: Pick<Codec, 'encode'>,
  prefix: string,
  nowMs: number,
): Promise<string> {
  const value = randomUUID()
  const bytes = codec.encode(connectorNotes.name, { owner, name, value })
  const producer = await client.plainProducer()
  try {
    const batches = producer.batches(`${prefix}${connectorNotes.name}`, 0)
    batches.add(nowMs, noteKey, bytes)
    await producer.send([batches])
  } finally {
    await producer.dispose()
  }
  return value
}

/** The id of the log, or null when it has none yet. */
export async function readLogId(
  client: Pick<KafkaClient, 'admin' | 'readUpTo'>,
  codec: LearningDecoder,
  prefix: string,
): Promise<string | null> {
  const bytes = await logIdBytes(client, prefix)
  if (bytes === null) return null
  const note = await decodeLearning(codec, connectorNotes.name, bytes)
  return (note as { readonly value: string }).value
}

/** The bytes of the note that has the id, or null: enough to know that there is one. */
export async function logIdBytes(
  client: Pick<KafkaClient, 'admin' | 'readUpTo'>,
  prefix: string,
): Promise<Buffer | null> {
  const place = { topic: `${prefix}${connectorNotes.name}`, partition: 0 }
  const [[start], [end]] = await Promise.all([
    client.admin.startOffsets([place]),
    client.admin.endOffsets([place], 'stable'),
  ])
  let found: Buffer | null = null
  if (start !== undefined && end !== undefined && start.offset < end.offset)
    await client.readUpTo(start, end.offset, ({ records }) => {
      for (const { key, value } of records)
        if (key === noteKey) found = value === null ? null : Buffer.from(value)
    })
  return found
}
