// The embedded log: records, last values, positions and notes in one SQLite file that one process owns.
// It stores bytes and knows no processor; the runtime decides what goes into a transaction.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Codec } from '../../schemas/codec.ts'
import type { Append } from './append.ts'
import { createAppend } from './append.ts'
import type { FileOptions } from './file.ts'
import { metaOf, openFile } from './file.ts'
import type { Heads, MovedHead } from './heads.ts'
import { loadHeads } from './heads.ts'
import type { Keepsakes } from './keepsakes.ts'
import { createKeepsakes } from './keepsakes.ts'
import { LogError } from '../log-error.ts'
import { naming } from './sqlite-error.ts'
import { claimFile } from './owner.ts'
import type { Positions } from './positions.ts'
import { loadPositions } from './positions.ts'
import type { Read } from './read.ts'
import { createRead } from './read.ts'
import type { Retention } from './retention.ts'
import { createRetention } from './retention.ts'
import { createLogCodec, registerSchemas } from './schema-texts.ts'

export interface Log {
  readonly path: string
  /** Made with the log; no two logs have the same. */
  readonly id: string
  readonly codec: Codec
  readonly heads: Heads
  readonly append: Append
  readonly read: Read
  readonly positions: Positions
  readonly keepsakes: Keepsakes
  readonly retention: Retention
  /** Starts a transaction. Returns the partitions that another process appended to since the last one. */
  begin(): MovedHead[]
  /** Makes everything since `begin` durable. */
  commit(): void
  /** Undoes everything since `begin` in the file; what is in memory must be thrown away. Never throws. */
  rollback(): void
  /** Whether another process wrote since the last transaction. */
  changedOutside(): boolean
  /** Lets go of the file. An open transaction is undone, as by a killed process. */
  close(): void
}

/** Claims and opens a log, or makes it. Throws a LogError that names the file. */
export function openLog(options: FileOptions): Log {
  const { path, topics } = options
  return naming(path, () => {
    mkdirSync(dirname(path), { recursive: true })
    const claim = claimFile(path)
    let db
    try {
      db = openFile(options)
      return createLog(db, claim.release, path, topics)
    } catch (error) {
      db?.close()
      claim.release()
      throw error
    }
  })
}

function createLog(
  db: DatabaseSync,
  release: () => void,
  path: string,
  topics: FileOptions['topics'],
): Log {
  const id = metaOf(db).get('log_id')
  if (id === undefined) throw new LogError('CORRUPT', `${path}: expected a log_id, was none`)
  const codec = createLogCodec(db)
  db.exec('BEGIN IMMEDIATE')
  registerSchemas(db, codec, topics)
  db.exec('COMMIT')
  const heads = loadHeads(db, path)
  const positions = loadPositions(db, heads)
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const version = db.prepare('PRAGMA data_version')
  version.setReturnArrays(true)
  const versionNow = (): number => (version.get() as unknown as [number])[0]
  let seenVersion = versionNow()

  return {
    path,
    id,
    codec,
    heads,
    append: createAppend(db, heads),
    read: createRead(db, codec),
    positions,
    keepsakes: createKeepsakes(db),
    retention: createRetention(db, heads, topics),
    begin() {
      begin.run()
      const present = versionNow()
      if (present === seenVersion) return []
      seenVersion = present
      return heads.reload()
    },
    commit() {
      heads.flush()
      positions.flush()
      commit.run()
    },
    rollback() {
      // A full disk may have ended the transaction already.
      if (db.isOpen && db.isTransaction) db.exec('ROLLBACK')
    },
    changedOutside: () => versionNow() !== seenVersion,
    close() {
      if (!db.isOpen) return
      db.close()
      release()
    },
  }
}
