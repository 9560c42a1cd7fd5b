// A few records from one end of a partition. Offsets have gaps (compacted and aborted records, marks of transactions), so
// nobody knows how many offsets hold so many records: windows grow until there are enough, and no more is read than that.
import type { KafkaClient, TopicPartition, WireRecord } from './client/port.ts'
import type { Span } from './places.ts'

/** Offsets beyond the records asked for that the first window spans: marks of transactions. */
const slack = 50

/** How much larger each further window is. */
const growth = 4

type Reading = Pick<KafkaClient, 'readUpTo'>

/** The oldest records of a span, at most `limit`. Their values are views: copy what is kept for long. */
export async function oldestRecords(
  client: Reading,
  { topic, partition }: TopicPartition,
  { from, end }: Span,
  limit: number,
): Promise<WireRecord[]> {
  const found: WireRecord[] = []
  let at = from
  for (let width = limit + slack; at < end && found.length < limit; width *= growth) {
    const [start, to] = [at, Math.min(end, at + width)]
    await client.readUpTo({ topic, partition, offset: start }, to, ({ records, nextOffset }) => {
      for (const record of records)
        if (record.offset >= at && record.offset < end) found.push(record)
      at = Math.max(at, nextOffset)
    })
    at = Math.max(at, to)
  }
  return found.slice(0, limit)
}

/** The newest records of a span, at most `limit`, oldest first. Their values are views: copy what is kept for long. */
export async function newestRecords(
  client: Reading,
  { topic, partition }: TopicPartition,
  { from, end }: Span,
  limit: number,
): Promise<WireRecord[]> {
  let found: WireRecord[] = []
  let to = end
  for (let width = limit + slack; to > from && found.length < limit; width *= growth) {
    const start = Math.max(from, to - width)
    const older: WireRecord[] = []
    await client.readUpTo({ topic, partition, offset: start }, to, ({ records }) => {
      for (const record of records)
        if (record.offset >= start && record.offset < to) older.push(record)
    })
    found = [...older, ...found]
    to = start
  }
  return found.slice(Math.max(0, found.length - limit))
}
