// Given / when / then for one processor:
//   given(gates, { config }).records([safeModeState, on]).when([tradeIntent, entry]).then([executionResult, { reason: 'SAFE_MODE_ACTIVE' }])
// `then` lists everything that comes out, in order, and fails when anything else does.
import { expect } from 'vitest'
import { configSchema } from '../../schemas/config.ts'
import type { Config } from '../../schemas/config.ts'
import { createCodec } from '../../schemas/codec.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { Processor, Table } from '../../topologies/kernel/processor.ts'
import { createTask } from '../../topologies/kernel/task.ts'
import type { LogRecord, ValueOf } from '../../topologies/kernel/topic.ts'

export type Pair<T extends Topic = Topic> = T extends Topic
  ? readonly [T, ValueOf<T> | null, string?]
  : never
type Partial_<T extends Topic> = T extends Topic ? readonly [T, Partial<ValueOf<T>> | null] : never

/** One clock tick. */
export const tick = (atMs: number): { readonly tickMs: number } => ({ tickMs: atMs })

const codec = createCodec()

/** The default configuration with some sections changed, checked like a real one. */
export function testConfig(changes: object = {}): Config {
  return configSchema.parse(changes)
}

export interface Given {
  /** Records that came before; their outputs do not count. Time moves with `at`. */
  records(...before: (Pair | { readonly tickMs: number })[]): Given
  /** Entries of a table. */
  table<T extends Topic>(topic: T, ...values: ValueOf<T>[]): Given
  /** Sets the time of the records that follow. */
  at(nowMs: number): Given
  when(...steps: (Pair | { readonly tickMs: number })[]): Given
  /** Exactly these records come out, in this order; each matches the given fields. */
  then(...expected: Partial_<Topic>[]): Given
  thenNothing(): Given
  /** What came out of the last `when`, for assertions of another kind. */
  outputs<T extends Topic>(topic: T): ValueOf<T>[]
  /** Live state keys. */
  liveKeys(): number
  /** A new task restored from the state written so far: what a restart does. */
  restarted(): Given
}

export function given(
  processor: Processor,
  options: { config?: Config; startMs?: number } = {},
): Given {
  const config = options.config ?? testConfig()
  const changelogs = [processor.state?.topic ?? null, processor.ledger].filter((t) => t !== null)
  const tables = new Map<string, Map<string, unknown>>()
  for (const t of processor.tables) tables.set(t.name, new Map())
  const kept = new Map<string, { topic: string; key: string; value: unknown }>()
  const offsets = new Map<string, number>()
  let nowMs = options.startMs ?? 1_700_000_000_000
  let out: LogRecord[] = []

  const create = () =>
    createTask({
      sub: {
        name: processor.reads.find((t) => t.kind !== 'clock')!.domain,
        processors: [processor],
        inputs: processor.reads,
        handedOn: new Set(),
        tables: processor.tables,
        changelogs,
      },
      partition: 0,
      partitions: { market: 1, account: 1 },
      logId: 'test',
      config,
      table: (topic) => tables.get(topic.name) as unknown as Table<unknown>,
      strict: true,
    })
  let task = create()

  const run = (step: Pair | { readonly tickMs: number }): void => {
    if ('tickMs' in step) {
      nowMs = Math.max(nowMs, step.tickMs)
      task.tick(step.tickMs)
    } else {
      const [topic, value, key] = step as readonly [Topic, unknown, string?]
      if (value !== null) codec.encodeShared(topic.name, value)
      const offset = offsets.get(topic.name) ?? 0
      offsets.set(topic.name, offset + 1)
      task.process({
        topic: topic.name,
        key: key ?? topic.keyOf(value as never),
        value: structuredClone(value),
        at_ms: nowMs,
        partition: 0,
        offset,
      })
    }
    for (const record of task.takeOutputs()) {
      if (record.value !== null) codec.encodeShared(record.topic, record.value)
      out.push(structuredClone(record))
    }
    for (const { topic, key, value } of task.takeChanges()) {
      if (value !== null) codec.encodeShared(topic.name, value)
      if (value === null) kept.delete(`${topic.name} ${key}`)
      else kept.set(`${topic.name} ${key}`, structuredClone({ topic: topic.name, key, value }))
    }
  }

  const self: Given = {
    records(...before) {
      for (const step of before) run(step)
      out = []
      return self
    },
    table(topic, ...values) {
      const table = tables.get(topic.name)
      if (table === undefined)
        throw new Error(`${processor.name} does not declare the table ${topic.name}`)
      for (const value of values) table.set(topic.keyOf(value), value)
      return self
    },
    at(atMs) {
      nowMs = atMs
      return self
    },
    when(...steps) {
      out = []
      for (const step of steps) run(step)
      return self
    },
    then(...expected) {
      expect(out.map((r) => r.topic)).toEqual(expected.map(([topic]) => topic.name))
      expected.forEach(([, partial], i) => {
        if (partial === null) expect(out[i]!.value).toBeNull()
        else expect(out[i]!.value).toMatchObject(partial)
      })
      return self
    },
    thenNothing: () => self.then(),
    outputs: (topic) =>
      out.filter((r) => r.topic === topic.name).map((r) => r.value as ValueOf<typeof topic>),
    liveKeys: () => task.heartbeats()[0]!.live_keys,
    restarted() {
      task = create()
      for (const { topic, key, value } of kept.values())
        task.restore(topic, key, structuredClone(value))
      return self
    },
  }
  return self
}
