// How far each reader has come. A position is written in the same transaction as what came of the records before it.
import type { DatabaseSync } from 'node:sqlite'
import type { Heads } from './heads.ts'

export interface ReaderPosition {
  readonly reader: string
  readonly topic: string
  readonly partition: number
  nextOffset: number
  /** Records that retention removed before the reader came to them. */
  trimmedUnread: number
  dirty: boolean
}

export interface Positions {
  /** Position of a reader; a new reader starts at the first retained record. */
  of(reader: string, topic: string, partition: number): ReaderPosition
  all(): Iterable<ReaderPosition>
  /** Writes the positions that moved; inside the transaction. */
  flush(): void
}

interface Row {
  readonly reader: string
  readonly topic: string
  readonly partition: number
  readonly next_offset: number
  readonly trimmed_unread: number
}

export function loadPositions(db: DatabaseSync, heads: Heads): Positions {
  const upsert = db.prepare(
    `INSERT INTO positions VALUES(?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
     SET next_offset = excluded.next_offset, trimmed_unread = excluded.trimmed_unread`,
  )
  const positions = new Map<string, ReaderPosition>()
  const nameOf = (reader: string, topic: string, partition: number): string =>
    `${reader} ${topic} ${partition}`
  for (const row of db.prepare('SELECT * FROM positions').all() as unknown as Row[])
    positions.set(nameOf(row.reader, row.topic, row.partition), {
      reader: row.reader,
      topic: row.topic,
      partition: row.partition,
      nextOffset: row.next_offset,
      trimmedUnread: row.trimmed_unread,
      dirty: false,
    })
  return {
    of(reader, topic, partition) {
      const name = nameOf(reader, topic, partition)
      let position = positions.get(name)
      if (position === undefined) {
        const nextOffset = heads.of(topic)[partition]?.firstOffset ?? 0
        position = { reader, topic, partition, nextOffset, trimmedUnread: 0, dirty: true }
        positions.set(name, position)
      }
      return position
    },
    all: () => positions.values(),
    flush() {
      for (const position of positions.values()) {
        if (!position.dirty) continue
        position.dirty = false
        upsert.run(
          position.reader,
          position.topic,
          position.partition,
          position.nextOffset,
          position.trimmedUnread,
        )
      }
    },
  }
}
