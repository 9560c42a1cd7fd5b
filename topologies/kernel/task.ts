// One sub-topology on one partition: takes records in order, hands on in a FIFO queue, collects outputs and state changes.
// Pure: a runtime feeds it, stores what it gives, and discards it whole when a transaction fails.
import type { Config } from '../../schemas/config.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { TopologyHeartbeat } from '../../schemas/types.gen.ts'
import { deepFreeze } from './deep-freeze.ts'
import { hashId } from './id.ts'
import { InvariantError, invariant } from './invariant.ts'
import type { Processor, Table } from './processor.ts'
import { unchanged } from './processor.ts'
import { createLedger, createStore } from './store.ts'
import type { LedgerStore, StateChange, StateEntries, Store } from './store.ts'
import type { SubTopology } from './topology.ts'
import { partitionCount, partitionOf } from './topic.ts'
import type { LogRecord, Partitions } from './topic.ts'

/** Most hops that one input, or one key that a clock tick visits, may cause; more is a loop between processors. */
const maxHops = 10_000

/** Most entries of one ledger that a clock tick ends; more end with the next ones. */
const maxForgotten = 1_000

export interface TaskOptions {
  readonly sub: SubTopology
  readonly partition: number
  readonly partitions: Partitions
  readonly config: Config
  readonly table: (topic: Topic) => Table<unknown>
  /**
   * Names the log that the task works on, and is part of every id: offsets start anew in a new log, and the world outside
   * still knows the ids of the one before.
   */
  readonly logId: string
  /**
   * Tests only: freezes every emitted value, so that nobody changes it afterwards, and fails when a decision says
   * `unchanged` and yet changed its state.
   */
  readonly strict?: boolean
}

export interface Task {
  readonly sub: SubTopology
  readonly partition: number
  /** Decides on one input record and on all that is handed on from it. */
  process(record: LogRecord): void
  /** Injects a clock tick; times that do not rise are ignored. */
  tick(atMs: number): void
  /** Records emitted since the last call, in order. */
  takeOutputs(): LogRecord[]
  /** State changes since the last call. */
  takeChanges(): StateChange[]
  /** Puts back one entry of a changelog; only before the first record. */
  restore(topic: string, key: string, value: unknown): void
  /** The task's time and its last clock tick (null before the first): what a runtime keeps with the state. */
  time(): { readonly nowMs: number; readonly lastTickAtMs: number | null }
  /** Puts the time back, so that it does not go back over a restart; only before the first record. */
  resume(time: { readonly nowMs: number; readonly lastTickAtMs: number | null }): void
  /** Progress of every processor, for topology.heartbeat. */
  heartbeats(): TopologyHeartbeat[]
  /** Entries of every state and ledger that has a changelog, for metrics. */
  stateEntries(): StateEntries[]
}

interface Node {
  readonly processor: Processor
  readonly store: Store | null
  readonly ledger: LedgerStore | null
  readonly run: (record: LogRecord, key: string | null) => void
  handled: number
  emitted: number
  lastInputAtMs: number | null
  lastOutputAtMs: number | null
}

