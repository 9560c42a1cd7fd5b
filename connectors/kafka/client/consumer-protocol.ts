// What members of a group tell each other through the coordinator, in the layout of all Kafka consumers, so that outside
// tools show who reads what. What only our own members need travels as JSON in `userData`, which others pass over.
import type { TopicPartition } from './port.ts'
import { wireReader, wireWriter } from './wire.ts'

/** What a member says when it joins. */
export interface Subscription {
  readonly topics: readonly string[]
  /** Partitions of each of these topics, as the member knows it. */
  readonly partitions: number
  /** Partition numbers that it had in the last generation it took part in, and that generation; -1 for none. */
  readonly owned: readonly number[]
  readonly generation: number
}

/** What the leader tells a member. */
export interface Assignment {
  readonly topics: readonly string[]
  /** Partition numbers, the same for every topic. */
  readonly numbers: readonly number[]
  /** Why the member gets nothing although it wanted; null when there is no such reason. */
  readonly refused: string | null
}

const version = 0

export function encodeSubscription({ topics, ...own }: Subscription): Buffer {
  const writer = wireWriter(256).int16(version)
  writer.list(topics, (topic) => writer.string(topic))
  return writer.bytes(Buffer.from(JSON.stringify(own))).finish()
}

/** Null for a member that is not one of ours. */
export function decodeSubscription(metadata: Buffer): Subscription | null {
  try {
    const reader = wireReader(metadata)
    reader.int16()
    const topics = reader.list(() => reader.string())
    const own: unknown = JSON.parse(reader.bytes().toString('utf8'))
    return isOwn(own) ? { topics, ...own } : null
  } catch {
    // The bytes are another program's: not ours to judge.
    return null
  }
}

type Own = Pick<Subscription, 'partitions' | 'owned' | 'generation'>

function isOwn(value: unknown): value is Own {
  if (typeof value !== 'object' || value === null) return false
  const { partitions, owned, generation } = value as Partial<Record<keyof Own, unknown>>
  return (
    Number.isInteger(partitions) &&
    Number.isInteger(generation) &&
    Array.isArray(owned) &&
    owned.every((number) => Number.isInteger(number))
  )
}

export function encodeAssignment({ topics, numbers, refused }: Assignment): Buffer {
  const writer = wireWriter(256).int16(version)
  writer.list(numbers.length === 0 ? [] : topics, (topic) => {
    writer.string(topic)
    writer.list(numbers, (number) => writer.int32(number))
  })
  return writer.bytes(Buffer.from(refused === null ? '' : JSON.stringify({ refused }))).finish()
}

/** Any consumer's assignment. Throws when the bytes are none. */
export function decodeAssignment(bytes: Buffer): {
  readonly places: readonly TopicPartition[]
  readonly refused: string | null
} {
  if (bytes.length === 0) return { places: [], refused: null }
  const reader = wireReader(bytes)
  reader.int16()
  const places: TopicPartition[] = []
  reader.list(() => {
    const topic = reader.string()
    reader.list(() => places.push({ topic, partition: reader.int32() }))
  })
  return { places, refused: refusalIn(reader.bytes()) }
}

function refusalIn(userData: Buffer): string | null {
  if (userData.length === 0) return null
  try {
    const value = JSON.parse(userData.toString('utf8')) as { refused?: unknown } | null
    return typeof value?.refused === 'string' ? value.refused : null
  } catch {
    // Another program's.
    return null
  }
}
