// The difference between what topics have to be and what a broker has, and what may be done about it. Pure.
// Nothing here may lead to lost records: partitions never change, and nothing that is kept longer is shortened unasked.
import type { DesiredTopic } from './topic-settings.ts'

/** A topic as the broker has it. A setting that it does not list is one that it does not have. */
export interface FoundTopic {
  readonly partitions: number
  readonly replication: number
  readonly settings: ReadonlyMap<string, string>
}

/**
 * - `create`, `set`: `topics apply` does it.
 * - `keep`: records are kept for longer than they need to be; only `topics apply --shorten` changes that.
 * - `by-hand`: it can't be done without a decision, see `advice`.
 */
export type TopicAction = 'create' | 'set' | 'keep' | 'by-hand'

export interface TopicDifference {
  /** Name on the broker. */
  readonly topic: string
  /** `topic`, `partitions`, `replication`, or the name of a setting. */
  readonly item: string
  readonly expected: string
  readonly found: string
  readonly action: TopicAction
  /** True when a runtime must not work on it: records would be lost, or decided differently. */
  readonly is_dangerous: boolean
  readonly advice: string | null
}

/** Differences in the order of the topics; empty when all is well. */
export function planTopics(
  desired: readonly DesiredTopic[],
  found: ReadonlyMap<string, FoundTopic>,
): TopicDifference[] {
  return desired.flatMap((topic) => {
    const present = found.get(topic.name)
    if (present === undefined) return [missing(topic)]
    return [
      ...partitionDifference(topic, present),
      ...replicationDifference(topic, present),
      ...Object.entries(topic.settings).flatMap(([setting, expected]) =>
        settingDifference(topic, present, setting, expected),
      ),
    ]
  })
}

function missing({ name, partitions, replication, settings }: DesiredTopic): TopicDifference {
  const policy = settings['cleanup.policy'] ?? ''
  return {
    topic: name,
    item: 'topic',
    expected: `${String(partitions)} partitions, ${String(replication)} replicas, ${policy}`,
    found: 'none',
    action: 'create',
    is_dangerous: true,
    advice: null,
  }
}

function partitionDifference(
  { name, partitions, partitionsSetting }: DesiredTopic,
  found: FoundTopic,
): TopicDifference[] {
  if (found.partitions === partitions) return []
  const back =
    partitionsSetting === null
      ? 'delete the topic and apply again'
      : `set ${partitionsSetting} to ${String(found.partitions)}`
  return [
    {
      topic: name,
      item: 'partitions',
      expected: String(partitions),
      found: String(found.partitions),
      action: 'by-hand',
      is_dangerous: true,
      advice: `it is never changed: keys would move to other partitions and leave their state behind; ${back}, or start anew under another kafka.topic_prefix`,
    },
  ]
}

function replicationDifference(
  { name, replication }: DesiredTopic,
  found: FoundTopic,
): TopicDifference[] {
  if (found.replication === replication) return []
  return [
    {
      topic: name,
      item: 'replication',
      expected: String(replication),
      found: String(found.replication),
      action: 'by-hand',
      is_dangerous: false,
      advice:
        'replicas are moved by the broker’s own tools: `rpk topic alter-config TOPIC --set replication.factor=N`, or kafka-reassign-partitions',
    },
  ]
}

/** What a setting's difference means. */
type Judgement = Pick<TopicDifference, 'action' | 'is_dangerous'> & { readonly advice?: string }

function settingDifference(
  topic: DesiredTopic,
  present: FoundTopic,
  setting: string,
  expected: string,
): TopicDifference[] {
  const found = present.settings.get(setting)
  if (found === undefined) return []
  const judgement = judge(setting, expected, found, present)
  if (judgement === null) return []
  const { action, is_dangerous, advice = null } = judgement
  return [{ topic: topic.name, item: setting, expected, found, action, is_dangerous, advice }]
}

/** Null when the setting does what it has to. */
function judge(
  setting: string,
  expected: string,
  found: string,
  topic: FoundTopic,
): Judgement | null {
  switch (setting) {
    case 'cleanup.policy':
      return isSameList(expected, found) ? null : { action: 'set', is_dangerous: true }
    case 'retention.ms':
    case 'retention.bytes':
    case 'min.compaction.lag.ms':
    case 'delete.retention.ms':
      return judgeKept(amountOf(expected), amountOf(found))
    case 'max.compaction.lag.ms':
      // It can't be less than the least lag, which may be kept longer.
      if (amountOf(topic.settings.get('min.compaction.lag.ms') ?? '0') > amountOf(expected))
        return null
      return amountOf(expected) === amountOf(found) ? null : tuning
    case 'max.message.bytes':
      return amountOf(found) >= amountOf(expected) ? null : tuning
    case 'min.insync.replicas':
      return judgeInSync(Number(expected), Number(found), topic.replication)
    case 'write.caching':
      // `disabled`: switched off for the whole cluster.
      return found === expected || found === 'disabled'
        ? null
        : { action: 'set', is_dangerous: true }
    case 'unclean.leader.election.enable':
    case 'message.timestamp.type':
      return found === expected ? null : { action: 'set', is_dangerous: true }
    default:
      return found === expected ? null : tuning
  }
}

const tuning: Judgement = { action: 'set', is_dangerous: false }

function judgeKept(expected: number, found: number): Judgement | null {
  if (found === expected) return null
  return found < expected
    ? { action: 'set', is_dangerous: true }
    : { action: 'keep', is_dangerous: false }
}

/** A topic with fewer replicas than must have each record takes none at all. */
function judgeInSync(expected: number, found: number, replication: number): Judgement | null {
  if (expected > replication)
    return {
      action: 'by-hand',
      is_dangerous: true,
      advice: `the topic has ${String(replication)} replicas: give it more of them first, or lower kafka.min_insync`,
    }
  if (found === expected) return null
  return { action: 'set', is_dangerous: found < expected || found > replication }
}

/** -1 is without end. */
function amountOf(text: string): number {
  const amount = Number(text)
  return amount < 0 ? Infinity : amount
}

function isSameList(left: string, right: string): boolean {
  const sorted = (text: string): string =>
    text
      .split(',')
      .map((part) => part.trim())
      .sort()
      .join(',')
  return sorted(left) === sorted(right)
}

/** A difference in one line. */
export function differenceText({ topic, item, expected, found, advice }: TopicDifference): string {
  const what =
    item === 'topic' ? `${topic}: missing` : `${topic}: ${item}: expected ${expected}, was ${found}`
  return advice === null ? what : `${what}; ${advice}`
}
