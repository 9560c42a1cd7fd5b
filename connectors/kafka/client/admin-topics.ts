// Topics and their settings.
import { createTopicsExchange, deleteTopicsExchange, setConfigsExchange } from './admin-protocol.ts'
import type { NameAnswer } from './admin-protocol.ts'
import type { Exchange } from './broker-link.ts'
import { CODE, nameOfCode } from './codes.ts'
import type { TopicMetadata } from './cluster-protocol.ts'
import type { Cluster } from './connections.ts'
import { KafkaError } from './kafka-error.ts'
import { isAskedAgain, patiently } from './patience.ts'
import type { AdminOptions } from './patience.ts'
import type { Admin, TopicDescription, TopicToCreate } from './port.ts'
import { refused } from './translate.ts'

type TopicAdmin = Pick<Admin, 'topics' | 'configs' | 'createTopics' | 'setConfigs' | 'deleteTopics'>

/** Where a setting of a topic comes from when somebody gave it to this very topic. */
const ofTopicItself = 1
const topicResource = 2

/** How long the controller may take over one request. */
const controllerTimeoutMs = 10_000

export function createTopicAdmin(cluster: Cluster, { patienceMs }: AdminOptions): TopicAdmin {
  /** Asks the controller until it has said yes or no to each name. */
  const decided = async (
    names: readonly string[],
    exchangeFor: (names: readonly string[]) => Exchange<readonly NameAnswer[]>,
    isFine: (code: number) => boolean,
  ): Promise<void> => {
    let rest = names
    let last: NameAnswer | null = null
    await patiently(
      patienceMs,
      async () => {
        if (rest.length === 0) return true
        const controller = await cluster.controller()
        const exchange = exchangeFor(rest)
        const answers = await controller.send(exchange)
        for (const answer of answers) {
          if (isFine(answer.code)) rest = rest.filter((name) => name !== answer.name)
          else if (isAskedAgain(answer.code)) last = answer
          else throw refused(answer.code, askedOf(exchange, answer.name), answer.detail)
        }
        if (rest.length === 0) return true
        await cluster.refresh([])
        return null
      },
      () => notDecided(rest, last),
    )
  }

  const described = async (names: readonly string[] | null): Promise<TopicDescription[]> =>
    patiently(
      patienceMs,
      async () => (await cluster.topics(names)).flatMap((topic) => description(topic)),
      () => new KafkaError('UNREACHABLE', 'expected topics, was no answer'),
    )

  const configs: Admin['configs'] = (topic) =>
    patiently(
      patienceMs,
      async () => {
        const link = await cluster.controller()
        const { resources } = await link.api.describeConfigs({
          resources: [{ type: topicResource, name: topic }],
        })
        const entries = resources[0]?.configEntries ?? []
        return new Map(
          entries.map(({ configName, configValue, configSource }) => [
            configName,
            { value: configValue ?? '', isDefault: configSource !== ofTopicItself },
          ]),
        )
      },
      () => new KafkaError('UNREACHABLE', `expected settings of ${topic}, was no answer`),
    )

  return {
    topics: (names) => described(names ?? null),
    configs,

    async createTopics(topics) {
      if (topics.length === 0) return
      await decided(
        topics.map(({ name }) => name),
        (names) =>
          createTopicsExchange(
            topics.filter(({ name }) => names.includes(name)),
            controllerTimeoutMs,
          ),
        // Another process may have been faster, or an answer to us was lost.
        (code) => code === CODE.NONE || code === CODE.TOPIC_ALREADY_EXISTS,
      )
      await usable(cluster, topics, patienceMs)
    },

    async setConfigs(topic, settings) {
      if (Object.keys(settings).length === 0) return
      await decided(
        [topic],
        () => setConfigsExchange(topic, settings),
        (code) => code === CODE.NONE,
      )
      await visible(configs, topic, settings)
    },

    async deleteTopics(names) {
      if (names.length === 0) return
      await decided(
        names,
        (rest) => deleteTopicsExchange(rest, controllerTimeoutMs),
        (code) => code === CODE.NONE || code === CODE.UNKNOWN_TOPIC_OR_PARTITION,
      )
      await patiently(
        patienceMs,
        async () => {
          const left = (await cluster.topics(names)).some(
            ({ code }) => code !== CODE.UNKNOWN_TOPIC_OR_PARTITION,
          )
          return left ? null : true
        },
        () => new KafkaError('FAILED', `expected ${names.join(', ')} deleted, was still there`),
      )
    },
  }
}

function askedOf<T>({ apiName }: Exchange<T>, about: string) {
  return { broker: 'controller', api: apiName, about }
}

function notDecided(rest: readonly string[], last: NameAnswer | null): KafkaError {
  const why = last === null ? 'no answer for them' : nameOfCode(last.code)
  return new KafkaError('FAILED', `expected a decision about ${rest.join(', ')}, was ${why}`)
}

/** None for a topic that is not there. */
function description({ name, code, partitions }: TopicMetadata): TopicDescription[] {
  if (code === CODE.UNKNOWN_TOPIC_OR_PARTITION) return []
  if (code !== CODE.NONE && code !== CODE.LEADER_NOT_AVAILABLE)
    throw refused(code, { broker: 'any', api: 'Metadata', about: name })
  return [
    {
      name,
      partitions: partitions.length,
      replication: Math.max(0, ...partitions.map(({ replicas }) => replicas.length)),
    },
  ]
}

/** The controller knows a topic before the brokers do: waits until each partition has a leader. */
async function usable(
  cluster: Cluster,
  topics: readonly TopicToCreate[],
  patienceMs: number,
): Promise<void> {
  let missing = topics.map(({ name }) => name)
  await patiently(
    patienceMs,
    async () => {
      const found = new Map((await cluster.topics(missing)).map((one) => [one.name, one]))
      missing = topics
        .filter(({ name }) => missing.includes(name))
        .filter(({ name, partitions: expected }) => !isUsable(found.get(name), name, expected))
        .map(({ name }) => name)
      return missing.length === 0 ? true : null
    },
    () =>
      new KafkaError('UNREACHABLE', `expected leaders of ${missing.join(', ')}, was without some`),
  )
}

function isUsable(topic: TopicMetadata | undefined, name: string, expected: number): boolean {
  if (topic === undefined || topic.code !== CODE.NONE) return false
  if (topic.partitions.length !== expected)
    throw new KafkaError(
      'FAILED',
      `${name}: expected ${expected} partitions, was there already with ${topic.partitions.length}`,
    )
  return topic.partitions.every(({ leader }) => leader >= 0)
}

const longestUnseenMs = 1_000

/** A broker learns of new settings a moment after the controller; it may also say a value in other words. */
async function visible(
  configs: Admin['configs'],
  topic: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const seen = patiently(
    longestUnseenMs,
    async () => {
      const found = await configs(topic)
      const isSeen = Object.entries(settings).every(
        ([name, value]) => found.get(name)?.value === value,
      )
      return isSeen ? true : null
    },
    () => new KafkaError('FAILED', 'not seen'),
  )
  await seen.catch(() => {})
}
