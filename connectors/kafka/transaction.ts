// One life of a task: from a take-over to the first failure. It decides and commits transactions, one after the other.
import type { SubTopology } from '../../topologies/kernel/topology.ts'
import type { Task } from '../../topologies/kernel/task.ts'
import { KafkaError } from './client/kafka-error.ts'
import type { TopicPartition, TransactionalProducer } from './client/port.ts'
import type { Inputs } from './inputs.ts'
import { createInputs } from './inputs.ts'
import { readerOf } from './names.ts'
import type { Slice } from './slice.ts'
import { SliceError, runSlice } from './slice.ts'
import type { TakenOver } from './take-over.ts'
import type { TaskContext } from './task-context.ts'

/** What outlives a life: it was learned from failures. */
export interface Lessons {
  /** Records that failed, by topic and offset, with what to say of them. */
  readonly poison: Map<string, string>
  /** Records that stop the task, by topic and offset: nothing behind them is processed. */
  readonly halts: Map<string, SliceError>
  /** Schemas that nobody knows, by topic and id. */
  readonly missing: Set<string>
  /** So many transactions take one record each, until the one is found whose results can't be written. */
  careful: number
}

export interface Life {
  readonly task: Task
  readonly inputs: Inputs
  readonly producer: TransactionalProducer
  /** When the last decisions began, by the process's own clock. */
  readonly decidedAt: () => number
  /** Committed next offset of each input. */
  readonly committed: () => readonly number[]
  /** The decisions of the next transaction; null when nothing would be in it. Throws a SliceError. */
  decide(tickAtMs: number | null, takesRecords: boolean): Slice | null
  commit(slice: Slice): Promise<void>
}

export function createLife(
  context: TaskContext,
  sub: SubTopology,
  places: readonly TopicPartition[],
  taken: TakenOver,
  lessons: Lessons,
): Life {
  const { config, metrics, names, topology } = context
  const { task, producer } = taken
  const { partition } = task
  const group = names.group(readerOf(topology.name, sub.name))
  const inputs = createInputs(sub.inputs)
  inputs.start(taken.offsets)
  const tablesWere = new Map<string, number>()
  let committed = taken.committed
  let decidedAt = -Infinity
  let heartbeatAtMs = 0
  let isFirst = true

  const tooLarge = (slice: Slice, error: unknown): unknown => {
    if (!(error instanceof KafkaError) || error.fault !== 'TOO_LARGE') return error
    const isAlone = slice.hasTick ? slice.records === 0 : slice.records === 1
    if (isAlone) return new SliceError('produce', slice.last, error)
    lessons.careful = slice.records + 1
    return error
  }

  return {
    ...{ task, inputs, producer },
    decidedAt: () => decidedAt,
    committed: () => committed,
    decide(tickAtMs, takesRecords) {
      const { lastTickAtMs } = task.time()
      const isDue = tickAtMs !== null && tickAtMs > (lastTickAtMs ?? -Infinity)
      const isMoved = inputs.all.some((input, i) => input.position() !== committed[i])
      const hasRecords = takesRecords && inputs.size() > 0
      if (!isDue && !isMoved && !hasRecords) return null
      decidedAt = performance.now()
      const heartbeats = isDue && tickAtMs >= heartbeatAtMs
      if (heartbeats) heartbeatAtMs = tickAtMs + config.watch.heartbeat_ms
      const most = lessons.careful === 0 ? config.kafka.max_batch : isDue ? 0 : 1
      let slice: Slice
      try {
        slice = runSlice(context, task, inputs, producer, {
          ...{ heartbeats, isFirst, tablesWere },
          ...{ poison: lessons.poison, halts: lessons.halts, missing: lessons.missing },
          tickAtMs: isDue ? tickAtMs : null,
          maxRecords: takesRecords ? most : 0,
        })
      } catch (error) {
        if (error instanceof SliceError && error.suspects > 0) lessons.careful = error.suspects + 1
        throw error
      }
      isFirst = false
      if (heartbeats)
        for (const { store, entries } of task.stateEntries())
          metrics.stateEntries(store, partition, entries)
      metrics.processed(sub.name, partition, performance.now() - decidedAt)
      return slice
    },
    async commit(slice) {
      const { outbox, positions } = slice
      const atCommit = context.atStep('COMMIT')
      if (atCommit !== undefined) await atCommit
      const startedAt = performance.now()
      const offsets = positions.flatMap((offset, i) =>
        offset === committed[i] ? [] : [{ ...places[i]!, offset }],
      )
      const appended = await producer
        .commit({
          batches: outbox.batches,
          offsets: offsets.length === 0 ? null : { group, offsets },
        })
        .catch((error: unknown) => {
          throw tooLarge(slice, error)
        })
      committed = positions
      context.written.note(outbox.batches, appended)
      if (lessons.careful > 0) lessons.careful--
      metrics.committed(sub.name, partition, slice.records, performance.now() - startedAt)
      for (const [topic, count] of slice.consumed) metrics.consumed(topic.name, count)
      for (const [topic, count] of outbox.counts()) metrics.produced(topic, count)
      const atCommitted = context.atStep('COMMITTED')
      if (atCommitted !== undefined) await atCommitted
      context.onCommitted(outbox.committed(appended))
    },
  }
}
