// Start and recovery in one: tasks are made, their state, time and tables come from the log, and their inputs go on
// behind the last committed position. There is no other way to start.
import type { Config } from '../../schemas/config.ts'
import type { Topic } from '../../schemas/topic.ts'
import { createTask } from '../../topologies/kernel/task.ts'
import type { Task } from '../../topologies/kernel/task.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import { partitionCount } from '../../topologies/kernel/topic.ts'
import type { Partitions } from '../../topologies/kernel/topic.ts'
import type { StoredRecord } from '../runtime.ts'
import type { Input } from './inputs.ts'
import type { TaskTime } from './keepsakes.ts'
import type { Log } from './log.ts'
import { LogError } from '../log-error.ts'
import { decodeRow } from './read.ts'

/** Topic name to the last value of each key. */
export type Tables = ReadonlyMap<string, Map<string, unknown>>

export interface TaskSlot {
  readonly task: Task
  /** Name of the reader: topology and sub-topology. */
  readonly group: string
  /** The task's time as the log has it. */
  savedTime: TaskTime | null
}

export interface Started {
  readonly slots: readonly TaskSlot[]
  readonly tables: Tables
  readonly inputs: readonly Input[]
  /** Table entries that can't be decoded: they are left out. */
  readonly faults: readonly StoredRecord[]
}

export interface StartOptions {
  readonly log: Log
  readonly topology: Topology
  readonly config: Config
  readonly partitions: Partitions
}

/** Throws a LogError when a state can't be restored: to go on without it would be to forget positions. */
export function startTasks({ log, topology, config, partitions }: StartOptions): Started {
  const faults: StoredRecord[] = []
  const tables = new Map<string, Map<string, unknown>>()
  for (const topic of new Set(topology.subTopologies.flatMap((sub) => sub.tables)))
    tables.set(topic.name, restoreTable(log, topic, faults))

  const slots = topology.subTopologies.flatMap((sub) =>
    Array.from({ length: partitionCount(sub.name, partitions) }, (_, partition) => {
      const table = (topic: Topic): Map<string, unknown> =>
        tables.get(topic.name) ?? new Map<string, unknown>()
      const task = createTask({ sub, partition, partitions, config, table, logId: log.id })
      const savedTime = log.keepsakes.taskTime(sub.name, partition)
      if (savedTime !== null) task.resume(savedTime)
      return { task, group: `${topology.name}.${sub.name}`, savedTime }
    }),
  )
  for (const sub of topology.subTopologies)
    for (const topic of sub.changelogs) restoreState(log, topic, slots)

  const inputs = slots.flatMap(({ task, group }) =>
    task.sub.inputs.map((topic) => createInput(log, topic, task, group)),
  )
  return { slots, tables, inputs, faults }
}

function restoreTable(log: Log, topic: Topic, faults: StoredRecord[]): Map<string, unknown> {
  const table = new Map<string, unknown>()
  for (const row of log.read.latest(topic.name)) {
    const record = decodeRow(log.codec, topic, [
      row.partition,
      row.offset,
      0,
      row.at_ms,
      row.key,
      row.value,
    ])
    if (record.fault === null) table.set(record.key, record.value)
    else faults.push(record)
  }
  return table
}

function restoreState(log: Log, topic: Topic, slots: readonly TaskSlot[]): void {
  const owners = slots.filter(({ task }) => task.sub.changelogs.includes(topic))
  for (const { partition, key, value, at_ms: atMs } of log.read.latest(topic.name)) {
    const record = decodeRow(log.codec, topic, [partition, 0, 0, atMs, key, value])
    if (record.fault !== null)
      throw new LogError(
        'CORRUPT',
        `${log.path}: the state ${topic.name} of ${key} can't be restored (${record.fault.detail}); put the file aside and restore a copy`,
      )
    owners
      .find(({ task }) => task.partition === partition)
      ?.task.restore(topic.name, key, record.value)
  }
}

function createInput(log: Log, topic: Topic, task: Task, group: string): Input {
  const head = log.heads.of(topic.name)[task.partition]
  if (head === undefined)
    throw new LogError(
      'CONFIGURATION',
      `${log.path}: ${topic.name} has no partition ${task.partition} for ${group}`,
    )
  const position = log.positions.of(group, topic.name, task.partition)
  return {
    topic,
    task,
    group,
    position,
    head,
    nextSequence: Infinity,
    rows: [],
    index: 0,
    taken: 0,
  }
}
