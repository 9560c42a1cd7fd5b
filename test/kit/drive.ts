// Drives a topology, or any part of the page, in virtual time: pipe in records, advance the clock, read what came out.
import { expect } from 'vitest'
import { createEngine } from '../../connectors/backtest/engine.ts'
import type { Engine } from '../../connectors/backtest/engine.ts'
import { createCodec } from '../../schemas/codec.ts'
import type { Config } from '../../schemas/config.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import type { LogRecord, Partitions, ValueOf } from '../../topologies/kernel/topic.ts'
import { testConfig } from './given.ts'

export interface Driver {
  readonly engine: Engine
  /** Appends a record at the present time and processes all that follows. */
  pipe<T extends Topic>(topic: T, ...values: ValueOf<T>[]): Driver
  /** Moves the clock, injecting the ticks on the way. */
  advance(ms: number): Driver
  advanceTo(atMs: number): Driver
  nowMs(): number
  /** Unread values of a topic; reading takes them. */
  read<T extends Topic>(topic: T): ValueOf<T>[]
  /** Fails when records were emitted that nobody read, but for the given topics. */
  nothingElse(...except: Topic[]): void
}

const codec = createCodec()

/** A strict engine: outputs must fit their schemas, are frozen, and `unchanged` is checked. */
export function drive(
  topology: Topology,
  options: { config?: Config; startMs?: number; partitions?: Partitions } = {},
): Driver {
  let nowMs = options.startMs ?? 1_700_000_000_000
  let piping = false
  const unread: LogRecord[] = []
  const engine = createEngine({
    topology,
    config: options.config ?? testConfig(),
    startMs: nowMs,
    strict: true,
    ...(options.partitions ? { partitions: options.partitions } : {}),
    onRecord(record) {
      if (record.value !== null) codec.encodeShared(record.topic, record.value)
      if (!piping) unread.push(structuredClone(record))
      piping = false
    },
    onChanges(changes) {
      for (const { topic, value } of changes)
        if (value !== null) codec.encodeShared(topic.name, value)
    },
  })
  const self: Driver = {
    engine,
    pipe(topic, ...values) {
      for (const value of values) {
        piping = true
        engine.publish(topic, value, nowMs)
      }
      return self
    },
    advance: (ms) => self.advanceTo(nowMs + ms),
    advanceTo(atMs) {
      nowMs = atMs
      engine.advanceTo(atMs)
      return self
    },
    nowMs: () => nowMs,
    read(topic) {
      const values: ValueOf<typeof topic>[] = []
      for (let i = 0; i < unread.length;)
        if (unread[i]!.topic === topic.name)
          values.push(unread.splice(i, 1)[0]!.value as ValueOf<typeof topic>)
        else i++
      return values
    },
    nothingElse(...except) {
      const names = new Set<string>(except.map((t) => t.name))
      expect(unread.filter((r) => !names.has(r.topic))).toEqual([])
    },
  }
  return self
}
