// A broker that knows topics, their settings and one topic of notes: as much as the plan and its execution need. It stands in
// for the brokers that no test can start, by the settings that they know.
import { KafkaError } from '../../../connectors/kafka/client/kafka-error.ts'
import type {
  Admin,
  KafkaClient,
  RecordBatches,
  TopicToCreate,
} from '../../../connectors/kafka/client/port.ts'

export interface PaperBroker {
  readonly client: Pick<KafkaClient, 'admin' | 'readUpTo' | 'plainProducer'>
  /** What was done, in order. */
  readonly done: string[]
  /** A topic by hand. */
  make(topic: TopicToCreate): void
  set(topic: string, setting: string, value: string): void
  setting(topic: string, setting: string): string | undefined
  /** The next call that creates topics fails. */
  failNextCreate(): void
}

interface Stored {
  readonly partitions: number
  readonly replication: number
  readonly settings: Map<string, string>
}

const unexpected = async (): Promise<never> => {
  throw new Error('expected no such call')
}

/** Defaults are what the broker lists; `unknown` says what it does with a setting that it does not list. */
export function paperBroker(
  defaults: Readonly<Record<string, string>>,
  unknown: 'refuses' | 'ignores',
): PaperBroker {
  const topics = new Map<string, Stored>()
  const notes: { key: string | null; value: Buffer | null }[] = []
  const done: string[] = []
  let failing = false

  const known = (configs: Readonly<Record<string, string>>): [string, string][] =>
    Object.entries(configs).filter(([name]) => {
      if (name in defaults) return true
      if (unknown === 'refuses') throw new KafkaError('CONFIGURATION', `unknown setting ${name}`)
      return false
    })
  const make = ({ name, partitions, replication, configs }: TopicToCreate): void => {
    const settings = new Map([...Object.entries(defaults), ...known(configs)])
    topics.set(name, { partitions, replication, settings })
  }
  const stored = (name: string): Stored => {
    const found = topics.get(name)
    if (found === undefined) throw new KafkaError('TOPIC_MISSING', name)
    return found
  }
  const admin: Admin = {
    topics: async (names) =>
      [...topics]
        .filter(([name]) => names?.includes(name) ?? true)
        .map(([name, { partitions, replication }]) => ({ name, partitions, replication })),
    configs: async (topic) =>
      new Map(
        [...stored(topic).settings].map(([name, value]) => [
          name,
          { value, isDefault: defaults[name] === value },
        ]),
      ),
    async createTopics(wanted) {
      if (failing) {
        failing = false
        throw new KafkaError('UNREACHABLE', 'the broker went away')
      }
      for (const topic of wanted) make(topic)
      done.push(`create ${String(wanted.length)}`)
    },
    async setConfigs(topic, configs) {
      for (const [name, value] of known(configs)) stored(topic).settings.set(name, value)
      done.push(`set ${topic}`)
    },
    startOffsets: async (places) => places.map((place) => ({ ...place, offset: 0 })),
    endOffsets: async (places) => places.map((place) => ({ ...place, offset: notes.length })),
    deleteTopics: unexpected,
    committed: unexpected,
    groups: unexpected,
    deleteGroups: unexpected,
  }
  return {
    done,
    make,
    set: (topic, setting, value) => void stored(topic).settings.set(setting, value),
    setting: (topic, setting) => stored(topic).settings.get(setting),
    failNextCreate: () => (failing = true),
    client: {
      admin,
      async readUpTo(from, toOffset, onFetched) {
        const records = notes.slice(from.offset, toOffset).map(({ key, value }, i) => ({
          ...{ offset: from.offset + i, timestampMs: 0, key, value, headers: [] },
        }))
        onFetched({
          ...{ topic: from.topic, partition: 0, records, nextOffset: toOffset },
          ...{ logStartOffset: 0, lastStableOffset: toOffset },
        })
      },
      plainProducer: async () => ({
        batches: (topic, partition): RecordBatches => {
          stored(topic)
          return {
            ...{ topic, partition, count: 0, bytes: 0 },
            add: (_atMs, key, value) =>
              void notes.push({ key, value: value === null ? null : Buffer.from(value) }),
          }
        },
        async send() {
          done.push('log id')
          return []
        },
        dispose: async () => undefined,
      }),
    },
  }
}
