// The log's file: its tables, its settings, and what was decided when it was made. One file is one log.
// Every commit is on disk before anybody hears of it: WAL with synchronous=FULL.
import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import type { Topic } from '../../schemas/topic.ts'
import type { Environment } from '../../schemas/types.gen.ts'
import type { Partitions } from '../../topologies/kernel/topic.ts'
import { partitionCount } from '../../topologies/kernel/topic.ts'
import { LogError } from '../log-error.ts'
import { naming } from './sqlite-error.ts'

/** Raised when older programs can no longer read the file. */
const formatVersion = 2

/** Longest wait for another process's short transaction. */
const busyTimeoutMs = 5_000

/** WAL pages after which a commit copies them into the file: 16 MB, so that it happens every few seconds at most. */
const checkpointPages = 4_000

/**
 * `latest` holds the last value of each key of compacted topics and of changelogs, which have no other history.
 * `sequence` is the order of arrival over all topics. Names of topics are text: as fast as numbers, and people can read them.
 */
const tables = `
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE topics(name TEXT PRIMARY KEY, kind TEXT NOT NULL, domain TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE records(
  topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, sequence INTEGER NOT NULL,
  at_ms INTEGER NOT NULL, key TEXT NOT NULL, value BLOB,
  PRIMARY KEY(topic, partition, offset)) WITHOUT ROWID, STRICT;
CREATE TABLE latest(
  topic TEXT NOT NULL, partition INTEGER NOT NULL, key TEXT NOT NULL, offset INTEGER NOT NULL,
  at_ms INTEGER NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY(topic, partition, key)) WITHOUT ROWID, STRICT;
CREATE TABLE heads(
  topic TEXT NOT NULL, partition INTEGER NOT NULL, first_offset INTEGER NOT NULL, next_offset INTEGER NOT NULL,
  last_sequence INTEGER NOT NULL, last_at_ms INTEGER,
  PRIMARY KEY(topic, partition)) WITHOUT ROWID, STRICT;
CREATE TABLE positions(
  reader TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
  trimmed_unread INTEGER NOT NULL,
  PRIMARY KEY(reader, topic, partition)) WITHOUT ROWID, STRICT;
CREATE TABLE tasks(
  name TEXT NOT NULL, partition INTEGER NOT NULL, now_ms INTEGER NOT NULL, last_tick_at_ms INTEGER,
  PRIMARY KEY(name, partition)) WITHOUT ROWID, STRICT;
CREATE TABLE notes(
  owner TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY(owner, name)) WITHOUT ROWID, STRICT;
CREATE TABLE schemas(
  topic TEXT NOT NULL, id INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY(topic, id)) WITHOUT ROWID, STRICT;
`

export interface FileOptions {
  readonly path: string
  readonly partitions: Partitions
  readonly environment: Environment
  readonly topics: readonly Topic[]
  /** Tests only: the id of a log that is made. */
  readonly logId?: string
  /** Most pages of the file, to try what a full disk does. */
  readonly maxPages?: number
}

/** Opens the log's file, or makes it. Throws a LogError when it was made for another configuration. */
export function openFile(options: FileOptions): DatabaseSync {
  const { path } = options
  return naming(path, () => {
    const db = new DatabaseSync(path, { timeout: busyTimeoutMs })
    try {
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
      db.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`)
      if (options.maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${options.maxPages}`)
      db.exec('BEGIN IMMEDIATE')
      if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get() === undefined)
        makeTables(db, options)
      giveId(db, options)
      checkMeta(db, options)
      declareTopics(db, options)
      db.exec('COMMIT')
      return db
    } catch (error) {
      db.close()
      throw error
    }
  })
}

/** Opens an existing log beside its owner: to read, or to append one record. Throws a LogError when there is none. */
export function openExisting(path: string, access: 'read' | 'write'): DatabaseSync {
  return naming(path, () => {
    const db = new DatabaseSync(path, { readOnly: true, timeout: busyTimeoutMs })
    try {
      if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get() === undefined)
        throw new LogError('CORRUPT', `${path}: it is not a log; check the path`)
      checkFormat(metaOf(db), path)
      if (access === 'read') return db
    } catch (error) {
      db.close()
      throw error
    }
    db.close()
    const writer = new DatabaseSync(path, { timeout: busyTimeoutMs })
    writer.exec('PRAGMA synchronous = FULL')
    return writer
  })
}

/** What was decided when the log was made, by name. */
export function metaOf(db: DatabaseSync): ReadonlyMap<string, string> {
  const rows = db.prepare('SELECT name, value FROM meta').all() as { name: string; value: string }[]
  return new Map(rows.map(({ name, value }) => [name, value]))
}

function decisions({ partitions, environment }: FileOptions): [string, string][] {
  return [
    ['market_partitions', String(partitions.market)],
    ['account_partitions', String(partitions.account)],
    ['environment', environment],
  ]
}

function makeTables(db: DatabaseSync, options: FileOptions): void {
  db.exec(tables)
  const insert = db.prepare('INSERT INTO meta VALUES(?, ?)')
  insert.run('format_version', String(formatVersion))
  for (const [name, value] of decisions(options)) insert.run(name, value)
}

/** A log has an id of its own, whatever became of the one before at its path. Logs of earlier programs get one now. */
function giveId(db: DatabaseSync, { logId = randomUUID() }: FileOptions): void {
  db.prepare("INSERT INTO meta VALUES('log_id', ?) ON CONFLICT DO NOTHING").run(logId)
}

function checkMeta(db: DatabaseSync, options: FileOptions): void {
  const meta = metaOf(db)
  checkFormat(meta, options.path)
  for (const [name, value] of decisions(options))
    if (meta.get(name) !== value)
      throw new LogError(
        'CONFIGURATION',
        `${options.path}: it was made with ${name} ${meta.get(name) ?? 'none'}, the configuration says ${value}; use the former value, or another log.path`,
      )
}

function checkFormat(meta: ReadonlyMap<string, string>, path: string): void {
  const format = meta.get('format_version')
  if (format !== String(formatVersion))
    throw new LogError(
      'CONFIGURATION',
      `${path}: expected log format ${formatVersion}, was ${format ?? 'none'}; use the program that wrote it`,
    )
}

/** Makes new topics known. A topic whose partitions would be computed differently from before is refused. */
function declareTopics(db: DatabaseSync, { path, topics, partitions }: FileOptions): void {
  const find = db.prepare('SELECT kind, domain FROM topics WHERE name = ?')
  const insert = db.prepare('INSERT INTO topics VALUES(?, ?, ?)')
  const head = db.prepare('INSERT INTO heads VALUES(?, ?, 0, 0, 0, NULL)')
  for (const { name, kind, domain } of topics) {
    const before = find.get(name) as { kind: string; domain: string } | undefined
    if (before === undefined) {
      insert.run(name, kind, domain)
      if (kind === 'changelog') continue
      for (let p = 0; p < partitionCount(domain, partitions); p++) head.run(name, p)
    } else if (before.kind !== kind || before.domain !== domain)
      throw new LogError(
        'CONFIGURATION',
        `${path}: ${name} is ${before.kind} in domain ${before.domain} there and ${kind} in domain ${domain} here; give the changed topic a new name`,
      )
  }
}