export function createTask(options: TaskOptions): Task {
  const { sub, partition, partitions, config, table, logId } = options
  const strict = options.strict ?? false
  const partitionsHere = partitionCount(sub.name, partitions)
  let outputs: LogRecord[] = []
  const queue: LogRecord[] = []
  const readers = new Map<string, Node[]>()
  const clocked: Node[] = []
  let nowMs = 0
  let startedAtMs = 0
  let lastTickAtMs = -Infinity
  let origin: { topic: string; partition: number; offset: number } = {
    topic: '',
    partition,
    offset: -1,
  }
  let hop = 0
  let hopLimit = maxHops

  function createNode(processor: Processor): Node {
    const store =
      processor.state === null ? null : createStore(processor.state.topic, processor.state.initial)
    const ledger = processor.ledger === null ? null : createLedger(processor.ledger)
    const decide = processor.decide as (s: unknown, r: unknown, c: unknown, e: unknown) => unknown
    const keyOf = processor.state?.key as ((record: unknown) => string) | undefined
    const handsOn = new Map(
      processor.writes.map((topic) => [topic, sub.handedOn.has(topic)] as const),
    )
    let forget = false

    const ctx = {
      get nowMs() {
        return nowMs
      },
      partition,
      config,
      id: (n: number) =>
        hashId(
          `${logId}|${processor.name}|${origin.topic}|${String(origin.partition)}|${String(origin.offset)}|${String(hop)}|${String(n)}`,
        ),
      table: (topic: Topic) => {
        if (!processor.tables.includes(topic))
          throw new InvariantError(`${processor.name}: ${topic.name} is not among its tables`)
        return table(topic)
      },
      get ledger() {
        if (ledger === null) throw new InvariantError(`${processor.name}: it declares no ledger`)
        return ledger
      },
      forget: () => {
        forget = true
      },
    }

    const write = (topic: Topic, key: string, value: unknown): void => {
      if (strict) deepFreeze(value)
      const handOn = handsOn.get(topic)
      // Texts of broken invariants are made when they break, not on every record.
      if (handOn === undefined)
        throw new InvariantError(`${processor.name}: ${topic.name} is not among its writes`)
      const record = { topic: topic.name, key, value, at_ms: nowMs, partition: -1, offset: -1 }
      if (handOn) {
        if (partitionsHere > 1 && partitionOf(topic.domain, key, partitionsHere) !== partition)
          throw new InvariantError(
            `${processor.name}: ${topic.name} key ${key} belongs to another partition than ${String(partition)} and can't be handed on`,
          )
        queue.push(record)
      }
      outputs.push(record)
      node.emitted++
      node.lastOutputAtMs = nowMs
    }
    const emit = (topic: Topic, value: unknown): void => {
      write(topic, topic.keyOf(value as never), value)
    }
    emit.tombstone = (topic: Topic, key: string): void => {
      invariant(
        topic.kind === 'compacted',
        `${processor.name}: only a compacted topic has tombstones, was ${topic.name}`,
      )
      write(topic, key, null)
    }

    const run = (record: LogRecord, clockKey: string | null): void => {
      hop++
      if (hop > hopLimit)
        throw new InvariantError(
          `${processor.name}: more than ${String(maxHops)} hops from ${origin.topic} offset ${String(origin.offset)}`,
        )
      node.handled++
      if (clockKey === null) node.lastInputAtMs = nowMs
      if (store === null) {
        decide(undefined, record, ctx, emit)
        return
      }
      const key = clockKey ?? keyOf!(record)
      const state = store.get(key)
      const before = strict ? JSON.stringify(state) : ''
      if (decide(state, record, ctx, emit) !== unchanged) store.touch(key)
      else if (strict)
        invariant(
          JSON.stringify(state) === before,
          `${processor.name}: it said unchanged on ${record.topic} and changed the state of ${key}`,
        )
      if (forget) {
        store.forget(key)
        forget = false
      }
    }
    const node: Node = {
      processor,
      store,
      ledger,
      run,
      handled: 0,
      emitted: 0,
      lastInputAtMs: null,
      lastOutputAtMs: null,
    }
    return node
  }

  const nodes = sub.processors.map(createNode)
  for (const node of nodes) {
    for (const topic of node.processor.reads) {
      if (topic.kind === 'clock') clocked.push(node)
      else readers.set(topic.name, [...(readers.get(topic.name) ?? []), node])
    }
    for (const key of node.processor.state?.always(config) ?? [])
      if (partitionOf(sub.name, key, partitionsHere) === partition) node.store!.get(key)
  }

  const drain = (): void => {
    for (let head = 0; head < queue.length; head++) dispatch(queue[head]!)
    queue.length = 0
  }
  const dispatch = (record: LogRecord): void => {
    const nodesOfTopic = readers.get(record.topic)
    if (nodesOfTopic === undefined)
      throw new InvariantError(`${sub.name}: nobody reads ${record.topic}`)
    for (let i = 0; i < nodesOfTopic.length; i++) nodesOfTopic[i]!.run(record, null)
  }

  return {
    sub,
    partition,
    process(record) {
      if (record.at_ms > nowMs) nowMs = record.at_ms
      origin = record
      hop = 0
      hopLimit = maxHops
      dispatch(record)
      if (queue.length > 0) drain()
    },
    tick(atMs) {
      if (atMs <= lastTickAtMs) return
      lastTickAtMs = atMs
      if (atMs > nowMs) nowMs = atMs
      if (startedAtMs === 0) startedAtMs = nowMs
      origin = { topic: 'clock.tick', partition, offset: atMs }
      hop = 0
      const value = { at_ms: atMs }
      for (const node of clocked) {
        // Many keys are no loop: each visit brings its own allowance.
        hopLimit = hop + maxHops * Math.max(1, node.store?.keys().length ?? 1)
        if (node.store === null)
          node.run(
            { topic: 'clock.tick', key: '', value, at_ms: atMs, partition, offset: atMs },
            '',
          )
        else
          for (const key of node.store.keys())
            node.run({ topic: 'clock.tick', key, value, at_ms: atMs, partition, offset: atMs }, key)
        drain()
      }
      for (const { ledger, processor } of nodes)
        if (processor.ledgerKeepMs !== Infinity)
          ledger?.forgetBefore(nowMs - processor.ledgerKeepMs, maxForgotten)
    },
    takeOutputs() {
      const taken = outputs
      if (taken.length > 0) outputs = []
      return taken
    },
    takeChanges: () =>
      nodes.flatMap((node) => [
        ...(node.store?.takeChanges() ?? []),
        ...(node.ledger?.takeChanges() ?? []),
      ]),
    restore(topic, key, value) {
      for (const node of nodes) {
        if (node.processor.state?.topic?.name === topic) node.store!.restore(key, value)
        if (node.processor.ledger?.name === topic) node.ledger!.restore(key, value)
      }
    },
    time: () => ({ nowMs, lastTickAtMs: lastTickAtMs === -Infinity ? null : lastTickAtMs }),
    resume(time) {
      nowMs = time.nowMs
      lastTickAtMs = time.lastTickAtMs ?? -Infinity
    },
    stateEntries: () =>
      nodes.flatMap(({ store, ledger }) =>
        [store, ledger].flatMap((kept) => kept?.stateEntries() ?? []),
      ),
    heartbeats: () =>
      nodes.map((node) => ({
        processor: node.processor.name,
        sub_topology: sub.name,
        partition,
        handled: node.handled,
        emitted: node.emitted,
        live_keys: liveKeysOf(node),
        last_input_at_ms: node.lastInputAtMs,
        last_output_at_ms: node.lastOutputAtMs,
        started_at_ms: startedAtMs,
        at_ms: nowMs,
      })),
  }
}

function liveKeysOf({ processor, store }: Node): number {
  const live = processor.state?.live as ((state: unknown) => boolean) | undefined
  if (store === null || live === undefined) return 0
  return store.keys().reduce((count, key) => count + (live(store.get(key)) ? 1 : 0), 0)
}
