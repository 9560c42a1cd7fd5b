// The broker runtime: some or all sub-topologies of a topology in one process, on any broker that speaks the Kafka API. Other
// processes run the same groups beside it. A task that fails stops or starts anew by itself; the runtime ends only when it is
// closed, or when it can't write as connector any more.
import type { Logger } from 'pino'
import type { Config } from '../../schemas/config.ts'
import type { Topic } from '../../schemas/topic.ts'
import { connectorNotes } from '../../schemas/topics.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import { LogError } from '../log-error.ts'
import type { Health } from '../health.ts'
import type { Metrics } from '../metrics.ts'
import { noMetrics } from '../metrics.ts'
import { openRegistryCodec } from '../registry/registry-codec.ts'
import type { SchemaRegistry } from '../registry/port.ts'
import { risingClock } from '../rising-clock.ts'
import type { Runtime } from '../runtime.ts'
import type { KafkaClient } from './client/port.ts'
import { createAlarm } from './alarm.ts'
import { createConnectorMarks } from './connector-marks.ts'
import { readNotes } from './connector-notes.ts'
import type { ConnectorPolls } from './connector-polls.ts'
import { createConnectorPolls } from './connector-polls.ts'
import type { ConnectorWrites } from './connector-writes.ts'
import { openConnectorWrites } from './connector-writes.ts'
import type { Group } from './group.ts'
import type { GroupReader } from './group-lag.ts'
import { openGroup } from './group.ts'
import { healthOf } from './health.ts'
import type { LearningCodec } from './learning-codec.ts'
import { claimEnvironment } from './log-environment.ts'
import { readLogId } from './log-id.ts'
import { namesOf } from './names.ts'
import { createObserver } from './observe.ts'
import { createKafkaReader } from './reader.ts'
import { openSender } from './sender.ts'
import { quiet } from './settle.ts'
import type { Tables } from './tables.ts'
import { openTables } from './tables.ts'
import { createWritten } from './written.ts'
import type { Step, TaskContext } from './task-context.ts'
import { assertTopics } from './topic-apply.ts'
import { storedTopics } from './topic-settings.ts'

export interface KafkaRuntimeOptions {
  readonly topology: Topology
  readonly config: Config
  /** A connected client; it stays its owner's. */
  readonly client: KafkaClient
  readonly registry: SchemaRegistry
  /** The wall clock in ms. */
  readonly wallMs: () => number
  readonly logger: Logger
  /** Names of the sub-topologies to run; none for connectors alone. */
  readonly run: readonly string[]
  /** Whether this process writes as connector: it takes over from the one that did. */
  readonly connectors: boolean
  /** Connectors of any process whose lag is to be known. */
  readonly readers?: readonly GroupReader[]
  readonly metrics?: Metrics
  /** Measurements only: another codec than the registry's. */
  readonly codec?: LearningCodec
  /** Tests only: called at each step of a transaction; what it throws is what a crash there does. */
  readonly atStep?: (step: Step) => void | Promise<void>
  /** Tests only: the id of the log, for comparisons of logs. */
  readonly logId?: string
}

export interface KafkaRuntime extends Runtime {
  /** Works by itself from now on. Before `start`, `settle` and `tick` process. */
  start(): void
  /** Ends when the runtime is closed, and fails with the error that stopped it. */
  readonly stopped: Promise<void>
  health(): Health
  /** Lets go at once, as a killed process does. */
  abandon(): void
}

