// Keys and partitions. A topic's partition always comes from the part of its key that its domain names.
import type { Domain, Topic, TopicKind, TopicName } from '../../schemas/topic.ts'
import type { TopicRecords } from '../../schemas/types.gen.ts'

/** One record as it stands in a log. `offset` is -1 while it is handed on and not yet stored. */
export interface LogRecord<N extends TopicName = TopicName, V = unknown> {
  readonly topic: N
  readonly key: string
  readonly value: V
  readonly at_ms: number
  partition: number
  offset: number
}

/** The record type a processor sees for one topic: a tombstone of a compacted topic has the value null. */
export type RecordOf<T> =
  T extends Topic<infer N, infer K>
    ? N extends TopicName
      ? LogRecord<N, K extends 'compacted' ? TopicRecords[N] | null : TopicRecords[N]>
      : never
    : never

/** The value type of a topic. */
export type ValueOf<T> = T extends Topic<infer N, TopicKind> ? TopicRecords[N] : never

/**
 * The part of a key that decides the partition: `main|BTCUSDT` is `BTCUSDT` in the market domain and `main` in the
 * account domain. Keys of the ops domain have no part: that domain has one partition.
 */
export function partitionKey(domain: Domain, key: string): string {
  if (domain === 'ops') return ''
  const bar = key.indexOf('|')
  if (bar < 0) return key
  return domain === 'market' ? key.slice(bar + 1) : key.slice(0, bar)
}

/** The partition of a key among `partitions`: FNV-1a (32 bits) of its partition key, modulo the count. */
export function partitionOf(domain: Domain, key: string, partitions: number): number {
  if (partitions === 1 || domain === 'ops') return 0
  const part = partitionKey(domain, key)
  let hash = 0x811c9dc5
  for (let i = 0; i < part.length; i++) {
    hash ^= part.charCodeAt(i)
    hash = Math.imul(hash, 0x01000193)
  }
  return (hash >>> 0) % partitions
}

/** How many partitions each domain has. The ops domain always has one. */
export interface Partitions {
  readonly market: number
  readonly account: number
}

export function partitionCount(domain: Domain, partitions: Partitions): number {
  return domain === 'ops' ? 1 : partitions[domain]
}
