// One sub-topology in this process: membership in its group, and a task for each partition that the group gives us.
import type { Logger } from 'pino'
import type { Topic } from '../../schemas/topic.ts'
import type { SubTopology } from '../../topologies/kernel/topology.ts'
import { partitionCount } from '../../topologies/kernel/topic.ts'
import { settledWithin } from './alarm.ts'
import { KafkaError } from './client/kafka-error.ts'
import { readerOf } from './names.ts'
import type { TaskContext } from './task-context.ts'
import type { TaskLoop } from './task-handle.ts'
import { createTaskLoop } from './task-loop.ts'

export interface Group {
  readonly sub: SubTopology
  readonly name: string
  readonly tasks: () => readonly TaskLoop[]
  /** False until the group has given this process its partitions, however few. */
  readonly isAssigned: () => boolean
  /** Resolves when the first partitions run, but for those that can't; rejects when none of them can. */
  readonly ready: Promise<void>
  go(): void
  /** A table can't be followed any more: tasks that use it stop. */
  onTableFault(topic: Topic, error: Error): void
  /** Finishes transactions, if the broker lets them be finished soon, and leaves the group. */
  close(): Promise<void>
  /** Ends all tasks and lets the group find out by itself. */
  abandon(): void
}

/** Longest wait for open transactions at the end: a broker may be gone. What is not committed by then never is. */
const longestEndMs = 4_000

export interface GroupOptions {
  readonly context: TaskContext
  readonly sub: SubTopology
  readonly logger: Logger
  readonly onRunning: (loop: TaskLoop) => void
  readonly onStopped: (loop: TaskLoop, error: unknown) => void
  /** The process can't be a member any more. */
  readonly onFault: (error: KafkaError) => void
}

export function openGroup(options: GroupOptions): Group {
  const { context, sub, logger, onRunning, onStopped, onFault } = options
  const { client, config, names, metrics, partitions } = context
  const name = readerOf(context.topology.name, sub.name)
  const tasks = new Map<number, TaskLoop>()
  /** A task that ends may still hold its partition of the source: the next one waits for it. */
  const ending = new Map<number, Promise<void>>()
  const ready = Promise.withResolvers<void>()
  ready.promise.catch(() => undefined)
  let isAuto = false
  let isAssigned = false
  let isClosed = false

  const source = client.source({
    onFetched: (fetched) => tasks.get(fetched.partition)?.onFetched(fetched),
    onFault({ topic, partition, offset }, fault, detail) {
      const text = `${topic} partition ${partition} offset ${offset}: ${detail}`
      tasks.get(partition)?.onFault(new KafkaError(fault, text))
    },
  })
  const begin = (partition: number): TaskLoop => {
    const task = createTaskLoop({
      ...{ context, sub, partition, source, onRunning, onStopped },
      after: ending.get(partition) ?? Promise.resolve(),
    })
    tasks.set(partition, task)
    if (isAuto) task.go()
    return task
  }
  const end = (partition: number): Promise<void> => {
    const task = tasks.get(partition)
    if (task === undefined) return Promise.resolve()
    tasks.delete(partition)
    metrics.released(sub.name, partition)
    const ended = task.end().finally(() => {
      if (ending.get(partition) === ended) ending.delete(partition)
    })
    ending.set(partition, ended)
    return ended
  }
  const endAll = (): Promise<unknown> => Promise.all([...tasks.keys()].map(end))

  const member = client.member({
    group: names.group(name),
    topics: sub.inputs.map((topic) => names.topic(topic)),
    partitions: partitionCount(sub.name, partitions),
    instance: config.kafka.instance,
    sessionTimeoutMs: config.kafka.session_timeout_ms,
    listener: {
      async onRebalance() {
        await Promise.all([...tasks.values()].map((task) => task.drain()))
      },
      onAssigned(assigned, generation) {
        // A task that began now would be nobody's to end.
        if (isClosed) return
        logger.info({ group: name, partitions: assigned, generation }, 'partitions assigned')
        isAssigned = true
        metrics.rebalanced(name)
        for (const partition of [...tasks.keys()])
          if (assigned.includes(partition)) tasks.get(partition)!.resume()
          else void end(partition)
        const begun = assigned.filter((partition) => !tasks.has(partition)).map(begin)
        void Promise.allSettled(begun.map((task) => task.ready)).then((results) => {
          const failed = results.filter((one) => one.status === 'rejected')
          // One that can't run must not keep the others from it: a process that runs goes on without it too.
          if (failed.length > 0 && failed.length === results.length) ready.reject(failed[0]!.reason)
          else ready.resolve()
        })
      },
      onLost(reason) {
        logger.warn({ group: name, reason }, 'the group went on without this process')
        isAssigned = false
        void endAll()
      },
      onFault(fault, detail) {
        isAssigned = false
        void endAll()
        const error = new KafkaError(fault, `group ${name}: ${detail}`)
        ready.reject(error)
        onFault(error)
      },
    },
  })

  return {
    ...{ sub, name },
    tasks: () => [...tasks.values()],
    isAssigned: () => isAssigned,
    ready: ready.promise,
    go() {
      isAuto = true
      for (const task of tasks.values()) task.go()
    },
    onTableFault(topic, error) {
      if (sub.tables.includes(topic)) for (const task of tasks.values()) task.onFault(error)
    },
    async close() {
      isClosed = true
      void endAll()
      await settledWithin(longestEndMs, Promise.all([...ending.values()]))
      await member.leave()
      await source.close()
    },
    abandon() {
      isClosed = true
      isAssigned = false
      member.abandon()
      for (const task of tasks.values()) void task.end()
      void source.close()
    },
  }
}
