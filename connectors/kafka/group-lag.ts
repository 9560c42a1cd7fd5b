// How far groups are behind: what they have committed, compared with both ends of the partitions that they read.
import type { Topic } from '../../schemas/topic.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import { inParallel } from '../registry/in-parallel.ts'
import type { Lag } from '../runtime.ts'
import type { KafkaClient } from './client/port.ts'
import { readerOf } from './names.ts'
import { stretchesOf } from './places.ts'
import type { Stretch } from './places.ts'
import { offsetsByPlace, placeName } from './tables.ts'
import { oldestRecords } from './walk.ts'

/** Partitions that are read at the same time. */
const atOnce = 16

/** A group, and the topics that it reads. Names are without the broker's prefix. */
export interface GroupReader {
  readonly group: string
  readonly topics: readonly Topic[]
}

/** The groups of the sub-topologies. */
export function readersOf(topology: Topology): GroupReader[] {
  return topology.subTopologies.map((sub) => ({
    group: readerOf(topology.name, sub.name),
    topics: sub.inputs,
  }))
}

/** Lag of every group in every partition that it reads. A topic that is not on the broker is one partition, not known. */
export async function readLags(
  client: Pick<KafkaClient, 'admin' | 'readUpTo'>,
  prefix: string,
  readers: readonly GroupReader[],
  nowMs: number,
): Promise<Lag[]> {
  const brokerName = ({ name }: Topic): string => `${prefix}${name}`
  const names = new Set(readers.flatMap(({ topics }) => topics.map(brokerName)))
  const byName = Map.groupBy(await stretchesOf(client.admin, [...names]), ({ topic }) => topic)
  const ofGroups = await inParallel(readers, async ({ group, topics }) => {
    const stretches = topics.flatMap((topic) => byName.get(brokerName(topic)) ?? [])
    const committed = await client.admin
      .committed(`${prefix}${group}`, stretches)
      .then(offsetsByPlace)
    const missing = topics.filter((topic) => !byName.has(brokerName(topic)))
    return [
      ...stretches.map((stretch) => {
        const place = placeName(stretch.topic, stretch.partition)
        return { stretch, lag: lagOf(group, prefix, stretch, committed.get(place) ?? null) }
      }),
      ...missing.map(({ name }) => ({ stretch: null, lag: unknownLag(group, name) })),
    ]
  })
  return inParallel(
    ofGroups.flat(),
    async ({ stretch, lag }) => {
      if (stretch === null || lag.lag === 0) return lag
      const span = { from: stretch.end - lag.lag, end: stretch.end }
      const [oldest] = await oldestRecords(client, stretch, span, 1)
      if (oldest === undefined) return lag
      return { ...lag, lagMs: Math.max(0, nowMs - oldest.timestampMs) }
    },
    atOnce,
  )
}

/**
 * A partition for which the group has committed nothing counts from its first kept record: there it will begin. Records that
 * retention removed before the group came to them can't be read any more; they are no lag but a loss.
 */
export function lagOf(
  group: string,
  prefix: string,
  { topic, partition, from, end }: Stretch,
  committed: number | null,
): Lag {
  const next = committed ?? from
  return {
    group,
    topic: topic.slice(prefix.length),
    partition,
    lag: Math.max(0, end - Math.max(next, from)),
    trimmedUnread: Math.max(0, from - next),
    known: true,
    lagMs: null,
    committedOffset: next,
    endOffset: end,
  }
}

function unknownLag(group: string, topic: string): Lag {
  return {
    ...{ group, topic, partition: 0, lag: 0, trimmedUnread: 0, known: false },
    ...{ lagMs: null, committedOffset: null, endOffset: 0 },
  }
}
