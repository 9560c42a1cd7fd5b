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

/**
 * The partition of a key among `partitions`: murmur2 of its partition key's UTF-8 bytes, without the sign, modulo the count.
 * Java's and kafkajs' default partitioners do the same (org.apache.kafka.common.utils.Utils.murmur2), so that what other
 * programs write under a plain key lies where it is expected.
 */
export function partitionOf(domain: Domain, key: string, partitions: number): number {
  if (partitions === 1 || domain === 'ops') return 0
  return (murmur2(partitionKey(domain, key)) & 0x7fffffff) % partitions
}

/** How many partitions each domain has. The ops domain always has one. */
export interface Partitions {
  readonly market: number
  readonly account: number
}

export function partitionCount(domain: Domain, partitions: Partitions): number {
  return domain === 'ops' ? 1 : partitions[domain]
}

const multiplier = 0x5bd1e995

function murmur2(text: string): number {
  // Keys are symbols and account names: their characters are their bytes.
  const bytes = isAscii(text) ? null : utf8Bytes(text)
  const length = bytes?.length ?? text.length
  const byte = (at: number): number => (bytes === null ? text.charCodeAt(at) : bytes[at]!)
  let hash = 0x9747b28c ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    const word = byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24)
    const mixed = Math.imul(word, multiplier)
    hash = Math.imul(hash, multiplier) ^ Math.imul(mixed ^ (mixed >>> 24), multiplier)
  }
  const rest = length - at
  if (rest === 3) hash ^= byte(at + 2) << 16
  if (rest >= 2) hash ^= byte(at + 1) << 8
  if (rest >= 1) hash = Math.imul(hash ^ byte(at), multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 0x80) return false
  return true
}

function utf8Bytes(text: string): number[] {
  const bytes: number[] = []
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63))
    else if (code < 0x10000)
      bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
    else
      bytes.push(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      )
  }
  return bytes
}
