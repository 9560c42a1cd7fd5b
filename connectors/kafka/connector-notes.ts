// Notes of connectors: last values by owner and name in a compacted topic.
import { connectorNotes } from '../../schemas/topics.ts'
import type { ConnectorNotes } from '../../schemas/types.gen.ts'
import type { Topic, TopicName } from '../../schemas/topic.ts'
import type { Note, Position } from '../runtime.ts'
import type { KafkaClient } from './client/port.ts'
import { decodeWire } from './decode-wire.ts'
import type { LearningDecoder } from './learning-codec.ts'

/** A note as a record of the topic; its value is null when it ends. */
export interface NoteRecord {
  readonly key: string
  readonly value: ConnectorNotes | null
}

export function noteRecord(owner: string, [name, value]: Note): NoteRecord {
  return { key: `${owner}|${name}`, value: value === null ? null : { owner, name, value } }
}

/** Owner of the notes about positions. */
const positionsOwner = 'positions'

const positionName = (group: string, topic: TopicName, partition: number): string =>
  `${group} ${topic} ${partition}`

/**
 * How far a group of connectors has come, as a note beside its offset. The broker lets an offset expire that nobody moves for a
 * week; without the note all commands would then be read again, as if they were new.
 */
export function positionNote(
  group: string,
  { topic, partition, nextOffset }: Position,
  logId: string,
): NoteRecord {
  return noteRecord(positionsOwner, [
    positionName(group, topic.name, partition),
    `${nextOffset} ${logId}`,
  ])
}

/** Noted next offsets of a group by partition. What was noted in another log counts for nothing in this one. */
export async function notedPositions(
  client: Pick<KafkaClient, 'admin' | 'readUpTo'>,
  codec: LearningDecoder,
  brokerTopic: string,
  { group, topic, logId }: { group: string; topic: Topic; logId: string },
): Promise<(partition: number) => number | undefined> {
  const notes = await readNotes(client, codec, brokerTopic, positionsOwner)
  return (partition) => {
    const note = notes.get(positionName(group, topic.name, partition))
    const [nextOffset, by] = (note ?? '').split(' ')
    return by === logId ? Number(nextOffset) : undefined
  }
}

/**
 * All notes of an owner. Reads the topic to its end: for starts, not for every record. Several programs write this topic, each in
 * transactions of its own: what lies behind one that is open counts too, and is waited for, since it may be what the caller
 * wrote itself and got no answer for.
 */
export async function readNotes(
  client: Pick<KafkaClient, 'admin' | 'readUpTo'>,
  codec: LearningDecoder,
  brokerTopic: string,
  owner: string,
): Promise<ReadonlyMap<string, string>> {
  const place = { topic: brokerTopic, partition: 0 }
  const [[start], [end]] = await Promise.all([
    client.admin.startOffsets([place]),
    client.admin.endOffsets([place], 'high-water'),
  ])
  const notes = new Map<string, string>()
  let applied = Promise.resolve()
  if (start !== undefined && end !== undefined && start.offset < end.offset)
    await client.readUpTo(start, end.offset, ({ records }) => {
      applied = applied.then(async () => {
        for (const record of records) {
          if (!(record.key ?? '').startsWith(`${owner}|`)) continue
          const { value } = await decodeWire(codec, connectorNotes, 0, record)
          const name = (record.key ?? '').slice(owner.length + 1)
          if (value === null) notes.delete(name)
          else notes.set(name, (value as ConnectorNotes).value)
        }
      })
      applied.catch(() => undefined)
    })
  await applied
  return notes
}
