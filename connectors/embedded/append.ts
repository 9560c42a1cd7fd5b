// The only way into the log: a record gets the next offset of its partition and its place in the order of arrival.
// A compacted topic's last value goes to `latest` as well; a changelog's goes only there.
import type { DatabaseSync } from 'node:sqlite'
import type { Topic } from '../../schemas/topic.ts'
import { invariant } from '../../topologies/kernel/invariant.ts'
import { partitionOf } from '../../topologies/kernel/topic.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import type { Head, Heads } from './heads.ts'

export interface Append {
  /** Appends inside the open transaction, sets partition and offset of the record, and returns the partition's head. */
  record(topic: Topic, record: LogRecord, bytes: Uint8Array | null): Head
  /** Last value of one changelog key; null ends the key. */
  state(topic: string, partition: number, key: string, bytes: Uint8Array | null, atMs: number): void
}

export function createAppend(db: DatabaseSync, heads: Heads): Append {
  const insert = db.prepare('INSERT INTO records VALUES(?, ?, ?, ?, ?, ?, ?)')
  const upsert = db.prepare(
    `INSERT INTO latest VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
     SET offset = excluded.offset, at_ms = excluded.at_ms, value = excluded.value`,
  )
  // One key of one partition of one topic: no statement deletes more of the state than that.
  const end = db.prepare('DELETE FROM latest WHERE topic = ? AND partition = ? AND key = ?')

  const setLatest = (
    topic: string,
    partition: number,
    key: string,
    offset: number,
    atMs: number,
    bytes: Uint8Array | null,
  ): void => {
    if (bytes === null) end.run(topic, partition, key)
    else upsert.run(topic, partition, key, offset, atMs, bytes)
  }

  return {
    record(topic, record, bytes) {
      invariant(
        bytes !== null || topic.kind === 'compacted',
        `${topic.name}: only a compacted topic has tombstones, key ${record.key}`,
      )
      const partitions = heads.of(topic.name)
      const partition = partitionOf(topic.domain, record.key, partitions.length)
      const head = partitions[partition]
      invariant(head !== undefined, `${topic.name}: expected partition ${partition}, was none`)
      const offset = head.nextOffset++
      head.lastSequence = heads.takeSequence()
      head.lastAtMs = record.at_ms
      head.dirty = true
      record.partition = partition
      record.offset = offset
      insert.run(topic.name, partition, offset, head.lastSequence, record.at_ms, record.key, bytes)
      if (topic.kind === 'compacted')
        setLatest(topic.name, partition, record.key, offset, record.at_ms, bytes)
      return head
    },
    state(topic, partition, key, bytes, atMs) {
      setLatest(topic, partition, key, 0, atMs, bytes)
    },
  }
}
