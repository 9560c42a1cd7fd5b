// The ends of every partition, kept in memory and written with each commit. Another process may move them between two
// of our transactions (an operator's command), so they are read again when the file says that it changed.
import type { DatabaseSync } from 'node:sqlite'
import { invariant } from '../../topologies/kernel/invariant.ts'
import { LogError } from '../log-error.ts'

/** Both ends of one partition of one topic. */
export interface Head {
  readonly topic: string
  readonly partition: number
  /** First retained offset; equal to `nextOffset` when nothing is left. */
  firstOffset: number
  nextOffset: number
  /** Place of the last record in the order of arrival over all topics. */
  lastSequence: number
  lastAtMs: number | null
  dirty: boolean
}

/** A partition that another process appended to. */
export interface MovedHead {
  readonly head: Head
  /** Its next offset before. */
  readonly fromOffset: number
}

export interface Heads {
  /** All partitions of a topic, by number. Throws when the log does not know the topic. */
  of(topic: string): readonly Head[]
  all(): readonly Head[]
  /** The next place in the order of arrival. */
  takeSequence(): number
  /** Reads the ends again and returns those that another process moved. */
  reload(): MovedHead[]
  /** Writes the ends that moved; inside the transaction. */
  flush(): void
}

interface Row {
  readonly topic: string
  readonly partition: number
  readonly first_offset: number
  readonly next_offset: number
  readonly last_sequence: number
  readonly last_at_ms: number | null
}

export function loadHeads(db: DatabaseSync, path: string): Heads {
  const select = db.prepare('SELECT * FROM heads ORDER BY topic, partition')
  const update = db.prepare(
    'UPDATE heads SET first_offset = ?, next_offset = ?, last_sequence = ?, last_at_ms = ? WHERE topic = ? AND partition = ?',
  )
  const byTopic = new Map<string, Head[]>()
  let sequence = 0

  const take = (row: Row): MovedHead | null => {
    sequence = Math.max(sequence, row.last_sequence)
    const heads = byTopic.get(row.topic) ?? []
    byTopic.set(row.topic, heads)
    const head = heads[row.partition]
    if (head === undefined) {
      heads[row.partition] = {
        topic: row.topic,
        partition: row.partition,
        firstOffset: row.first_offset,
        nextOffset: row.next_offset,
        lastSequence: row.last_sequence,
        lastAtMs: row.last_at_ms,
        dirty: false,
      }
      return null
    }
    const fromOffset = head.nextOffset
    if (fromOffset === row.next_offset) return null
    invariant(!head.dirty, `${path}: ${row.topic} moved while it was being written`)
    head.firstOffset = row.first_offset
    head.nextOffset = row.next_offset
    head.lastSequence = row.last_sequence
    head.lastAtMs = row.last_at_ms
    return { head, fromOffset }
  }
  const reload = (): MovedHead[] =>
    (select.all() as unknown as Row[]).map(take).filter((moved) => moved !== null)

  reload()
  return {
    of(topic) {
      const heads = byTopic.get(topic)
      if (heads === undefined)
        throw new LogError('CONFIGURATION', `${path}: expected a topic of the log, was ${topic}`)
      return heads
    },
    all: () => [...byTopic.values()].flat(),
    takeSequence: () => ++sequence,
    reload,
    flush() {
      for (const heads of byTopic.values())
        for (const head of heads) {
          if (!head.dirty) continue
          head.dirty = false
          update.run(
            head.firstOffset,
            head.nextOffset,
            head.lastSequence,
            head.lastAtMs,
            head.topic,
            head.partition,
          )
        }
    },
  }
}
