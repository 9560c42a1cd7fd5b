// Which partitions of which topics there are on a broker, and what can be read of them now.
import type { Topic } from '../../schemas/topic.ts'
import { KafkaError } from './client/kafka-error.ts'
import type { Admin, TopicPartition } from './client/port.ts'
import { offsetsByPlace, placeName } from './tables.ts'

/** Offsets of one partition: the first that counts, and the first that does not. */
export interface Span {
  readonly from: number
  readonly end: number
}

/** A partition with what can be read of it. */
export interface Stretch extends TopicPartition, Span {}

/** Partitions of those of the broker's topics that are there, by name, with all that is committed in them. */
export async function stretchesOf(admin: Admin, names: readonly string[]): Promise<Stretch[]> {
  const found = names.length === 0 ? [] : await admin.topics(names)
  const inOrder = [...found].sort((a, b) => (a.name < b.name ? -1 : 1))
  const places = inOrder.flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
  )
  if (places.length === 0) return []
  const [starts, ends] = await Promise.all([
    admin.startOffsets(places).then(offsetsByPlace),
    admin.endOffsets(places, 'stable').then(offsetsByPlace),
  ])
  return places.map((place) => {
    const name = placeName(place.topic, place.partition)
    const from = starts.get(name) ?? 0
    return { ...place, from, end: Math.max(from, ends.get(name) ?? 0) }
  })
}

/** The error of a topic that is not on the broker. */
export function missingTopic(brokers: string, name: string): KafkaError {
  return new KafkaError(
    'TOPIC_MISSING',
    `${brokers}: expected the topic ${name}, was none; \`quantum topics apply\` makes topics`,
  )
}

/**
 * The broker's names of the topics that a log shows: the declared ones and, under a prefix, whatever else is there. Without
 * a prefix nobody can say whose a topic is that is not declared.
 */
export async function shownTopics(
  admin: Admin,
  declared: readonly Topic[],
  prefix: string,
): Promise<string[]> {
  const own = declared.map((topic) => `${prefix}${topic.name}`)
  if (prefix === '') return own
  const present = (await admin.topics()).map(({ name }) => name)
  const others = present.filter((name) => name.startsWith(prefix) && !own.includes(name))
  return [...own, ...others.sort()]
}
