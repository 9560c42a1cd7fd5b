// The engine of the backtest keeps the part of the runtime contract that has nothing to do with storage.
import { createEngine } from '../../connectors/backtest/engine.ts'
import type { Engine } from '../../connectors/backtest/engine.ts'
import type { Position, StoredRecord, Write } from '../../connectors/runtime.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import { testConfig } from '../kit/given.ts'
import type { Home, OpenOptions, TestRuntime } from './subject.ts'
import { runtimeContract } from './contract.ts'
import { sample, startMs } from './sample.ts'

runtimeContract('backtest', {
  promises: {
    durable: 'everything is in memory',
    bytes: 'records stay objects',
    exclusive: 'there is no log to share',
    readers: 'there is no log to share',
    retention: 'a run keeps what its caller keeps',
    partitions: true,
    deferred: 'each record is processed before the call returns',
    guarded: 'its one caller decides what is published',
    observed: 'it writes them only where the topology reads them',
  },
  createHome: (): Home => ({
    open: async (options) => openEngine(options),
    dispose: async () => {},
  }),
})

/** The engine behind the port: one caller, so positions and notes are plain maps. */
function openEngine(options: OpenOptions = {}): TestRuntime {
  const records: StoredRecord[] = []
  const positions = new Map<string, Position>()
  const notes = new Map<string, Map<string, string>>()
  const listeners = new Set<(records: readonly LogRecord[]) => void>()
  let nowMs = startMs
  const engine: Engine = createEngine({
    topology: sample,
    config: testConfig(),
    startMs,
    strict: true,
    ...(options.partitions === undefined ? {} : { partitions: options.partitions }),
    onRecord: (record) => records.push({ ...record, fault: null }),
  })
  const of = (topic: Topic): StoredRecord[] => records.filter((r) => r.topic === topic.name)
  const change = (work: () => void): void => {
    const before = records.length
    work()
    for (const listener of listeners) listener(records.slice(before))
  }
  const append = (topic: Topic, value: unknown, key: string | undefined, atMs: number): void => {
    nowMs = Math.max(nowMs, atMs)
    if (value === null) engine.tombstone(topic, key ?? '', atMs)
    else engine.publish(topic, value as never, atMs)
  }
  const write = async (w: Write): Promise<void> => {
    change(() => {
      for (const { topic, value, key, atMs } of w.records ?? [])
        append(topic, value, key, atMs ?? nowMs)
    })
    for (const position of w.consumed?.positions ?? [])
      positions.set(`${w.consumed?.group} ${position.topic.name} ${position.partition}`, position)
    if (w.notes === undefined) return
    const own = notes.get(w.notes.owner) ?? new Map<string, string>()
    notes.set(w.notes.owner, own)
    for (const [name, value] of w.notes.entries)
      if (value === null) own.delete(name)
      else own.set(name, value)
  }

  return {
    nowMs: () => nowMs,
    publish: (topic, value, atMs) =>
      write({ records: [atMs === undefined ? { topic, value } : { topic, value, atMs }] }),
    write,
    poll: async (group, topic, limit) =>
      of(topic)
        .filter((record) => {
          const position = positions.get(`${group} ${topic.name} ${record.partition}`)
          return record.offset >= (position?.nextOffset ?? 0)
        })
        .slice(0, limit),
    notes: async (owner) => notes.get(owner) ?? new Map<string, string>(),
    onCommit(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    settle: async () => {},
    async tick(atMs) {
      nowMs = Math.max(nowMs, atMs)
      change(() => {
        engine.advanceTo(atMs)
      })
    },
    read: async (topic) => of(topic),
    table: async (topic) => engine.table(topic),
    lag: async () =>
      sample.subTopologies.flatMap((sub) =>
        sub.inputs.map((topic) => ({
          group: `sample.${sub.name}`,
          topic: topic.name,
          partition: 0,
          lag: 0,
          trimmedUnread: 0,
          known: true,
          lagMs: null,
          committedOffset: of(topic).length,
          endOffset: of(topic).length,
        })),
      ),
    close: async () => {},
    crash: async () => {},
  }
}
