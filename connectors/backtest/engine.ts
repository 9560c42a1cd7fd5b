// Runs a topology in memory and in virtual time: every sub-topology, every partition, one record at a time, to quiet.
// The backtest and the topology tests stand on it; it has no input or output of its own.
import type { Config } from '../../schemas/config.ts'
import { topicObserved, topologyHeartbeat } from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import { invariant } from '../../topologies/kernel/invariant.ts'
import type { StateChange } from '../../topologies/kernel/store.ts'
import { createTask } from '../../topologies/kernel/task.ts'
import type { Task } from '../../topologies/kernel/task.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import { partitionCount, partitionOf } from '../../topologies/kernel/topic.ts'
import type { LogRecord, Partitions, ValueOf } from '../../topologies/kernel/topic.ts'

export interface EngineOptions {
  readonly topology: Topology
  readonly config: Config
  readonly partitions?: Partitions
  /** Time of the first clock tick's predecessor. */
  readonly startMs: number
  /** Called for every record that enters the log, in order. */
  readonly onRecord?: (record: LogRecord) => void
  /** Called with the state changes of every step; without it they are dropped. */
  readonly onChanges?: (changes: readonly StateChange[]) => void
  /** Tests only: see TaskOptions.strict. */
  readonly strict?: boolean
}

export interface Engine {
  /** Appends a record at a virtual time and processes all that follows from it. */
  publish<T extends Topic>(topic: T, value: ValueOf<T>, atMs: number): void
  /** The same for a tombstone. */
  tombstone(topic: Topic, key: string, atMs: number): void
  /** Moves time forward, injecting every clock tick on the way. */
  advanceTo(atMs: number): void
  /** Time of the next clock tick. */
  nextTickAtMs(): number
  /** Last value of each key of a table. */
  table(topic: Topic): ReadonlyMap<string, unknown>
  /** Records handled by every processor so far. */
  counts(): ReadonlyMap<string, number>
}

export function createEngine(options: EngineOptions): Engine {
  const { topology, config, onRecord, onChanges } = options
  const partitions = options.partitions ?? { market: 1, account: 1 }
  const byName = new Map(topology.topics.map((t) => [t.name as string, t]))
  const tables = new Map<string, Map<string, unknown>>()
  for (const sub of topology.subTopologies)
    for (const topic of sub.tables) tables.set(topic.name, new Map())
  const counts = new Map<string, number>()
  const lastAt = new Map<string, number>()
  const offsets = new Map<string, number[]>()
  const queue: LogRecord[] = []

  const tasks = topology.subTopologies.map((sub) =>
    Array.from({ length: partitionCount(sub.name, partitions) }, (_, partition) =>
      createTask({
        sub,
        partition,
        partitions,
        config,
        strict: options.strict ?? false,
        table: (topic) => tables.get(topic.name)!,
      }),
    ),
  )
  /** Topic to the tasks of the sub-topology that consumes it from the log. */
  const consumers = new Map<string, Task[]>()
  topology.subTopologies.forEach((sub, i) => {
    for (const topic of sub.inputs) consumers.set(topic.name, tasks[i]!)
  })

  const append = (record: LogRecord): void => {
    const topic = byName.get(record.topic)
    invariant(topic !== undefined, `${record.topic}: the topology does not declare it`)
    const count = partitionCount(topic.domain, partitions)
    record.partition = partitionOf(topic.domain, record.key, count)
    let heads = offsets.get(record.topic)
    if (heads === undefined) offsets.set(record.topic, (heads = new Array<number>(count).fill(0)))
    record.offset = heads[record.partition]!++
    counts.set(record.topic, (counts.get(record.topic) ?? 0) + 1)
    lastAt.set(record.topic, record.at_ms)
    const table = tables.get(record.topic)
    if (table !== undefined) {
      if (record.value === null) table.delete(record.key)
      else table.set(record.key, record.value)
    }
    onRecord?.(record)
    if (consumers.has(record.topic)) queue.push(record)
  }
  const collect = (task: Task): void => {
    for (const output of task.takeOutputs()) append(output)
    if (onChanges === undefined) return
    const changes = task.takeChanges()
    if (changes.length > 0) onChanges(changes)
  }
  const settle = (): void => {
    for (let head = 0; head < queue.length; head++) {
      const record = queue[head]!
      const task = consumers.get(record.topic)![record.partition]!
      task.process(record)
      collect(task)
    }
    queue.length = 0
  }
  const publish = (topic: Topic, key: string, value: unknown, atMs: number): void => {
    append({ topic: topic.name, key, value, at_ms: atMs, partition: -1, offset: -1 })
    settle()
  }

  let nextTick = Math.floor(options.startMs / config.clock_ms) * config.clock_ms + config.clock_ms
  let nextHeartbeat = options.startMs + config.watch.heartbeat_ms
  const heartbeat = (atMs: number): void => {
    nextHeartbeat = atMs + config.watch.heartbeat_ms
    const declared = byName.has(topologyHeartbeat.name)
    if (declared)
      for (const value of tasks.flat().flatMap((task) => task.heartbeats()))
        publish(topologyHeartbeat, value.processor, value, atMs)
    if (!byName.has(topicObserved.name)) return
    for (const topic of topology.topics) {
      if (topic.kind === 'changelog' || topic.kind === 'clock') continue
      const end = counts.get(topic.name) ?? 0
      const value = {
        topic: topic.name,
        declared: true,
        first_offset: 0,
        end_offset: end,
        group: '',
        lag: 0,
        trimmed_unread: 0,
        last_record_at_ms: lastAt.get(topic.name) ?? null,
        at_ms: atMs,
      }
      publish(topicObserved, topic.name, value, atMs)
    }
  }
  return {
    publish: (topic, value, atMs) => {
      publish(topic, topic.keyOf(value), value, atMs)
    },
    tombstone: (topic, key, atMs) => {
      publish(topic, key, null, atMs)
    },
    advanceTo(atMs) {
      while (nextTick <= atMs) {
        for (const task of tasks.flat()) {
          task.tick(nextTick)
          collect(task)
          settle()
        }
        if (nextTick >= nextHeartbeat) heartbeat(nextTick)
        nextTick += config.clock_ms
      }
    },
    nextTickAtMs: () => nextTick,
    table: (topic) => tables.get(topic.name) ?? new Map(),
    counts: () => counts,
  }
}
