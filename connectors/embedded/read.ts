// Reading the log: ranges of records, and last values. Used by the runtime, by connectors and by other processes.
import type { DatabaseSync } from 'node:sqlite'
import type { Codec } from '../../schemas/codec.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { ReadRange, StoredRecord } from '../runtime.ts'
import { storedRecord } from '../stored-record.ts'

/** A record's row, in the order of `rowColumns`. */
export type Row = [
  partition: number,
  offset: number,
  sequence: number,
  atMs: number,
  key: string,
  value: Uint8Array | null,
]

const rowColumns = 'partition, offset, sequence, at_ms, key, value'

/** Records of one `read` that names no limit. */
const defaultLimit = 10_000

export interface LatestRow {
  readonly partition: number
  readonly key: string
  readonly offset: number
  readonly at_ms: number
  readonly value: Uint8Array
}

export interface Read {
  /** Rows of one partition from an offset on, oldest first. */
  rows(topic: string, partition: number, from: number, limit: number): Row[]
  range(topic: Topic, partitions: number, range: ReadRange): StoredRecord[]
  /** Last values of all keys, in the order of partitions and keys. */
  latest(topic: string): LatestRow[]
}

export function createRead(db: DatabaseSync, codec: Codec): Read {
  const select = (order: string) => {
    const statement = db.prepare(
      `SELECT ${rowColumns} FROM records WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset ${order} LIMIT ?`,
    )
    statement.setReturnArrays(true)
    return statement
  }
  const oldest = select('ASC')
  const newest = select('DESC')
  const latest = db.prepare(
    'SELECT partition, key, offset, at_ms, value FROM latest WHERE topic = ? ORDER BY partition, key',
  )
  const all = (statement: typeof oldest, ...values: (string | number)[]): Row[] =>
    statement.all(...values) as unknown as Row[]

  return {
    rows: (topic, partition, from, limit) => all(oldest, topic, partition, from, limit),
    range(topic, partitions, range) {
      const limit = range.limit ?? defaultLimit
      const first = range.partition ?? 0
      const end = range.partition === undefined ? partitions : first + 1
      const rows: Row[] = []
      for (let partition = first; partition < end; partition++)
        rows.push(
          ...all(
            range.newest === true ? newest : oldest,
            topic.name,
            partition,
            range.from ?? 0,
            limit,
          ),
        )
      rows.sort((left, right) => left[2] - right[2])
      const chosen = range.newest === true ? rows.slice(-limit) : rows.slice(0, limit)
      return chosen.map((row) => decodeRow(codec, topic, row))
    },
    latest: (topic) => latest.all(topic) as unknown as LatestRow[],
  }
}

/** The record of a row. Never throws for what lies in the log: what can't be decoded carries its fault. */
export function decodeRow(codec: Codec, topic: Topic, row: Row): StoredRecord {
  const [partition, offset, , atMs, key, bytes] = row
  return storedRecord(codec, topic, { partition, offset, atMs, key, bytes })
}
