// What the runtime says about itself: the growth of each topic, and how far each reader is behind. Watchers decide
// from it what is stale, lagging or lost; nothing is judged here.
import type { Topic } from '../../schemas/topic.ts'
import type { TopicObserved } from '../../schemas/types.gen.ts'
import type { Lag } from '../runtime.ts'
import type { Head, Heads } from './heads.ts'
import type { Positions, ReaderPosition } from './positions.ts'

export interface ObserveOptions {
  readonly heads: Heads
  readonly positions: Positions
  /** Topics that the topology declares. */
  readonly declared: readonly Topic[]
  /** Whether a reader still reads the topic: one that no longer does is not behind. */
  readonly reads: (reader: string, topic: string) => boolean
}

/** One record for each topic in the log, and one for each of its readers. */
export function observeTopics(options: ObserveOptions, atMs: number): TopicObserved[] {
  const declared = new Set<string>(options.declared.map((topic) => topic.name))
  const byTopic = new Map<string, Head[]>()
  for (const head of options.heads.all())
    byTopic.set(head.topic, [...(byTopic.get(head.topic) ?? []), head])
  const readers = new Map<string, Map<string, ReaderPosition[]>>()
  for (const position of options.positions.all()) {
    if (!options.reads(position.reader, position.topic)) continue
    const ofTopic = readers.get(position.topic) ?? new Map<string, ReaderPosition[]>()
    readers.set(position.topic, ofTopic)
    ofTopic.set(position.reader, [...(ofTopic.get(position.reader) ?? []), position])
  }
  return [...byTopic].flatMap(([topic, heads]) => {
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
    }
    const ofReaders = [...(readers.get(topic) ?? [])].map(([group, positions]) => ({
      ...observed,
      group,
      lag: sum(positions, (position) => lagOf(position, heads)),
      trimmed_unread: sum(positions, (position) => trimmedOf(position, heads)),
    }))
    return [observed, ...ofReaders]
  })
}

/** How far each reader is behind in each partition. */
export function lags({ heads, positions, reads }: ObserveOptions): Lag[] {
  return [...positions.all()]
    .filter(({ reader, topic }) => reads(reader, topic))
    .map((position) => ({
      group: position.reader,
      topic: position.topic,
      partition: position.partition,
      lag: lagOf(position, heads.of(position.topic)),
      trimmedUnread: trimmedOf(position, heads.of(position.topic)),
    }))
}

/** Records not yet read. Those that retention removed can't be read any more: they count as trimmed. */
function lagOf({ partition, nextOffset }: ReaderPosition, heads: readonly Head[]): number {
  const head = heads[partition]
  return head === undefined ? 0 : head.nextOffset - Math.max(nextOffset, head.firstOffset)
}

function trimmedOf(position: ReaderPosition, heads: readonly Head[]): number {
  const first = heads[position.partition]?.firstOffset ?? 0
  return position.trimmedUnread + Math.max(0, first - position.nextOffset)
}

const sum = <T>(values: readonly T[], of: (value: T) => number): number =>
  values.reduce((total, value) => total + of(value), 0)
