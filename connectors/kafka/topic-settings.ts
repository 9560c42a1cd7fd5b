// What each topic has to be on a broker: partitions, replicas and settings, from the topology and the configuration alone.
// Only settings that every edition has: nothing here needs a licence.
import type { Config } from '../../schemas/config.ts'
import type { Topic, TopicName } from '../../schemas/topic.ts'
import { deadLetter, topicObserved, topologyHeartbeat } from '../../schemas/topics.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import { partitionCount } from '../../topologies/kernel/topic.ts'
import { checkpoints, ownTopics } from './own-topics.ts'

export interface DesiredTopic {
  /** Name on the broker. */
  readonly name: string
  readonly topic: TopicName
  readonly partitions: number
  /** The setting that the number of partitions comes from; null for the ops domain, which always has one. */
  readonly partitionsSetting: string | null
  readonly replication: number
  readonly settings: Readonly<Record<string, string>>
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/**
 * How long a checkpoint is kept though a newer one is there: so far back a task's past can be played again. A busy task writes
 * 100 of them a second, about 300 bytes each: 2.6 GB a day.
 */
const checkpointHistoryMs = dayMs

/**
 * How long a tombstone stays after the first compaction that saw it. A reader that met the value before must come to the
 * tombstone within this time, or it keeps what has ended. Without the setting Redpanda keeps them for ever.
 */
const tombstonesMs = 7 * dayMs

/** Compaction comes at the latest this long after it may, however little is written. */
const compactionSlackMs = dayMs

/** Redpanda rolls no segment sooner (log_segment_ms_min). */
const minSegmentMs = 10 * minuteMs

/** The active segment is never compacted and is read whole by a restore, so it must stay small. */
const compactedSegmentBytes = 64 * 1024 * 1024

/** Room for letters of other programs: our own stay below the 1 MiB that brokers take by default. */
const deadLetterBytes = 2 * 1024 * 1024

/**
 * Settings that some brokers do not know. They are not named when a topic is made, which would fail there, and set
 * afterwards where the broker lists them.
 */
export const knownToSome: ReadonlySet<string> = new Set(['write.caching'])

/** Every topic that lies on the broker for a topology: its own, what every runtime writes, what this one keeps. */
export function storedTopics(topology: Topology): readonly Topic[] {
  const all = new Set<Topic>([
    ...topology.topics,
    deadLetter,
    topicObserved,
    topologyHeartbeat,
    ...ownTopics,
  ])
  return [...all].filter((topic) => topic.kind !== 'clock')
}

/** What `topics apply` makes true. */
export function desiredTopics(
  topology: Topology,
  { kafka }: Pick<Config, 'kafka'>,
): DesiredTopic[] {
  const partitions = { market: kafka.market_partitions, account: kafka.account_partitions }
  return storedTopics(topology).map((topic) => ({
    name: `${kafka.topic_prefix}${topic.name}`,
    topic: topic.name,
    partitions: partitionCount(topic.domain, partitions),
    partitionsSetting: topic.domain === 'ops' ? null : `kafka.${topic.domain}_partitions`,
    replication: kafka.replication,
    settings: {
      ...(topic.kind === 'event' ? eventSettings(topic) : compactedSettings(topic)),
      'min.insync.replicas': String(kafka.min_insync),
      // A replica that lacks acknowledged records never leads.
      'unclean.leader.election.enable': 'false',
      // The time of a record is the time of its decision: a broker's time would make replays differ.
      'message.timestamp.type': 'CreateTime',
      // What was acknowledged must outlive a power cut, or committed offsets would lie beyond the end of their topic.
      'write.caching': 'false',
      ...(topic === deadLetter ? { 'max.message.bytes': String(deadLetterBytes) } : {}),
    },
  }))
}

function eventSettings({ retentionMs }: Topic): Record<string, string> {
  return {
    'cleanup.policy': 'delete',
    'retention.ms': retentionMs === Infinity ? '-1' : String(retentionMs),
    'retention.bytes': '-1',
    'segment.ms': String(segmentMs(retentionMs)),
  }
}

/**
 * The last value of a key stays for ever. All values stay as long as the embedded log keeps them, so that a reader that
 * is behind sees what happened between, and not only how it ended.
 */
function compactedSettings(topic: Topic): Record<string, string> {
  const historyMs = historyOf(topic)
  return {
    'cleanup.policy': 'compact',
    'min.compaction.lag.ms': String(historyMs),
    'max.compaction.lag.ms': String(historyMs + compactionSlackMs),
    'delete.retention.ms': String(tombstonesMs),
    'segment.ms': String(historyMs === 0 ? hourMs : segmentMs(historyMs)),
    'segment.bytes': String(compactedSegmentBytes),
  }
}

/** State has no history but its checkpoints. */
function historyOf(topic: Topic): number {
  if (Object.values<Topic>(checkpoints).includes(topic)) return checkpointHistoryMs
  return topic.kind === 'changelog' ? 0 : topic.retentionMs
}

/** Only whole segments end, and one that is written to never does: it takes about a 24th of what is to be kept. */
function segmentMs(keptMs: number): number {
  return Math.min(dayMs, Math.max(minSegmentMs, Math.floor(keptMs / 24)))
}
