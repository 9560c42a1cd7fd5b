// The decisions of one transaction, made without a pause: ticks, records, results, state, checkpoint. Nothing else runs
// meanwhile, so tables and time stand still, and what is decided depends on the log alone.
import type { Topic } from '../../schemas/topic.ts'
import { deadLetter, topologyHeartbeat } from '../../schemas/topics.ts'
import type { Task } from '../../topologies/kernel/task.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import { partitionCount, partitionOf } from '../../topologies/kernel/topic.ts'
import type { StoredRecord } from '../runtime.ts'
import { deadLetterOf } from '../runtime.ts'
import { storedRecord } from '../stored-record.ts'
import type { Checkpoint } from './checkpoint.ts'
import { createSteps } from './checkpoint.ts'
import type { TransactionalProducer, WireHeader, WireRecord } from './client/port.ts'
import type { Inputs } from './inputs.ts'
import { schemaIdOf } from './learning-codec.ts'
import { readerOf } from './names.ts'
import type { Outbox } from './outbox.ts'
import { createOutbox } from './outbox.ts'
import { checkpoints } from './own-topics.ts'
import { placeName } from './tables.ts'
import type { TaskContext } from './task-context.ts'

export interface Slice {
  readonly outbox: Outbox
  /** Next offsets of the inputs, in their order. */
  readonly positions: readonly number[]
  /** Input records by topic. */
  readonly consumed: ReadonlyMap<Topic, number>
  readonly records: number
  readonly hasTick: boolean
  /** The last input record. */
  readonly last: SliceError['place']
  /** A schema that has to be learned before the next record can be decoded. */
  readonly unknown: { readonly topic: Topic; readonly id: number } | null
}

/** A decision or its result failed at this record, or at a clock tick (null). */
export class SliceError extends Error {
  override readonly name = 'SliceError'
  readonly place: { readonly topic: Topic; readonly offset: number } | null
  readonly stage: 'deserialise' | 'process' | 'produce'
  /** Records that it may be due to, of which `place` is the last; 0: to `place` alone. */
  readonly suspects: number
  constructor(
    stage: SliceError['stage'],
    place: SliceError['place'],
    cause: unknown,
    suspects = 0,
  ) {
    const where = place === null ? 'a clock tick' : `${place.topic.name} offset ${place.offset}`
    const text = cause instanceof Error ? cause.message : String(cause)
    super(`${doing[stage]} ${where}: ${text}`, { cause })
    this.stage = stage
    this.place = place
    this.suspects = suspects
  }
}

const doing = {
  deserialise: 'reading',
  process: 'processing',
  produce: 'writing the results of',
} as const

export interface SliceWork {
  readonly tickAtMs: number | null
  readonly maxRecords: number
  /** Heartbeats go out with this tick. */
  readonly heartbeats: boolean
  /** Records that failed before, by topic and offset, with what to say of them: they become dead letters. */
  readonly poison: ReadonlyMap<string, string>
  /** Records that stop the task, by topic and offset, with what is thrown when nothing is left before them. */
  readonly halts: ReadonlyMap<string, SliceError>
  /** Schemas that nobody knows, by topic and id. */
  readonly missing: ReadonlySet<string>
  readonly isFirst: boolean
  /** How far each table was at the last checkpoint: only what has moved is written down again. */
  readonly tablesWere: Map<string, number>
}

