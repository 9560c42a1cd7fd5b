// What connectors want to change, checked and encoded before the transaction that does it.
import type { Topic } from '../../schemas/topic.ts'
import { prepareRecord } from '../prepare-record.ts'
import type { PreparedRecord } from '../prepare-record.ts'
import type { Note, Write } from '../runtime.ts'
import type { Log } from './log.ts'
import type { ReaderPosition } from './positions.ts'

export interface PreparedWrite {
  readonly records: readonly PreparedRecord[]
  readonly positions: readonly { readonly position: ReaderPosition; readonly nextOffset: number }[]
  readonly notes: { readonly owner: string; readonly entries: readonly Note[] } | null
}

/** Throws a CodecError for a value of ours that does not fit, and a LogError for a topic that is not the caller's. */
export function prepareWrite(
  log: Log,
  topics: ReadonlyMap<string, Topic>,
  write: Write,
  nowMs: number,
): PreparedWrite {
  const { consumed } = write
  return {
    records: (write.records ?? []).map((one) => prepareRecord(log.codec, topics, one, nowMs)),
    positions: (consumed?.positions ?? []).map(({ topic, partition, nextOffset }) => ({
      position: log.positions.of(consumed?.group ?? '', topic.name, partition),
      nextOffset,
    })),
    notes: write.notes ?? null,
  }
}
