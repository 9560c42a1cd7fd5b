// Somebody who reads a log while its owner runs, and later swears to every byte of it.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** Remembers every record that it has seen in a log, byte for byte. */
export interface Witness {
  /** Reads what is new. Returns how many records; 0 while there is no log yet. */
  look(): number
  /** Every record seen so far that is no longer there or is not the same. */
  lost(): string[]
}

interface Row {
  topic: string
  partition: number
  offset: number
  sequence: number
  at_ms: number
  key: string
  value: Uint8Array | null
}

export function witness(logPath: string): Witness {
  const seen = new Map<string, string[]>()
  const rowsOf = (db: DatabaseSync, from: (name: string) => number): [string, Row[]][] => {
    const heads = db.prepare('SELECT topic, partition FROM heads').all()
    const select = db.prepare(
      'SELECT * FROM records WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset',
    )
    return heads.map(({ topic, partition }) => {
      const name = `${String(topic)}/${String(partition)}`
      const rows = select.all(String(topic), Number(partition), from(name))
      return [name, rows as unknown as Row[]]
    })
  }
  const open = <T>(work: (db: DatabaseSync) => T): T => {
    const db = new DatabaseSync(logPath, { readOnly: true, timeout: 2_000 })
    try {
      return work(db)
    } finally {
      db.close()
    }
  }
  return {
    look() {
      if (!existsSync(logPath)) return 0
      return open((db) => {
        if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'heads'").get() === undefined)
          return 0
        let count = 0
        for (const [name, rows] of rowsOf(db, (partition) => seen.get(partition)?.length ?? 0)) {
          const digests = seen.get(name) ?? []
          seen.set(name, digests)
          for (const row of rows) digests[row.offset] = digestOf(row)
          count += rows.length
        }
        return count
      })
    },
    lost: () =>
      open((db) =>
        rowsOf(db, () => 0).flatMap(([name, rows]) => {
          const there = new Map(rows.map((row) => [row.offset, digestOf(row)]))
          return (seen.get(name) ?? []).flatMap((digest, offset) =>
            there.get(offset) === digest
              ? []
              : [
                  `${name}@${offset}: it was seen, and is ${there.has(offset) ? 'another' : 'gone'} now`,
                ],
          )
        }),
      ),
  }
}

const digestOf = ({ sequence, at_ms, key, value }: Row): string =>
  createHash('sha1')
    .update(`${sequence} ${at_ms} ${key} `)
    .update(value ?? 'tombstone')
    .digest('base64')
