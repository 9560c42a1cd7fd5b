// Checks and encodes what connectors want to write, before any transaction: a caller hears of its own mistakes at once.
// All runtimes with a log take records in through here.
import { CodecError } from '../schemas/codec.ts'
import type { Codec } from '../schemas/codec.ts'
import type { Topic } from '../schemas/topic.ts'
import { deadLetter } from '../schemas/topics.ts'
import type { DeadLetter } from '../schemas/types.gen.ts'
import type { LogRecord } from '../topologies/kernel/topic.ts'
import { LogError } from './log-error.ts'
import type { Outgoing } from './runtime.ts'

export interface PreparedRecord {
  readonly topic: Topic
  readonly record: LogRecord
  readonly bytes: Uint8Array | null
}

/** Throws a CodecError for a value of ours that does not fit, and a LogError for a topic that is not the caller's. */
export function prepareRecord(
  codec: Codec,
  topics: ReadonlyMap<string, Topic>,
  outgoing: Outgoing,
  nowMs: number,
): PreparedRecord {
  const { topic, value } = outgoing
  if (!topics.has(topic.name))
    throw new LogError('CONFIGURATION', `${topic.name}: expected a topic of the topology`)
  if (topic.source === null)
    throw new LogError('CONFIGURATION', `${topic.name}: only processors write it`)
  if (value === null && (topic.kind !== 'compacted' || outgoing.key === undefined))
    throw new LogError(
      'CONFIGURATION',
      `${topic.name}: a tombstone needs a compacted topic and a key`,
    )
  const atMs = Math.floor(outgoing.atMs ?? nowMs)
  try {
    const bytes = value === null ? null : codec.encode(topic.name, value)
    const key = outgoing.key ?? topic.keyOf(value as never)
    return { topic, record: recordOf(topic, key, value, atMs), bytes }
  } catch (error) {
    if (!(error instanceof CodecError) || topic.source !== 'connector') throw error
    return bury(codec, outgoing, error, nowMs)
  }
}

/** What the world sent and can't be stored is kept as a dead letter, as it was. */
function bury(
  codec: Codec,
  { topic, value }: Outgoing,
  error: CodecError,
  nowMs: number,
): PreparedRecord {
  const letter: DeadLetter = {
    topic: topic.name,
    partition: -1,
    offset: -1,
    key: '',
    processor: 'publish',
    cause: error.fault,
    detail: error.message,
    payload_encoding: 'JSON',
    payload:
      JSON.stringify(value, (_, part: unknown) =>
        typeof part === 'bigint' || (typeof part === 'number' && !Number.isFinite(part))
          ? String(part)
          : part,
      ) ?? String(value),
    at_ms: nowMs,
  }
  return {
    topic: deadLetter,
    record: recordOf(deadLetter, deadLetter.keyOf(letter), letter, nowMs),
    bytes: codec.encode(deadLetter.name, letter),
  }
}

function recordOf(topic: Topic, key: string, value: unknown, atMs: number): LogRecord {
  return { topic: topic.name, key, value, at_ms: atMs, partition: -1, offset: -1 }
}
