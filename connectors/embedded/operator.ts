// What another process may do with a running embedded log: append one record to a topic of the operator, in a transaction
// so short that the owner never waits for it. The owner notices and processes it.
import type { DatabaseSync } from 'node:sqlite'
import type { Topic } from '../../schemas/topic.ts'
import { partitionOf } from '../../topologies/kernel/topic.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import { assertOperatorTopic } from '../log-reader.ts'
import type { OperatorLog } from '../log-reader.ts'
import { createAppend } from './append.ts'
import { openExisting } from './file.ts'
import { loadHeads } from './heads.ts'
import { createLogCodec, registerSchemas } from './schema-texts.ts'
import { naming } from './sqlite-error.ts'

/** Opens an existing log, running or not. Throws a LogError that names the file when there is none. */
export function openOperatorLog(path: string): OperatorLog {
  const db = openExisting(path, 'write')
  const codec = createLogCodec(db)
  return {
    append: async (topic, value, atMs) =>
      naming(path, () => {
        assertOperatorTopic(topic)
        const bytes = codec.encode(topic.name, value)
        db.exec('BEGIN IMMEDIATE')
        try {
          registerSchemas(db, codec, [topic])
          const offset = appendBytes(db, path, topic, topic.keyOf(value), bytes, atMs)
          db.exec('COMMIT')
          return offset
        } catch (error) {
          // A full disk may have ended the transaction already.
          if (db.isTransaction) db.exec('ROLLBACK')
          throw error
        }
      }),
    async close() {
      db.close()
    },
  }
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
