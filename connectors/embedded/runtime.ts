// The embedded runtime: one process, one SQLite file, every sub-topology. It decides when a transaction runs and what a
// failure means: the transaction is undone, the runtime stops loudly, and the next start restores. It has no other recovery.
import type { Logger } from 'pino'
import type { Config } from '../../schemas/config.ts'
import type { Topic } from '../../schemas/topic.ts'
import { deadLetter, topicObserved, topologyHeartbeat } from '../../schemas/topics.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import type { Health } from '../health.ts'
import type { Metrics } from '../metrics.ts'
import { noMetrics } from '../metrics.ts'
import { risingClock } from '../rising-clock.ts'
import type { Runtime, Write } from '../runtime.ts'
import type { Step } from './cycle.ts'
import { createCycle } from './cycle.ts'
import { createHealth } from './health.ts'
import { openLog } from './log.ts'
import { LogError } from '../log-error.ts'
import { logErrorOf } from './sqlite-error.ts'
import { lags } from './observe.ts'
import { pollReader } from './poll.ts'
import type { PreparedWrite } from './prepare.ts'
import { prepareWrite } from './prepare.ts'
import { decodeRow } from './read.ts'
import { createScheduler } from './scheduler.ts'
import { startTasks } from './tasks.ts'

/** Writes that may wait for a commit; more means that the publisher does not wait for its promises. */
const maxPendingWrites = 100_000

export interface EmbeddedOptions {
  readonly topology: Topology
  readonly config: Config
  /** The wall clock in ms. */
  readonly wallMs: () => number
  readonly logger: Logger
  readonly metrics?: Metrics
  /** Tests only: called at each step; what it throws is what a crash there does. */
  readonly atStep?: (step: Step) => void
  /** Tests only: the id of a new log, for comparisons of logs. */
  readonly logId?: string
  /** Tests only: most pages of the file, to fill the disk. */
  readonly maxPages?: number
}

export interface EmbeddedRuntime extends Runtime {
  /**
   * Works by itself from now on: commits what connectors write within `log.commit_interval_ms`, injects clock ticks,
   * notices what operators append. Before `start` each write is a commit of its own, and `settle` and `tick` process.
   */
  start(): void
  health(): Health
  /** Ends when the runtime is closed, and fails with the error that stopped it. */
  readonly stopped: Promise<void>
  /** Lets go at once, as a killed process does. */
  abandon(): void
}

