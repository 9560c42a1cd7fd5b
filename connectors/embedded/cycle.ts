// One transaction of the embedded runtime: what came in, what the tasks made of it, their state and their positions are
// committed together or not at all. After an error nothing here may be used again: the runtime stops.
import type { Topic } from '../../schemas/topic.ts'
import { deadLetter, topicObserved, topologyHeartbeat } from '../../schemas/topics.ts'
import { invariant } from '../../topologies/kernel/invariant.ts'
import type { Task } from '../../topologies/kernel/task.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import type { Metrics } from '../metrics.ts'
import { deadLetterOf } from '../runtime.ts'
import type { Inputs } from './inputs.ts'
import { createInputs } from './inputs.ts'
import type { Log } from './log.ts'
import type { ObserveOptions } from './observe.ts'
import { observeTopics } from './observe.ts'
import type { PreparedWrite } from './prepare.ts'
import { decodeRow } from './read.ts'
import type { Started } from './tasks.ts'

/** The places where a process may die; tests throw there. */
export type Step = 'BEGIN' | 'READ' | 'PROCESSED' | 'COMMIT' | 'COMMITTED'

export interface CycleOptions {
  readonly log: Log
  readonly started: Started
  readonly topics: ReadonlyMap<string, Topic>
  readonly observe: ObserveOptions
  readonly heartbeatMs: number
  readonly observeMs: number
  readonly atStep: (step: Step) => void
  readonly metrics: Metrics
}

export interface Work {
  readonly writes: readonly PreparedWrite[]
  /** The clock tick to inject, or null. */
  readonly tickAtMs: number | null
  /** Most input records to process. */
  readonly maxRecords: number
  readonly nowMs: number
}

export interface Cycle {
  /** Runs one transaction and returns the records it appended. */
  run(work: Work): LogRecord[]
  /** Whether records wait to be processed. */
  hasInput(): boolean
}

