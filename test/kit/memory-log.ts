// A log in memory for connectors under test: what a write promises is there afterwards, whatever happens to the connector.
import type { ConnectorLog, StoredRecord, Write } from '../../connectors/runtime.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { LogRecord, ValueOf } from '../../topologies/kernel/topic.ts'

export interface MemoryLog extends ConnectorLog {
  /** Appends as a processor would. */
  append<T extends Topic>(topic: T, ...values: ValueOf<T>[]): void
  /** Appends a record that can't be decoded. */
  appendPoison(topic: Topic, key: string): void
  values<T extends Topic>(topic: T): ValueOf<T>[]
  setTime(atMs: number): void
  /** Fails every write from now on, as a log does whose process dies. */
  die(): void
  /** A dead log comes back with everything that was written. */
  revive(): void
}

export function createMemoryLog(startMs: number): MemoryLog {
  const records: StoredRecord[] = []
  const positions = new Map<string, number>()
  const notes = new Map<string, string>()
  const listeners = new Set<(records: readonly LogRecord[]) => void>()
  let nowMs = startMs
  let isDead = false

  const of = (topic: Topic): StoredRecord[] => records.filter((r) => r.topic === topic.name)
  const append = (topic: Topic, key: string, value: unknown, isPoison = false): StoredRecord => {
    const fault = { cause: 'UNDECODABLE' as const, detail: 'poison', bytes: Uint8Array.of(7) }
    const record: StoredRecord = {
      ...{ topic: topic.name, key, value: structuredClone(value), at_ms: nowMs },
      ...{ partition: 0, offset: of(topic).length, fault: isPoison ? fault : null },
    }
    records.push(record)
    return record
  }
  const commit = (appended: StoredRecord[]): void => {
    for (const listener of listeners) listener(appended)
  }

  return {
    nowMs: () => nowMs,
    publish: async (topic, value) => {
      commit([append(topic, topic.keyOf(value), value)])
    },
    async write(write: Write) {
      if (isDead) throw new Error('the log is dead')
      for (const { topic, nextOffset } of write.consumed?.positions ?? [])
        positions.set(`${write.consumed!.group} ${topic.name}`, nextOffset)
      for (const [name, value] of write.notes?.entries ?? [])
        if (value === null) notes.delete(`${write.notes!.owner} ${name}`)
        else notes.set(`${write.notes!.owner} ${name}`, value)
      commit(
        (write.records ?? []).map(({ topic, value, key }) =>
          append(topic, key ?? topic.keyOf(value as never), value),
        ),
      )
    },
    poll: async (group, topic, limit) => {
      const from = positions.get(`${group} ${topic.name}`) ?? 0
      return of(topic).slice(from, from + limit)
    },
    notes: async (owner) =>
      new Map(
        [...notes]
          .filter(([name]) => name.startsWith(`${owner} `))
          .map(([name, value]) => [name.slice(owner.length + 1), value]),
      ),
    onCommit(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    append(topic, ...values) {
      commit(values.map((value) => append(topic, topic.keyOf(value as never), value)))
    },
    appendPoison(topic, key) {
      commit([append(topic, key, null, true)])
    },
    values: (topic) => of(topic).map((record) => record.value as ValueOf<typeof topic>),
    setTime(atMs) {
      nowMs = atMs
    },
    die() {
      isDead = true
      listeners.clear()
    },
    revive() {
      isDead = false
    },
  }
}
