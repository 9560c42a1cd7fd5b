// Deletes records whose topic no longer keeps them, a few at a time, so that a commit never waits for it.
// Last values (`latest`) are never touched here: they end by tombstone only. Retention waits for the tasks of this process,
// which will read on, and not for other readers: what a dead one loses is counted as trimmed_unread and raises an alert.
import type { DatabaseSync } from 'node:sqlite'
import type { Topic } from '../../schemas/topic.ts'
import type { Head, Heads } from './heads.ts'

/** Pause after which a partition without expired records is looked at again. */
const pauseMs = 1_000

/** Records that one call deletes at most. */
export const retentionChunk = 500

export interface Retention {
  /** Deletes at most one chunk inside the transaction, of each partition nothing from `heldFrom` on. */
  apply(nowMs: number, heldFrom: (head: Head) => number): void
}

export function createRetention(
  db: DatabaseSync,
  heads: Heads,
  topics: readonly Topic[],
): Retention {
  const select = db.prepare(
    'SELECT offset, at_ms FROM records WHERE topic = ? AND partition = ? ORDER BY offset LIMIT ?',
  )
  select.setReturnArrays(true)
  const remove = db.prepare('DELETE FROM records WHERE topic = ? AND partition = ? AND offset < ?')
  const watched = topics
    .filter((topic) => topic.kind !== 'changelog' && topic.retentionMs !== Infinity)
    .flatMap((topic) =>
      heads.of(topic.name).map((head) => ({ head, retentionMs: topic.retentionMs, lookAtMs: 0 })),
    )

  const look = (head: Head, limit: number): [offset: number, atMs: number][] =>
    select.all(head.topic, head.partition, limit) as unknown as [number, number][]

  /** Deletes expired records from the old end, at most `limit`, and returns how many. */
  const trim = (head: Head, beforeMs: number, heldFrom: number, limit: number): number => {
    const first = look(head, 1)[0]
    if (first === undefined || first[1] >= beforeMs || first[0] >= heldFrom) return 0
    const rows = look(head, limit)
    const kept = rows.findIndex(([offset, atMs]) => atMs >= beforeMs || offset >= heldFrom)
    const expired = kept === -1 ? rows.length : kept
    head.firstOffset = rows[expired]?.[0] ?? (rows[expired - 1]?.[0] ?? 0) + 1
    head.dirty = true
    remove.run(head.topic, head.partition, head.firstOffset)
    return expired
  }

  return {
    apply(nowMs, heldFrom) {
      let budget = retentionChunk
      for (const one of watched) {
        if (one.lookAtMs > nowMs || one.head.firstOffset === one.head.nextOffset) continue
        budget -= trim(one.head, nowMs - one.retentionMs, heldFrom(one.head), budget)
        if (budget === 0) return
        one.lookAtMs = nowMs + pauseMs
      }
    },
  }
}