export function createCycle(options: CycleOptions): Cycle {
  const { log, started, topics, atStep, metrics } = options
  const { slots, tables } = started
  const { codec } = log
  const inputs: Inputs = createInputs(log, started.inputs)
  const faults = [...started.faults]
  let appended: LogRecord[] = []
  let left = 0
  let heartbeatAtMs = 0
  let observeAtMs = 0

  const append = (topic: Topic, record: LogRecord, bytes: Uint8Array | null): void => {
    const head = log.append.record(topic, record, bytes)
    setTable(topic, record.key, bytes)
    inputs.appended(head)
    appended.push(record)
  }
  const setTable = (topic: Topic, key: string, bytes: Uint8Array | null): void => {
    const table = tables.get(topic.name)
    if (table === undefined) return
    // Decoded from the bytes, so that a table never shows what a restart would not.
    if (bytes === null) table.delete(key)
    else table.set(key, codec.decode(topic.name, bytes))
  }
  const emit = (topic: Topic, value: never, atMs: number): void => {
    const key = topic.keyOf(value)
    append(
      topic,
      { topic: topic.name, key, value, at_ms: atMs, partition: -1, offset: -1 },
      codec.encodeShared(topic.name, value),
    )
  }
  const collect = (task: Task): void => {
    for (const record of task.takeOutputs()) {
      const topic = topics.get(record.topic)
      invariant(topic !== undefined, `expected a declared topic, was ${record.topic}`)
      append(
        topic,
        record,
        record.value === null ? null : codec.encodeShared(topic.name, record.value),
      )
    }
  }
  const drain = (nowMs: number): void => {
    for (; left > 0; left--) {
      const input = inputs.first()
      if (input === null) return
      const record = decodeRow(codec, input.topic, inputs.take(input))
      atStep('READ')
      if (record.fault === null) input.task.process(record)
      else emit(deadLetter, deadLetterOf(record, input.group, nowMs) as never, nowMs)
      atStep('PROCESSED')
      collect(input.task)
    }
  }

  /** Records of another process are in the log already: tables and inputs take them over. */
  const takeOver = (nowMs: number): void => {
    const moved = log.begin()
    for (const { head, fromOffset } of moved) {
      const topic = topics.get(head.topic)
      const table = tables.get(head.topic)
      if (topic === undefined || table === undefined) continue
      const count = head.nextOffset - fromOffset
      for (const row of log.read.rows(head.topic, head.partition, fromOffset, count)) {
        const record = decodeRow(codec, topic, row)
        if (record.fault !== null) faults.push(record)
        else if (record.value === null) table.delete(record.key)
        else table.set(record.key, record.value)
      }
    }
    inputs.moved(moved)
    for (const record of faults.splice(0))
      emit(deadLetter, deadLetterOf(record, 'table', nowMs) as never, nowMs)
  }
  const applyWrite = ({ records, positions, notes }: PreparedWrite): void => {
    for (const { topic, record, bytes } of records) append(topic, record, bytes)
    for (const { position, nextOffset } of positions) {
      invariant(
        nextOffset >= position.nextOffset,
        `${position.reader}: expected a position of ${position.topic} from ${position.nextOffset} on, was ${nextOffset}`,
      )
      position.nextOffset = nextOffset
      position.dirty = true
    }
    if (notes !== null) log.keepsakes.setNotes(notes.owner, notes.entries)
  }
  const tick = (atMs: number, nowMs: number): void => {
    for (const { task } of slots) {
      task.tick(atMs)
      collect(task)
      drain(nowMs)
    }
    if (atMs >= heartbeatAtMs) {
      heartbeatAtMs = atMs + options.heartbeatMs
      for (const { task } of slots)
        for (const heartbeat of task.heartbeats()) emit(topologyHeartbeat, heartbeat as never, atMs)
    }
    if (atMs >= observeAtMs) {
      observeAtMs = atMs + options.observeMs
      for (const observed of observeTopics(options.observe, atMs)) {
        emit(topicObserved, observed as never, atMs)
        const { group, topic, partition, lag, lag_ms } = observed
        if (group !== '') metrics.lag(group, topic, partition, lag, lag_ms)
      }
      for (const { task } of slots)
        for (const { store, entries } of task.stateEntries())
          metrics.stateEntries(store, task.partition, entries)
    }
  }
  const saveTasks = (): void => {
    for (const slot of slots) {
      const { task } = slot
      const time = task.time()
      for (const { topic, key, value } of task.takeChanges())
        log.append.state(
          topic.name,
          task.partition,
          key,
          value === null ? null : codec.encodeShared(topic.name, value),
          time.nowMs,
        )
      const saved = slot.savedTime
      if (saved?.nowMs === time.nowMs && saved.lastTickAtMs === time.lastTickAtMs) continue
      log.keepsakes.setTaskTime(task.sub.name, task.partition, time)
      slot.savedTime = time
    }
  }

  /** One transaction is all sub-topologies' here, so it is counted once and named `all`. */
  const count = (beganMs: number, processedMs: number): void => {
    const committedMs = performance.now()
    let consumed = 0
    for (const input of started.inputs) {
      if (input.taken === 0) continue
      metrics.consumed(input.topic.name, input.taken)
      consumed += input.taken
      input.taken = 0
    }
    for (const { topic } of appended) metrics.produced(topic, 1)
    metrics.processed('all', 0, processedMs - beganMs)
    metrics.committed('all', 0, consumed, committedMs - processedMs)
  }

  return {
    run({ writes, tickAtMs, maxRecords, nowMs }) {
      const beganMs = performance.now()
      atStep('BEGIN')
      appended = []
      left = maxRecords
      takeOver(nowMs)
      if (tickAtMs !== null) tick(tickAtMs, nowMs)
      for (const write of writes) applyWrite(write)
      drain(nowMs)
      saveTasks()
      log.retention.apply(nowMs, inputs.heldFrom)
      const processedMs = performance.now()
      atStep('COMMIT')
      log.commit()
      atStep('COMMITTED')
      count(beganMs, processedMs)
      return appended
    },
    hasInput: () => inputs.first() !== null,
  }
}
