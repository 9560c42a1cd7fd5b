// Small facts that live beside the records: the time of each task, and what connectors must know after a restart.
import type { DatabaseSync } from 'node:sqlite'
import type { Note } from '../runtime.ts'

/** A task's time and its last clock tick; a restarted task goes on from them. */
export interface TaskTime {
  readonly nowMs: number
  /** Null before the first tick. */
  readonly lastTickAtMs: number | null
}

export interface Keepsakes {
  taskTime(name: string, partition: number): TaskTime | null
  setTaskTime(name: string, partition: number, time: TaskTime): void
  notes(owner: string): Map<string, string>
  setNotes(owner: string, entries: readonly Note[]): void
}

export function createKeepsakes(db: DatabaseSync): Keepsakes {
  const findTask = db.prepare(
    'SELECT now_ms, last_tick_at_ms FROM tasks WHERE name = ? AND partition = ?',
  )
  const setTask = db.prepare(
    `INSERT INTO tasks VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE
     SET now_ms = excluded.now_ms, last_tick_at_ms = excluded.last_tick_at_ms`,
  )
  const findNotes = db.prepare('SELECT name, value FROM notes WHERE owner = ? ORDER BY name')
  const setNote = db.prepare(
    'INSERT INTO notes VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  )
  const dropNote = db.prepare('DELETE FROM notes WHERE owner = ? AND name = ?')
  return {
    taskTime(name, partition) {
      const row = findTask.get(name, partition) as
        { now_ms: number; last_tick_at_ms: number | null } | undefined
      return row === undefined ? null : { nowMs: row.now_ms, lastTickAtMs: row.last_tick_at_ms }
    },
    setTaskTime: (name, partition, time) => {
      setTask.run(name, partition, time.nowMs, time.lastTickAtMs)
    },
    notes(owner) {
      const rows = findNotes.all(owner) as { name: string; value: string }[]
      return new Map(rows.map(({ name, value }) => [name, value]))
    },
    setNotes(owner, entries) {
      for (const [name, value] of entries)
        if (value === null) dropNote.run(owner, name)
        else setNote.run(owner, name, value)
    },
  }
}
