// What the runtime says about itself: the growth of each topic, and how far each reader is behind. Watchers decide
// from it what is stale, lagging or lost; nothing is judged here.
import type { Topic } from '../../schemas/topic.ts'
import type { TopicObserved } from '../../schemas/types.gen.ts'
import type { Lag } from '../runtime.ts'
import type { Head, Heads } from './heads.ts'
import type { Positions, ReaderPosition } from './positions.ts'
import type { Read } from './read.ts'

export interface ObserveOptions {
  readonly heads: Heads
  readonly positions: Positions
  readonly read: Read
  /** Topics that the topology declares. */
  readonly declared: readonly Topic[]
  /** Whether a reader still reads the topic: one that no longer does is not behind. */
  readonly reads: (reader: string, topic: string) => boolean
}

/** One record for each topic in the log, and one for each partition of each of its readers. */
export function observeTopics(options: ObserveOptions, atMs: number): TopicObserved[] {
  const declared = new Set<string>(options.declared.map((topic) => topic.name))
  const lagsByTopic = Map.groupBy(lags(options, atMs), (lag) => lag.topic)
  const headsByTopic = Map.groupBy(options.heads.all(), (head) => head.topic)
  return [...headsByTopic].flatMap(([topic, heads]) => {
    const last = heads.flatMap((head) => head.lastAtMs ?? [])
    const observed: TopicObserved = {
      topic,
      declared: declared.has(topic),
      first_offset: sum(heads, (head) => head.firstOffset),
      end_offset: sum(heads, (head) => head.nextOffset),
      last_record_at_ms: last.length === 0 ? null : Math.max(...last),
      group: '',
      lag: 0,
      trimmed_unread: 0,
      at_ms: atMs,
      partition: -1,
      committed_offset: null,
      lag_ms: null,
      lag_known: true,
    }
    const ofReaders = (lagsByTopic.get(topic) ?? []).map((lag) => ({
      ...observed,
      first_offset: heads[lag.partition]?.firstOffset ?? 0,
      end_offset: lag.endOffset,
      last_record_at_ms: heads[lag.partition]?.lastAtMs ?? null,
      group: lag.group,
      lag: lag.known ? lag.lag : null,
      trimmed_unread: lag.trimmedUnread,
      partition: lag.partition,
      committed_offset: lag.committedOffset,
      lag_ms: lag.lagMs,
      lag_known: lag.known,
    }))
    return [observed, ...ofReaders]
  })
}

/** How far each reader is behind in each partition at `atMs`. */
export function lags({ heads, positions, reads, read }: ObserveOptions, atMs: number): Lag[] {
  return [...positions.all()]
    .filter(({ reader, topic }) => reads(reader, topic))
    .map((position) => lagOf(position, heads.of(position.topic)[position.partition], read, atMs))
}

function lagOf(position: ReaderPosition, head: Head | undefined, read: Read, atMs: number): Lag {
  const { reader, topic, partition, nextOffset, trimmedUnread } = position
  const firstOffset = head?.firstOffset ?? 0
  const endOffset = head?.nextOffset ?? nextOffset
  // Those that retention removed can't be read any more: they count as trimmed.
  const lag = endOffset - Math.max(nextOffset, firstOffset)
  const oldest = lag > 0 ? read.rows(topic, partition, nextOffset, 1)[0] : undefined
  return {
    group: reader,
    topic,
    partition,
    lag,
    trimmedUnread: trimmedUnread + Math.max(0, firstOffset - nextOffset),
    known: head !== undefined,
    lagMs: oldest === undefined ? null : Math.max(0, atMs - oldest[3]),
    committedOffset: nextOffset,
    endOffset,
  }
}

const sum = <T>(values: readonly T[], of: (value: T) => number): number =>
  values.reduce((total, value) => total + of(value), 0)
