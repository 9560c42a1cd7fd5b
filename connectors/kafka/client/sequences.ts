// Sequence numbers of one producer epoch: each partition counts its records from 0. The broker refuses a gap, and takes
// a number it has seen to be a repeat, so they move only when a batch is sure to be in the log.
import type { TopicPartition } from './port.ts'

const limit = 2 ** 31

/** The number `count` records on; after 2^31 - 1 comes 0, also in the middle of a batch. */
export function advanceSequence(sequence: number, count: number): number {
  return (sequence + count) % limit
}

export interface Sequences {
  next(place: TopicPartition): number
  advance(place: TopicPartition, count: number): void
}

export function createSequences(): Sequences {
  const byPartition = new Map<string, number>()
  const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`
  const next = (place: TopicPartition): number => byPartition.get(keyOf(place)) ?? 0
  return {
    next,
    advance(place, count) {
      byPartition.set(keyOf(place), advanceSequence(next(place), count))
    },
  }
}
