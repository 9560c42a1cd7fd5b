// Puts dead letters of an embedded log back, running or not: the record and the note that it was put back are one
// transaction, so short that the owner never waits for it. The owner notices and processes it.
import type { DatabaseSync } from 'node:sqlite'
import { deadLetter } from '../../schemas/topics.ts'
import { endedNotes, replayNoteText, replayNotes, replayOwner } from '../dead-letters.ts'
import type { Replay, ReplayLog, Replayed, StoredLetter } from '../dead-letters.ts'
import { openExisting } from './file.ts'
import { loadHeads } from './heads.ts'
import { createKeepsakes } from './keepsakes.ts'
import { appendBytes } from './operator.ts'
import { createLogCodec, registerSchemas } from './schema-texts.ts'
import { naming } from './sqlite-error.ts'

/** Opens an existing log; it is written to only by `replay`. Throws a LogError that names the file when there is none. */
export function openReplayLog(path: string, nowMs: () => number): ReplayLog {
  const db = openExisting(path, 'read')
  const codec = createLogCodec(db)
  return {
    decode: async (topic, bytes) => codec.decode(topic, bytes),
    encode: async (topic, value) => codec.encode(topic, value),
    before: async (letters) => {
      const notes = createKeepsakes(db).notes(replayOwner)
      return new Set(letters.filter((of) => replayNotes(of).some((note) => notes.has(note))))
    },
    async replay(replays) {
      const writer = openExisting(path, 'write')
      try {
        return naming(path, () => {
          const outcomes = new Map<StoredLetter, Replayed>()
          for (const one of replays)
            outcomes.set(
              one.of,
              inTransaction(writer, () => put(writer, one)),
            )
          inTransaction(writer, () => {
            forgetEnded(writer)
          })
          return outcomes
        })
      } finally {
        writer.close()
      }
    },
    async close() {
      db.close()
    },
  }

  function put(writer: DatabaseSync, { of, topic, key, bytes }: Replay): Replayed {
    const keepsakes = createKeepsakes(writer)
    const notes = keepsakes.notes(replayOwner)
    const own = replayNotes(of)
    if (own.some((note) => notes.has(note))) return 'before'
    const atMs = nowMs()
    registerSchemas(writer, codec, [topic])
    appendBytes(writer, path, topic, key, bytes, atMs)
    const text = replayNoteText(atMs, topic)
    keepsakes.setNotes(
      replayOwner,
      own.map((note) => [note, text] as const),
    )
    return 'replayed'
  }

  function forgetEnded(writer: DatabaseSync): void {
    const keepsakes = createKeepsakes(writer)
    const firstOffset = loadHeads(writer, path).of(deadLetter.name)[0]?.firstOffset ?? 0
    const ended = endedNotes(keepsakes.notes(replayOwner), firstOffset, nowMs())
    keepsakes.setNotes(
      replayOwner,
      ended.map((note) => [note, null] as const),
    )
  }
}

function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    // A full disk may have ended the transaction already.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
