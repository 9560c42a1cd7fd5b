// The port that every runtime implements: embedded, broker and backtest keep the same promises to connectors and people.
// It knows topics and records, never how they are kept; the shared cases are in test/runtimes/contract.ts.
import type { Topic } from '../schemas/topic.ts'
import type { DeadLetter, DeadLetterCause } from '../schemas/types.gen.ts'
import type { LogRecord, ValueOf } from '../topologies/kernel/topic.ts'

/** A record as it lies in the log. One that can't be decoded has the value null and says why. */
export interface StoredRecord extends LogRecord {
  readonly fault: RecordFault | null
}

export interface RecordFault {
  readonly cause: DeadLetterCause
  /** Expected and actual. */
  readonly detail: string
  readonly bytes: Uint8Array
}

/** A record to be appended. The value null is a tombstone of a compacted topic; only then the key is needed. */
export interface Outgoing {
  readonly topic: Topic
  readonly value: unknown
  readonly key?: string
  /** Time of the record; the runtime's time when it is absent. */
  readonly atMs?: number
}

/** A reader's next offset in one partition. */
export interface Position {
  readonly topic: Topic
  readonly partition: number
  readonly nextOffset: number
}

/** What a connector changes in one go: all of it is durable, or none of it is. */
export interface Write {
  readonly records?: readonly Outgoing[]
  /** The reader `group` is done with everything before these positions. */
  readonly consumed?: { readonly group: string; readonly positions: readonly Position[] }
  /** Small facts that the connector has to know after a restart; null deletes one. */
  readonly notes?: { readonly owner: string; readonly entries: readonly Note[] }
  /** Commits at once instead of waiting for more records. */
  readonly urgent?: boolean
}

export type Note = readonly [name: string, value: string | null]

/** What a connector may do with the log. */
export interface ConnectorLog {
  /** The runtime's time in ms. It never goes back, not even over restarts. */
  readonly nowMs: () => number
  /**
   * Appends a record; it is durable when the promise resolves. A value that does not fit its schema becomes a
   * `dead.letter` when the topic's source is a connector (the world sent it), and a CodecError for all others (we did).
   * Topics that only processors write are refused.
   */
  publish<T extends Topic>(topic: T, value: ValueOf<T>, atMs?: number): Promise<void>
  write(write: Write): Promise<void>
  /** The oldest records of a topic that `group` has not consumed, at most `limit`. */
  poll(group: string, topic: Topic, limit: number): Promise<StoredRecord[]>
  notes(owner: string): Promise<ReadonlyMap<string, string>>
  /** Calls back after each commit with the records it appended. Returns the way to stop. */
  onCommit(listener: (records: readonly LogRecord[]) => void): () => void
}

export interface ReadRange {
  /** One partition; all of them, in order of arrival, when it is absent. */
  readonly partition?: number
  /** First offset in each partition. */
  readonly from?: number
  /** At most so many records; default 10,000. */
  readonly limit?: number
  /** The newest instead of the oldest ones, still in order. */
  readonly newest?: boolean
}

/** How far one group is behind in one partition. */
export interface Lag {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** Records not processed yet; 0 while it is unknown. */
  readonly lag: number
  /** Records that retention removed before the group read them. */
  readonly trimmedUnread: number
  /** False when the group's position or the end of the partition could not be read. */
  readonly known: boolean
  /** Age in ms of the oldest record that is not processed; null when none waits, or when unknown. */
  readonly lagMs: number | null
  /** Next offset that the group will process; null when unknown. */
  readonly committedOffset: number | null
  /** First offset behind all that is committed; 0 while it is unknown. */
  readonly endOffset: number
}

export interface Runtime extends ConnectorLog {
  /** Processes everything there is, to quiet. */
  settle(): Promise<void>
  /** Injects the clock tick of that time into every task and settles. Times that do not rise are ignored. */
  tick(atMs: number): Promise<void>
  read(topic: Topic, range?: ReadRange): Promise<StoredRecord[]>
  /** Last value of each key of a compacted topic. */
  table(topic: Topic): Promise<ReadonlyMap<string, unknown>>
  lag(): Promise<Lag[]>
  /** Finishes what was promised and lets go. */
  close(): Promise<void>
}

/** The dead letter of a stored record that `reader` can't use. */
export function deadLetterOf(record: StoredRecord, reader: string, nowMs: number): DeadLetter {
  const { fault } = record
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    key: record.key,
    processor: reader,
    cause: fault?.cause ?? 'OTHER',
    detail: fault?.detail ?? '',
    payload_encoding: 'BASE64',
    payload: Buffer.from(fault?.bytes ?? []).toString('base64'),
    at_ms: nowMs,
  }
}
