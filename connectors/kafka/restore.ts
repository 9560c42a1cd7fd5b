// The state of a task from its changelogs, read to their end. Nobody else can write them any more: the task was fenced.
import type { Domain, Topic } from '../../schemas/topic.ts'
import type { Task } from '../../topologies/kernel/task.ts'
import { LogError } from '../log-error.ts'
import { storedRecord } from '../stored-record.ts'
import type { Fetched } from './client/port.ts'
import { learnPatiently } from './learn.ts'
import { schemaIdOf } from './learning-codec.ts'
import { offsetsByPlace, placeName } from './tables.ts'
import type { TaskContext } from './task-context.ts'

/** How often progress is logged. */
const progressMs = 1_000

/** Throws a LogError CORRUPT when a state can't be read: to go on without it would be to forget positions. */
export async function restoreState(
  context: TaskContext,
  task: Task,
  isWanted: () => boolean,
): Promise<void> {
  const { client, names, metrics, logger } = context
  const { sub, partition } = task
  const places = sub.changelogs.map((topic) => ({ topic: names.topic(topic), partition }))
  const [starts, ends] = await Promise.all([
    client.admin.startOffsets(places).then(offsetsByPlace),
    client.admin.endOffsets(places, 'stable').then(offsetsByPlace),
  ])
  const tallies = sub.changelogs.map((topic) => {
    const name = placeName(names.topic(topic), partition)
    return { topic, from: starts.get(name) ?? 0, end: ends.get(name) ?? 0 }
  })
  const total = tallies.reduce((sum, { from, end }) => sum + end - from, 0)
  let done = 0
  let saidAtMs = performance.now()
  for (const { topic, from, end } of tallies) {
    if (!isWanted()) return
    // Once a schema had to be asked for, everything after it waits its turn.
    let slow = null as Promise<void> | null
    let last = from
    const onFetched = (fetched: Fetched): void => {
      if (slow === null) {
        const known = restoreKnown(context, task, topic, fetched, 0)
        if (known < fetched.records.length)
          slow = restoreSlowly(context, task, topic, fetched, known, isWanted)
      } else slow = slow.then(() => restoreSlowly(context, task, topic, fetched, 0, isWanted))
      slow?.catch(() => undefined)
      done += fetched.nextOffset - last
      last = fetched.nextOffset
      metrics.restoring(sub.name, partition, topic.name, Math.max(0, end - last))
      if (performance.now() - saidAtMs < progressMs) return
      saidAtMs = performance.now()
      const percent = Math.floor((100 * done) / Math.max(1, total))
      logger.info({ task: nameOf(sub.name, partition), topic: topic.name, percent }, 'restoring')
    }
    if (from < end)
      await client.readUpTo({ topic: names.topic(topic), partition, offset: from }, end, onFetched)
    await slow
    metrics.restoring(sub.name, partition, topic.name, 0)
  }
}

/** Restores records until one has a schema that is not known yet; gives the index of that one. */
function restoreKnown(
  { codec }: TaskContext,
  task: Task,
  topic: Topic,
  { records }: Fetched,
  from: number,
): number {
  for (let i = from; i < records.length; i++) {
    const { key, value, offset, timestampMs } = records[i]!
    const at = {
      partition: task.partition,
      offset,
      atMs: timestampMs,
      key: key ?? '',
      bytes: value,
    }
    const record = storedRecord(codec, topic, at)
    if (record.fault?.cause === 'UNKNOWN_SCHEMA') return i
    if (record.fault !== null)
      throw new LogError(
        'CORRUPT',
        `${topic.name} partition ${task.partition} offset ${offset}: the state of ${record.key} can't be restored (${record.fault.detail})`,
      )
    task.restore(topic.name, record.key, record.value)
  }
  return records.length
}

async function restoreSlowly(
  context: TaskContext,
  task: Task,
  topic: Topic,
  fetched: Fetched,
  from: number,
  isWanted: () => boolean,
): Promise<void> {
  for (let at = from; ;) {
    at = restoreKnown(context, task, topic, fetched, at)
    const record = fetched.records[at]
    if (record === undefined) return
    const id = schemaIdOf(record.value!)
    const answer = await learnPatiently(context.codec, topic.name, id, (error) => {
      if (!isWanted()) throw error
      context.logger.warn({ err: error, topic: topic.name }, 'a schema can not be had yet')
    })
    if (answer === 'missing')
      throw new LogError(
        'CORRUPT',
        `${topic.name} partition ${task.partition} offset ${record.offset}: schema id ${id} is not in the registry`,
      )
  }
}

export const nameOf = (sub: Domain, partition: number): string => `${sub}|${partition}`
