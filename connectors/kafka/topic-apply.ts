// Brings a broker's topics to what the topology needs, and refuses to run on others. What it does can be done again.
// It must never change the number of partitions, and never shorten unasked what is kept.
import type { Codec } from '../../schemas/codec.ts'
import type { Config } from '../../schemas/config.ts'
import { connectorNotes } from '../../schemas/topics.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import { KafkaError } from './client/kafka-error.ts'
import type { Admin, KafkaClient } from './client/port.ts'
import { logIdBytes, renewLogId } from './log-id.ts'
import { differenceText, planTopics } from './topic-plan.ts'
import type { FoundTopic, TopicDifference } from './topic-plan.ts'
import { desiredTopics, knownToSome } from './topic-settings.ts'
import type { DesiredTopic } from './topic-settings.ts'

export interface TopicReport {
  readonly differences: readonly TopicDifference[]
  /** Topics under the prefix that the topology does not declare. They are left alone. */
  readonly undeclared: readonly string[]
  /** Without one no runtime starts. */
  readonly has_log_id: boolean
}

export interface Applied {
  readonly created: readonly string[]
  /** `topic: setting=value` */
  readonly changed: readonly string[]
  /** The new id of the log; null when the former one stays. */
  readonly log_id: string | null
  /** What is left. */
  readonly report: TopicReport
}

type Reading = Pick<KafkaClient, 'admin' | 'readUpTo'>

/** What there is to do: nothing, when nothing differs and the log has an id. */
export async function reportTopics(
  client: Reading,
  topology: Topology,
  config: Pick<Config, 'kafka'>,
): Promise<TopicReport> {
  const prefix = config.kafka.topic_prefix
  const desired = desiredTopics(topology, config)
  const { found, undeclared } = await findTopics(client.admin, desired, prefix)
  const hasNotes = found.has(`${prefix}${connectorNotes.name}`)
  return {
    differences: planTopics(desired, found),
    undeclared,
    has_log_id: hasNotes && (await logIdBytes(client, prefix)) !== null,
  }
}

export interface ApplyOptions {
  readonly client: Pick<KafkaClient, 'admin' | 'readUpTo' | 'plainProducer'>
  /** Opened only when the log needs a new id; rejects when schemas are not registered. */
  readonly openCodec: () => Promise<Pick<Codec, 'encode'>>
  readonly topology: Topology
  readonly config: Pick<Config, 'kafka'>
  /** Also shortens what is kept for longer than it needs to be: records are deleted. */
  readonly shorten?: boolean
  readonly nowMs: () => number
}

/** Creates and sets what the report says. Rejects with what the broker says; then it can be run again. */
export async function applyTopics(options: ApplyOptions): Promise<Applied> {
  const { client, topology, config } = options
  const { admin } = client
  const prefix = config.kafka.topic_prefix
  const desired = new Map(desiredTopics(topology, config).map((topic) => [topic.name, topic]))
  const before = await reportTopics(client, topology, config)
  const toCreate = before.differences
    .filter(({ action }) => action === 'create')
    .map(({ topic }) => desired.get(topic)!)

  let logId: string | null = null
  if (toCreate.length > 0 || !before.has_log_id) {
    const codec = await options.openCodec()
    const notesName = `${prefix}${connectorNotes.name}`
    // The id goes first: after a failure in between there is a new id too many, and never one too few.
    await create(
      admin,
      toCreate.filter(({ name }) => name === notesName),
    )
    logId = await renewLogId(client, codec, prefix, options.nowMs())
    await create(
      admin,
      toCreate.filter(({ name }) => name !== notesName),
    )
  }

  const made = await reportTopics(client, topology, config)
  const actions = options.shorten === true ? ['set', 'keep'] : ['set']
  const toSet = Map.groupBy(
    made.differences.filter(({ action }) => actions.includes(action)),
    ({ topic }) => topic,
  )
  for (const [topic, differences] of toSet)
    await admin.setConfigs(
      topic,
      Object.fromEntries(differences.map(({ item, expected }) => [item, expected])),
    )
  const created = new Set(toCreate.map(({ name }) => name))
  return {
    created: [...created],
    changed: [...toSet].flatMap(([topic, differences]) =>
      created.has(topic)
        ? []
        : differences.map(({ item, expected }) => `${topic}: ${item}=${expected}`),
    ),
    log_id: logId,
    report: toSet.size === 0 ? made : await reportTopics(client, topology, config),
  }
}

async function create(admin: Admin, topics: readonly DesiredTopic[]): Promise<void> {
  if (topics.length === 0) return
  await admin.createTopics(
    topics.map(({ name, partitions, replication, settings }) => ({
      name,
      partitions,
      replication,
      configs: Object.fromEntries(
        Object.entries(settings).filter(([setting]) => !knownToSome.has(setting)),
      ),
    })),
  )
}

/**
 * Refuses topics on which records would be lost or decided differently, with one error that lists every difference.
 * Resolves with the harmless differences, to be logged.
 */
export async function assertTopics(
  { admin }: Pick<KafkaClient, 'admin'>,
  topology: Topology,
  config: Pick<Config, 'kafka'>,
): Promise<readonly string[]> {
  const desired = desiredTopics(topology, config)
  const { found } = await findTopics(admin, desired, config.kafka.topic_prefix)
  const differences = planTopics(desired, found)
  const texts = differences.map(differenceText)
  if (!differences.some((difference) => difference.is_dangerous)) return texts
  throw new KafkaError(
    'CONFIGURATION',
    `the broker's topics are not what the topology needs; \`quantum topics plan\` shows it, \`quantum topics apply\` does what can be done:\n${texts.map((text) => `  ${text}`).join('\n')}`,
  )
}

async function findTopics(
  admin: Admin,
  desired: readonly DesiredTopic[],
  prefix: string,
): Promise<{ found: Map<string, FoundTopic>; undeclared: string[] }> {
  const wanted = new Set(desired.map(({ name }) => name))
  const all = await admin.topics()
  const present = all.filter(({ name }) => wanted.has(name))
  const settings = await Promise.all(present.map(({ name }) => admin.configs(name)))
  const found = new Map(
    present.map(({ name, partitions, replication }, i) => {
      const values = [...settings[i]!].map(([setting, { value }]) => [setting, value] as const)
      return [name, { partitions, replication, settings: new Map(values) }]
    }),
  )
  const undeclared = all
    .map(({ name }) => name)
    .filter((name) => name.startsWith(prefix) && !wanted.has(name) && !isInternal(name))
  return { found, undeclared: undeclared.sort() }
}

/** Topics that brokers and registries keep for themselves. */
const isInternal = (name: string): boolean => name.startsWith('_')
