// Runs a topology in memory and in virtual time: every sub-topology, every partition, one record at a time, to quiet.
// The backtest and the topology tests stand on it; it has no input or output of its own.
import type { Config } from '../../schemas/config.ts'
import { topicObserved, topologyHeartbeat } from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { TopicObserved } from '../../schemas/types.gen.ts'
import { InvariantError } from '../../topologies/kernel/invariant.ts'
import type { StateChange } from '../../topologies/kernel/store.ts'
import { createTask } from '../../topologies/kernel/task.ts'
import type { Task } from '../../topologies/kernel/task.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import { partitionCount, partitionOf } from '../../topologies/kernel/topic.ts'
import type { LogRecord, Partitions, ValueOf } from '../../topologies/kernel/topic.ts'

/** Every run is the first one on its log, so equal runs give equal ids. */
export const virtualLogId = 'virtual'

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
  /** Records in every topic so far; changelogs are kept in memory here and have none. */
  counts(): ReadonlyMap<string, number>
}

/** One topic's end: heads by partition, the table it feeds, the tasks that consume it from the log. */
interface TopicLog {
  readonly topic: Topic
  readonly heads: number[]
  readonly table: Map<string, unknown> | null
  readonly consumers: readonly Task[] | null
  count: number
  lastAtMs: number | null
}

export function createEngine(options: EngineOptions): Engine {
  const { topology, config, onRecord, onChanges } = options
  const partitions = options.partitions ?? { market: 1, account: 1 }
  const tables = new Map<string, Map<string, unknown>>()
  for (const sub of topology.subTopologies)
    for (const topic of sub.tables) tables.set(topic.name, new Map())
  const queue: LogRecord[] = []

  const tasks = topology.subTopologies.map((sub) =>
    Array.from({ length: partitionCount(sub.name, partitions) }, (_, partition) =>
      createTask({
        sub,
        partition,
        partitions,
        config,
        logId: virtualLogId,
        strict: options.strict ?? false,
        table: (topic) => tables.get(topic.name)!,
      }),
    ),
  )
  const everyTask = tasks.flat()
  const logs = new Map<string, TopicLog>()
  for (const topic of topology.topics) {
    const consumer = topology.subTopologies.findIndex((sub) => sub.inputs.includes(topic))
    const heads = new Array<number>(partitionCount(topic.domain, partitions)).fill(0)
    const table = tables.get(topic.name) ?? null
    logs.set(topic.name, {
      topic,
      heads,
      table,
      consumers: tasks[consumer] ?? null,
      count: 0,
      lastAtMs: null,
    })
  }

  const append = (record: LogRecord): void => {
    const log = logs.get(record.topic)
    if (log === undefined)
      throw new InvariantError(`${record.topic}: the topology does not declare it`)
    record.partition = partitionOf(log.topic.domain, record.key, log.heads.length)
    record.offset = log.heads[record.partition]!++
    log.count++
    log.lastAtMs = record.at_ms
    if (log.table !== null) {
      if (record.value === null) log.table.delete(record.key)
      else log.table.set(record.key, record.value)
    }
    onRecord?.(record)
    if (log.consumers !== null) queue.push(record)
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
      const task = logs.get(record.topic)!.consumers![record.partition]!
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
    if (logs.has(topologyHeartbeat.name))
      for (const value of everyTask.flatMap((task) => task.heartbeats()))
        publish(topologyHeartbeat, value.processor, value, atMs)
    if (!logs.has(topicObserved.name)) return
    for (const { topic, count, lastAtMs } of logs.values())
      if (topic.kind !== 'changelog' && topic.kind !== 'clock')
        publish(topicObserved, topic.name, observed(topic.name, count, lastAtMs, atMs), atMs)
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
        for (const task of everyTask) {
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
    counts: () =>
      new Map(
        [...logs.values()]
          .filter(({ topic }) => topic.kind !== 'changelog' && topic.kind !== 'clock')
          .map((log) => [log.topic.name, log.count]),
      ),
  }
}

/** Nothing lags and nothing is trimmed here: every record is processed before the next one is taken. */
function observed(
  topic: string,
  count: number,
  lastAtMs: number | null,
  atMs: number,
): TopicObserved {
  return {
    topic,
    declared: true,
    first_offset: 0,
    end_offset: count,
    last_record_at_ms: lastAtMs,
    group: '',
    lag: 0,
    trimmed_unread: 0,
    at_ms: atMs,
    partition: -1,
    committed_offset: null,
    lag_ms: null,
    lag_known: true,
  }
}