/** Makes the decisions of one transaction. Throws a SliceError; then task and producer must be thrown away. */
export function runSlice(
  context: TaskContext,
  task: Task,
  inputs: Inputs,
  producer: TransactionalProducer,
  work: SliceWork,
): Slice {
  const { topics, config, logId } = context
  const { sub, partition } = task
  const reader = readerOf(context.topology.name, sub.name)
  const outbox = createOutbox(context, producer)
  const steps = createSteps()
  const consumed = new Map<Topic, number>()
  let unknown: Slice['unknown'] = null
  let records = 0
  let at: SliceError['place'] = null
  /** What is being done, and not by the runtime itself: its failures belong to a record. */
  let stage: SliceError['stage'] | null = null
  let suspects = 0

  const collect = (): void => {
    for (const record of task.takeOutputs()) outbox.record(topics.get(record.topic)!, record)
  }
  const bury = (record: StoredRecord): void => {
    const letter = deadLetterOf(cut(record), reader, task.time().nowMs)
    outbox.record(deadLetter, recordOf(deadLetter, letter, letter.at_ms), headersOf(letter))
  }

  void context.atStep('BEGIN')
  try {
    if (work.tickAtMs !== null) {
      stage = 'process'
      task.tick(work.tickAtMs)
      steps.tick(work.tickAtMs)
      stage = 'produce'
      collect()
      if (work.heartbeats)
        for (const beat of task.heartbeats())
          outbox.record(topologyHeartbeat, recordOf(topologyHeartbeat, beat, work.tickAtMs))
      stage = null
    }
    while (records < work.maxRecords) {
      const input = inputs.first()
      if (input === null) break
      const { topic } = input
      const wire = input.peek()
      const halt =
        work.halts.size === 0 ? undefined : work.halts.get(poisonName(topic, wire.offset))
      if (halt !== undefined) {
        if (records > 0 || work.tickAtMs !== null) break
        throw halt
      }
      const record = decode(context, topic, partition, wire, work)
      if (record.fault?.cause === 'UNKNOWN_SCHEMA') {
        const id = schemaIdOf(record.fault.bytes)
        if (!work.missing.has(schemaName(topic, id))) {
          unknown = { topic, id }
          break
        }
      }
      input.take()
      at = { topic, offset: wire.offset }
      void context.atStep('READ')
      if (record.fault === null) {
        stage = 'process'
        task.process(record)
        stage = null
      } else if (isBuried(config.kafka.on_error, record)) {
        stage = 'produce'
        bury(record)
      } else throw new SliceError('deserialise', at, new Error(record.fault.detail))
      void context.atStep('PROCESSED')
      stage = 'produce'
      collect()
      stage = null
      steps.record(topic.name, wire.offset)
      consumed.set(topic, (consumed.get(topic) ?? 0) + 1)
      records++
    }
    // A state that can't be written may be the work of any of them.
    stage = 'produce'
    suspects = records > 1 || (records === 1 && work.tickAtMs !== null) ? records : 0
    for (const { topic, key, value } of task.takeChanges())
      outbox.state(topic, partition, key, value, task.time().nowMs)
  } catch (error) {
    if (stage === null || error instanceof SliceError) throw error
    throw new SliceError(stage, at, error, suspects)
  }

  const { nowMs, lastTickAtMs } = task.time()
  const name = `${sub.name}|${partition}`
  const checkpoint: Checkpoint = {
    ...{ task: name, log_id: logId, now_ms: nowMs, last_tick_at_ms: lastTickAtMs },
    positions: inputs.all.map((input) => ({
      ...{ topic: input.topic.name, partition },
      next_offset: input.position(),
    })),
    tables: movedTables(context, sub.tables, work.tablesWere),
    steps: steps.list,
    restarted: work.isFirst,
  }
  outbox.state(checkpoints[sub.name], partition, name, checkpoint, nowMs)
  return {
    ...{ outbox, consumed, records, unknown, last: at },
    positions: inputs.all.map((input) => input.position()),
    hasTick: work.tickAtMs !== null,
  }
}

const none: readonly WireHeader[] = []

/** Bytes of a record that its dead letter carries: with them, in base64, it still fits into a batch. */
const buriedBytes = 600_000

/** A record of which no more is kept than a dead letter can carry. */
function cut(record: StoredRecord): StoredRecord {
  const { fault } = record
  if (fault === null || fault.bytes.length <= buriedBytes) return record
  const detail = `${fault.detail} (here are the first ${buriedBytes} of ${fault.bytes.length} bytes)`
  return { ...record, fault: { ...fault, detail, bytes: fault.bytes.subarray(0, buriedBytes) } }
}

function movedTables(
  { tables }: TaskContext,
  topics: readonly Topic[],
  were: Map<string, number>,
): Checkpoint['tables'] {
  const moved = tables
    .positions(topics)
    .filter(
      ({ topic, partition, next_offset: next }) => were.get(placeName(topic, partition)) !== next,
    )
  for (const { topic, partition, next_offset: next } of moved)
    were.set(placeName(topic, partition), next)
  return moved
}

/** The record, or why it can't be used: its bytes, its place, or what it did before. */
function decode(
  context: TaskContext,
  topic: Topic,
  partition: number,
  { key, value, offset, timestampMs }: WireRecord,
  work: SliceWork,
): StoredRecord {
  const at = { partition, offset, atMs: timestampMs, key: key ?? '', bytes: value }
  const record = storedRecord(context.codec, topic, at)
  if (record.fault !== null) return record
  const bytes = value ?? new Uint8Array()
  const right = partitionOf(
    topic.domain,
    record.key,
    partitionCount(topic.domain, context.partitions),
  )
  if (right !== partition) {
    const detail = `${topic.name}: expected key ${record.key} in partition ${right}, was ${partition}`
    return { ...record, fault: { cause: 'INVALID_VALUE', detail, bytes } }
  }
  const failure = work.poison.size === 0 ? undefined : work.poison.get(poisonName(topic, offset))
  if (failure === undefined) return record
  return { ...record, fault: { cause: 'OTHER', detail: failure, bytes } }
}

function isBuried(policy: TaskContext['config']['kafka']['on_error'], record: StoredRecord) {
  return record.fault?.cause === 'OTHER' || policy.deserialise === 'dead-letter'
}

/** Cause and origin, so that any tool can sort dead letters without decoding them. */
function headersOf(letter: ReturnType<typeof deadLetterOf>): readonly WireHeader[] {
  if (letter.offset < 0) return none
  return [
    ['quantum-cause', letter.cause],
    ['quantum-detail', letter.detail.slice(0, 500)],
    ['quantum-reader', letter.processor],
    ['quantum-origin-topic', letter.topic],
    ['quantum-origin-partition', String(letter.partition)],
    ['quantum-origin-offset', String(letter.offset)],
  ]
}

export const poisonName = (topic: Topic, offset: number): string => `${topic.name} ${offset}`
export const schemaName = (topic: Topic, id: number): string => `${topic.name} ${id}`

function recordOf(topic: Topic, value: object, atMs: number): LogRecord {
  const key = topic.keyOf(value as never)
  return { topic: topic.name, key, value, at_ms: atMs, partition: -1, offset: -1 }
}