/** Opens the log of `config.log.path` and restores every task from it. Throws a LogError that names the file. */
export function openEmbeddedRuntime(options: EmbeddedOptions): EmbeddedRuntime {
  const { topology, config, logger, metrics = noMetrics } = options
  const partitions = {
    market: config.log.market_partitions,
    account: config.log.account_partitions,
  }
  const topics = topicsOf(topology)
  const log = openLog({
    path: config.log.path,
    partitions,
    environment: config.environment,
    topics: [...topics.values()],
    ...(options.logId === undefined ? {} : { logId: options.logId }),
    ...(options.maxPages === undefined ? {} : { maxPages: options.maxPages }),
  })
  const opened = open()
  return opened

  function open(): EmbeddedRuntime {
    try {
      return createRuntime()
    } catch (error) {
      log.close()
      throw logErrorOf(error, log.path)
    }
  }

  function createRuntime(): EmbeddedRuntime {
    const started = startTasks({ log, topology, config, partitions })
    const { slots } = started
    const own = new Set(slots.flatMap((s) => s.task.sub.inputs.map((t) => `${s.group} ${t.name}`)))
    const observe = {
      heads: log.heads,
      positions: log.positions,
      read: log.read,
      declared: [...topics.values()],
      // A reader named after this topology reads what its sub-topology reads today, and nothing else.
      reads: (reader: string, topic: string) =>
        !reader.startsWith(`${topology.name}.`) || own.has(`${reader} ${topic}`),
    }
    const cycle = createCycle({
      log,
      started,
      topics,
      observe,
      heartbeatMs: config.watch.heartbeat_ms,
      observeMs: config.watch.observe_ms,
      atStep: options.atStep ?? (() => undefined),
      metrics,
    })
    for (const { task } of slots)
      for (const topic of task.sub.changelogs)
        metrics.restoring(task.sub.name, task.partition, topic.name, 0)
    let lastTickAtMs = Math.max(0, ...slots.map((s) => s.savedTime?.lastTickAtMs ?? 0))
    const clock = risingClock(options.wallMs)
    clock.raise(lastTickAtMs)
    const listeners = new Set<(records: readonly LogRecord[]) => void>()
    const stopped = Promise.withResolvers<void>()
    stopped.promise.catch(() => undefined)
    let pending: PreparedWrite[] = []
    let promised = Promise.withResolvers<void>()
    let failure: LogError | null = null
    let isClosed = false
    let committedAtMs: number | null = null

    /** Everything ends here: the file is let go as by a killed process, and who waits hears why. */
    const stop = (error: unknown): LogError => {
      const cause = logErrorOf(error, log.path)
      const text = cause instanceof Error ? cause.message : String(cause)
      const stopError = new LogError('STOPPED', `the runtime stopped: ${text}`, cause)
      failure = stopError
      scheduler.stop()
      log.rollback()
      log.close()
      logger.fatal({ err: cause, log: log.path }, 'the runtime stopped')
      promised.promise.catch(() => undefined)
      promised.reject(stopError)
      stopped.reject(cause)
      return stopError
    }
    const assertOpen = (): void => {
      if (failure !== null) throw failure
      if (isClosed) throw new LogError('STOPPED', `${log.path}: the runtime is closed`)
    }
    const runOnce = (maxRecords: number, tickAtMs: number | null): void => {
      const writes = pending
      const done = promised
      pending = []
      if (tickAtMs !== null) lastTickAtMs = tickAtMs
      try {
        const appended = cycle.run({ writes, tickAtMs, maxRecords, nowMs: clock.nowMs() })
        committedAtMs = clock.nowMs()
        promised = Promise.withResolvers<void>()
        done.resolve()
        for (const listener of listeners) listener(appended)
      } catch (error) {
        throw stop(error)
      }
    }
    const settleAll = (): void => {
      do runOnce(config.log.max_batch, null)
      while (cycle.hasInput())
    }
    const dueTickMs = (): number | null => {
      const atMs = Math.floor(clock.nowMs() / config.clock_ms) * config.clock_ms
      return atMs > lastTickAtMs ? atMs : null
    }
    const scheduler = createScheduler({
      commitIntervalMs: config.log.commit_interval_ms,
      isDue() {
        try {
          return dueTickMs() !== null || log.changedOutside()
        } catch (error) {
          stop(error)
          return false
        }
      },
      run() {
        runOnce(config.log.max_batch, dueTickMs())
        return cycle.hasInput()
      },
    })
    const write = async (change: Write): Promise<void> => {
      assertOpen()
      if (pending.length >= maxPendingWrites)
        throw new LogError(
          'BUSY',
          `expected at most ${maxPendingWrites} writes that wait for a commit`,
        )
      pending.push(prepareWrite(log, topics, change, clock.nowMs()))
      const done = promised.promise
      if (scheduler.isRunning()) scheduler.wake(change.urgent === true)
      else runOnce(0, null)
      return done
    }

    const health = createHealth({
      clockMs: config.clock_ms,
      nowMs: clock.nowMs,
      committedAtMs: () => committedAtMs,
      stopped: () => failure?.message ?? (isClosed ? 'the runtime is closed' : null),
    })
    logger.info({ log: log.path, topology: topology.name }, 'the log is open')
    return {
      nowMs: clock.nowMs,
      health: () => health,
      stopped: stopped.promise,
      publish: (topic, value, atMs) =>
        write({ records: [atMs === undefined ? { topic, value } : { topic, value, atMs }] }),
      write,
      async poll(group, topic, limit) {
        assertOpen()
        return pollReader(log, group, topic, limit)
      },
      async notes(owner) {
        assertOpen()
        return log.keepsakes.notes(owner)
      },
      onCommit(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      async settle() {
        assertOpen()
        settleAll()
      },
      async tick(atMs) {
        assertOpen()
        if (atMs > lastTickAtMs) runOnce(config.log.max_batch, atMs)
        settleAll()
      },
      async read(topic, range) {
        assertOpen()
        return log.read.range(topic, log.heads.of(topic.name).length, range ?? {})
      },
      async table(topic) {
        assertOpen()
        const rows = log.read.latest(topic.name)
        return new Map(
          rows.flatMap(({ partition, offset, at_ms: atMs, key, value }) => {
            const record = decodeRow(log.codec, topic, [partition, offset, 0, atMs, key, value])
            return record.fault === null ? [[key, record.value] as const] : []
          }),
        )
      },
      async lag() {
        assertOpen()
        return lags(observe, clock.nowMs())
      },
      start() {
        assertOpen()
        scheduler.start()
      },
      async close() {
        if (failure !== null || isClosed) return
        scheduler.stop()
        if (pending.length > 0) runOnce(0, null)
        isClosed = true
        log.close()
        stopped.resolve()
        logger.info({ log: log.path }, 'the log is closed')
      },
      abandon() {
        scheduler.stop()
        isClosed = true
        log.close()
        stopped.resolve()
      },
    }
  }
}

/** Everything that may lie in the log: the topology's topics and what the runtime itself writes. */
function topicsOf(topology: Topology): ReadonlyMap<string, Topic> {
  const all: Topic[] = [...topology.topics, deadLetter, topicObserved, topologyHeartbeat]
  return new Map(all.filter((topic) => topic.kind !== 'clock').map((topic) => [topic.name, topic]))
}
