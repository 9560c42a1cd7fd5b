// What a connector reads: the oldest records behind its own position, over all partitions, in order of arrival.
import type { Topic } from '../../schemas/topic.ts'
import type { StoredRecord } from '../runtime.ts'
import type { Log } from './log.ts'
import type { Row } from './read.ts'
import { decodeRow } from './read.ts'

/** At most `limit` records that `group` has not consumed. Reading alone moves no position. */
export function pollReader(log: Log, group: string, topic: Topic, limit: number): StoredRecord[] {
  const rows: Row[] = []
  for (const head of log.heads.of(topic.name)) {
    const position = log.positions.of(group, topic.name, head.partition)
    if (head.firstOffset > position.nextOffset) {
      position.trimmedUnread += head.firstOffset - position.nextOffset
      position.nextOffset = head.firstOffset
      position.dirty = true
    }
    if (head.nextOffset > position.nextOffset)
      rows.push(...log.read.rows(topic.name, head.partition, position.nextOffset, limit))
  }
  rows.sort((left, right) => left[2] - right[2])
  return rows.slice(0, limit).map((row) => decodeRow(log.codec, topic, row))
}
