// What another process may do with a running log: append one record to a topic of the operator, in a transaction so
// short that the owner never waits for it. The owner notices and processes it.
import type { DatabaseSync } from 'node:sqlite'
import type { Topic } from '../../schemas/topic.ts'
import { partitionOf } from '../../topologies/kernel/topic.ts'
import type { LogRecord, ValueOf } from '../../topologies/kernel/topic.ts'
import { createAppend } from './append.ts'
import { openExisting } from './file.ts'
import { loadHeads } from './heads.ts'
import { LogError, naming } from './log-error.ts'
import { createLogCodec, registerSchemas } from './schema-texts.ts'

/** Appends a record to an existing log, running or not; it is durable on return. Returns its offset. */
export function appendAsOperator<T extends Topic>(
  path: string,
  topic: T,
  value: ValueOf<T>,
  atMs: number,
): number {
  if (topic.source !== 'operator')
    throw new LogError('CONFIGURATION', `${topic.name}: an operator may not write it`)
  const db = openExisting(path, 'write')
  return naming(path, () => {
    try {
      const codec = createLogCodec(db)
      const bytes = codec.encode(topic.name, value)
      db.exec('BEGIN IMMEDIATE')
      registerSchemas(db, codec, [topic])
      const offset = appendBytes(db, path, topic, topic.keyOf(value), bytes, atMs)
      db.exec('COMMIT')
      return offset
    } finally {
      // An open transaction is undone.
      db.close()
    }
  })
}

/** Appends bytes as they are, inside an open transaction, and returns the offset. */
export function appendBytes(
  db: DatabaseSync,
  path: string,
  topic: Topic,
  key: string,
  bytes: Uint8Array | null,
  atMs: number,
): number {
  const heads = loadHeads(db, path)
  const partition = partitionOf(topic.domain, key, heads.of(topic.name).length)
  const record: LogRecord = {
    topic: topic.name,
    key,
    value: null,
    at_ms: atMs,
    partition,
    offset: -1,
  }
  createAppend(db, heads).record(topic, record, bytes)
  heads.flush()
  return record.offset
}