/** Rejects with an error that names what is wrong: topics, schemas, log id, group, or why no task of a group can run. */
export async function openKafkaRuntime(options: KafkaRuntimeOptions): Promise<KafkaRuntime> {
  const { topology, config, client, registry, logger, metrics = noMetrics } = options
  const { topic_prefix: prefix } = config.kafka
  const subs = options.run.map((name) => {
    const found = topology.subTopologies.find((sub) => sub.name === name)
    if (found !== undefined) return found
    const known = topology.subTopologies.map((sub) => sub.name).join(', ')
    throw new LogError('CONFIGURATION', `run: expected sub-topologies (${known}), was ${name}`)
  })
  for (const difference of await assertTopics(client, topology, config))
    logger.info({ difference }, 'a topic differs harmlessly')
  const stored = storedTopics(topology)
  const topics = new Map<string, Topic>(stored.map((topic) => [topic.name, topic]))
  const autoRegister = config.registry.auto_register
  const codec =
    options.codec ?? (await openRegistryCodec({ registry, topics: stored, prefix, autoRegister }))
  const logId = options.logId ?? (await readLogId(client, codec, prefix))
  if (logId === null)
    throw new LogError('CONFIGURATION', 'the log has no id yet; run `quantum topics apply`')

  const names = namesOf(prefix, topology.name)
  const notesTopic = names.topic(connectorNotes)
  await claimEnvironment(client, codec, notesTopic, config.environment, options.wallMs())
  const partitions = {
    market: config.kafka.market_partitions,
    account: config.kafka.account_partitions,
  }
  const clock = risingClock(options.wallMs)
  const stopped = Promise.withResolvers<void>()
  stopped.promise.catch(() => undefined)
  const listeners = new Set<(records: readonly LogRecord[]) => void>()
  const groups: Group[] = []
  const sender = openSender(client, codec, names)
  const written = createWritten(client.admin)
  const moved = createAlarm()
  let failure: LogError | null = null
  let isClosed = false
  let writes: ConnectorWrites | null = null
  let polls: ConnectorPolls | null = null

  const marks = createConnectorMarks(
    () => polls,
    () => writes,
  )

  /** Nothing goes on by itself any more; what is under way is not waited for. */
  const letGo = (): void => {
    marks.stop()
    void Promise.all([observer.close(), tables.close(), writes?.close(), polls?.close()])
    for (const group of groups) group.abandon()
  }
  const stop = (error: unknown): void => {
    if (failure !== null) return
    const text = error instanceof Error ? error.message : String(error)
    failure = new LogError('STOPPED', `the runtime stopped: ${text}`, error)
    logger.fatal({ err: error }, 'the runtime stopped')
    letGo()
    stopped.reject(error)
  }
  const assertOpen = (): void => {
    if (failure !== null) throw failure
    if (isClosed) throw new LogError('STOPPED', 'the runtime is closed')
  }
  const tell = (records: readonly LogRecord[]): void => {
    if (records.length > 0) for (const listener of listeners) listener(records)
  }
  const tables: Tables = await openTables({
    ...{ client, codec, names, partitions, logger, metrics, onMoved: moved.ring },
    topics: [...new Set(subs.flatMap((sub) => sub.tables))],
    onUndecodable: sender.bury,
    onFault: (topic, error) => groups.forEach((group) => group.onTableFault(topic, error)),
  })
  const context: TaskContext = {
    ...{ topology, topics, config, client, codec, names, partitions, logId, tables, written },
    ...{ logger, metrics, nowMs: clock.nowMs },
    atStep: options.atStep ?? (() => undefined),
    isHeard: () => listeners.size > 0 || (polls?.readers().length ?? 0) > 0,
    onCommitted(records) {
      polls?.appended(records)
      tell(records)
      moved.ring()
    },
  }
  const reader = createKafkaReader({
    ...{ client, codec, topology, prefix, place: config.kafka.brokers.join(',') },
    connectors: options.readers ?? [],
  })
  const observer = createObserver({
    ...{ client, reader, names, metrics, logger, sender, topics: stored },
    everyMs: config.watch.observe_ms,
    // The owner of the first task of all speaks for the log.
    isOurs: () =>
      groups.some(
        ({ sub, tasks }) =>
          sub === topology.subTopologies[0] && tasks().some((task) => task.partition === 0),
      ),
  })

  try {
    if (options.connectors) {
      polls = createConnectorPolls({ context, logger, onArrived: tell, onFault: stop })
      writes = await openConnectorWrites({
        ...{ context, logger },
        onConsumed: (consumed) => polls?.consumed(consumed),
        onFault: stop,
      })
    }
    for (const sub of subs)
      groups.push(
        openGroup({
          ...{ context, sub, logger, onFault: stop },
          onRunning(loop) {
            clock.raise(loop.lastTickAtMs())
            sender.clearStopped(sub.name, loop.partition, clock.nowMs())
          },
          onStopped(loop, error) {
            sender.alertStopped(sub.name, loop.partition, error, clock.nowMs())
          },
        }),
      )
    await Promise.race([stopped.promise, Promise.all(groups.map((group) => group.ready))])
  } catch (error) {
    for (const group of groups) group.abandon()
    await Promise.all([tables.close(), writes?.close(), polls?.close(), sender.close()])
    throw error
  }
  logger.info({ topology: topology.name, run: options.run }, 'the runtime is open')

  const write: Runtime['write'] = async (change) => {
    assertOpen()
    if (writes === null)
      throw new LogError('CONFIGURATION', 'this process was not started to write as connector')
    await writes.write(change)
  }
  const settle = async (): Promise<void> => {
    assertOpen()
    await writes?.flushed()
    await quiet({ client, groups, tables, written, moved })
    await marks.pass()
  }
  const close = async (): Promise<void> => {
    if (failure !== null || isClosed) return
    isClosed = true
    marks.stop()
    await observer.close()
    // What was consumed in the last second leaves no lag behind; a write that fails has stopped the runtime.
    marks.pass().catch(() => undefined)
    await writes?.close()
    await Promise.all(groups.map((group) => group.close()))
    await Promise.all([tables.close(), polls?.close(), sender.close()])
    stopped.resolve()
    logger.info('the runtime is closed')
  }

  return {
    nowMs: clock.nowMs,
    stopped: stopped.promise,
    publish: (topic, value, atMs) =>
      write({ records: [atMs === undefined ? { topic, value } : { topic, value, atMs }] }),
    write,
    async poll(group, topic, limit) {
      assertOpen()
      if (polls === null)
        throw new LogError('CONFIGURATION', 'this process was not started to read as connector')
      return polls.poll(group, topic, limit)
    },
    async notes(owner) {
      assertOpen()
      await writes?.flushed()
      await written.readable()
      return readNotes(client, codec, notesTopic, owner)
    },
    onCommit(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    settle,
    async tick(atMs) {
      await settle()
      clock.raise(atMs)
      for (const { tasks } of groups)
        for (const task of tasks()) {
          await task.step(atMs)
          await settle()
        }
      await observer.observe(atMs)
      await settle()
    },
    async read(topic, range) {
      assertOpen()
      await written.readable()
      return reader.read(topic, range)
    },
    async table(topic) {
      assertOpen()
      await written.readable()
      const entries = await reader.latest(topic)
      return new Map(
        entries.flatMap(({ key, value, fault }) => (fault === null ? [[key, value] as const] : [])),
      )
    },
    async lag() {
      assertOpen()
      await written.readable()
      return [...(await reader.lag(clock.nowMs()))]
    },
    start() {
      assertOpen()
      for (const group of groups) group.go()
      observer.start(clock.nowMs)
      marks.start()
    },
    health: () => healthOf({ groups, registry, failure: () => failure }),
    close,
    abandon() {
      isClosed = true
      letGo()
      stopped.resolve()
    },
  }
}
