// Puts dead letters back on a broker. The record and the note that it was put back are one transaction of one transactional
// id, and notes are read behind its fence: so each letter is put back at most once ever, whoever tries at the same time.
import type { Codec } from '../../schemas/codec.ts'
import type { Config } from '../../schemas/config.ts'
import { connectorNotes, deadLetter } from '../../schemas/topics.ts'
import { partitionOf } from '../../topologies/kernel/topic.ts'
import {
  endedNotes,
  replayNoteText,
  replayNotes,
  replayOrigin,
  replayOwner,
} from '../dead-letters.ts'
import type { Replay, ReplayLog, Replayed, StoredLetter } from '../dead-letters.ts'
import type { Note } from '../runtime.ts'
import { KafkaError } from './client/kafka-error.ts'
import type { KafkaClient, RecordBatches, TransactionalProducer } from './client/port.ts'
import { noteRecord, readNotes } from './connector-notes.ts'
import { decodeLearning } from './learn.ts'
import type { LearningDecoder } from './learning-codec.ts'

/** Letters of one transaction. */
const chunkSize = 50

/** How often a commit whose outcome is unknown is looked up before giving up. */
const maxAttempts = 5

/** Header of a record that was put back. */
const originHeader = 'quantum-replayed-from'

export interface BrokerReplayOptions {
  readonly client: Pick<KafkaClient, 'admin' | 'readUpTo' | 'fence'>
  /** Reads what anybody wrote. */
  readonly decoder: LearningDecoder
  /** Writes with the registry's ids; opened when something is to be written. */
  readonly openCodec: () => Promise<Pick<Codec, 'encode'>>
  readonly config: Pick<Config, 'kafka'>
  readonly nowMs: () => number
}

/** The client stays the caller's: closing this closes nothing. */
export function createBrokerReplayLog(options: BrokerReplayOptions): ReplayLog {
  const { client, decoder, nowMs } = options
  const prefix = options.config.kafka.topic_prefix
  const notesTopic = `${prefix}${connectorNotes.name}`
  let opened: Promise<Pick<Codec, 'encode'>> | null = null
  const codecOf = (): Promise<Pick<Codec, 'encode'>> => (opened ??= options.openCodec())
  const notesNow = (): Promise<ReadonlyMap<string, string>> =>
    readNotes(client, decoder, notesTopic, replayOwner)

  const partitionsOf = async (replays: readonly Replay[]): Promise<ReadonlyMap<string, number>> => {
    const names = [...new Set(replays.map(({ topic }) => `${prefix}${topic.name}`))]
    const found = new Map<string, number>()
    for (const { name, partitions } of await client.admin.topics(names)) found.set(name, partitions)
    const missing = names.filter((name) => !found.has(name))
    if (missing.length === 0) return found
    throw new KafkaError(
      'TOPIC_MISSING',
      `expected the topics ${missing.join(', ')}, was none; \`quantum topics apply\` makes topics`,
    )
  }

  const addNotes = async (batches: RecordBatches, notes: readonly Note[]): Promise<void> => {
    const codec = await codecOf()
    for (const note of notes) {
      const { key, value } = noteRecord(replayOwner, note)
      batches.add(nowMs(), key, value === null ? null : codec.encode(connectorNotes.name, value))
    }
  }

  /** One transaction. */
  const put = async (
    producer: TransactionalProducer,
    replays: readonly Replay[],
    partitions: ReadonlyMap<string, number>,
  ): Promise<void> => {
    const places = new Map<string, RecordBatches>()
    const batchesOf = (name: string, partition: number): RecordBatches => {
      const place = `${name} ${String(partition)}`
      const batches = places.get(place) ?? producer.batches(name, partition)
      places.set(place, batches)
      return batches
    }
    for (const { of, topic, key, bytes } of replays) {
      const name = `${prefix}${topic.name}`
      const partition = partitionOf(topic.domain, key, partitions.get(name)!)
      batchesOf(name, partition).add(nowMs(), key, bytes, [[originHeader, replayOrigin(of)]])
      const text = replayNoteText(nowMs(), topic)
      const notes = replayNotes(of).map((note) => [note, text] as const)
      await addNotes(batchesOf(notesTopic, 0), notes)
    }
    await producer.commit({ batches: [...places.values()], offsets: null })
  }

  const forgetEnded = async (
    producer: TransactionalProducer,
    notes: ReadonlyMap<string, string>,
  ): Promise<void> => {
    const letters = { topic: `${prefix}${deadLetter.name}`, partition: 0 }
    const [start] = await client.admin.startOffsets([letters])
    const ended = endedNotes(notes, start?.offset ?? 0, nowMs())
    if (ended.length === 0) return
    const batches = producer.batches(notesTopic, 0)
    await addNotes(
      batches,
      ended.map((note) => [note, null] as const),
    )
    await producer.commit({ batches: [batches], offsets: null })
  }

  /** Works behind one fence, and writes down what is known to be committed. `tried`: committed, if its note is there. */
  const attempt = async (
    replays: readonly Replay[],
    outcomes: Map<StoredLetter, Replayed>,
    tried: Set<StoredLetter>,
  ): Promise<void> => {
    const partitions = await partitionsOf(replays)
    const producer = await client.fence(`${prefix}${replayOwner}`)
    try {
      const notes = await notesNow()
      const noted = new Set(notes.keys())
      const left: Replay[] = []
      for (const one of replays) {
        if (outcomes.has(one.of)) continue
        const own = replayNotes(one.of)
        if (own.some((note) => noted.has(note)))
          outcomes.set(one.of, tried.has(one.of) ? 'replayed' : 'before')
        else left.push(one)
        // Another letter of the same record comes too late, in this run as in a later one.
        for (const note of own) noted.add(note)
      }
      while (left.length > 0) {
        const chunk = left.splice(0, chunkSize)
        for (const { of } of chunk) tried.add(of)
        await put(producer, chunk, partitions)
        for (const { of } of chunk) outcomes.set(of, 'replayed')
      }
      await forgetEnded(producer, notes)
    } finally {
      await producer.dispose()
    }
  }

  return {
    decode: (topic, bytes) => decodeLearning(decoder, topic, bytes),
    encode: async (topic, value) => (await codecOf()).encode(topic, value),
    async before(letters) {
      const notes = await notesNow()
      return new Set(letters.filter((of) => replayNotes(of).some((note) => notes.has(note))))
    },
    async replay(replays) {
      const outcomes = new Map<StoredLetter, Replayed>()
      const tried = new Set<StoredLetter>()
      for (let count = 1; ; count++)
        try {
          await attempt(replays, outcomes, tried)
          return outcomes
        } catch (error) {
          const isUnknown = error instanceof KafkaError && error.fault === 'UNKNOWN_OUTCOME'
          if (!isUnknown || count === maxAttempts) throw error
        }
    },
    async close() {
      // The client is the caller's.
    },
  }
}
