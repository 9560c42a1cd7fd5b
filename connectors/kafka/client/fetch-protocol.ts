// The Fetch request (version 11) and its answer. Always read_committed, always a full request without a session.
// Source: https://kafka.apache.org/protocol.html#The_Messages_Fetch
import type { AbortedTransaction } from './aborted.ts'
import type { Exchange } from './connections.ts'
import type { PartitionOffset, TopicPartition } from './port.ts'
import { wireReader, wireWriter } from './wire.ts'

const consumerReplica = -1
const readCommitted = 1
const noSession = { id: 0, epoch: -1 } as const
const unknownEpoch = -1
const unknownOffset = -1

export interface FetchLimits {
  /** The broker answers as soon as it has `minBytes`, at latest after this time. */
  readonly maxWaitMs: number
  readonly minBytes: number
  /** Of one answer, and of one partition in it. The first batch comes whole even if it is larger. */
  readonly maxBytes: number
  readonly partitionMaxBytes: number
}

/** What the broker has of one partition. */
export interface FetchedBytes extends TopicPartition {
  /** Error code; 0 is none. */
  readonly code: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly aborted: readonly AbortedTransaction[]
  /** Record batches: a view into the answer. */
  readonly bytes: Buffer
}

export interface FetchAnswer {
  /** Error code of the request as a whole. */
  readonly code: number
  readonly places: readonly FetchedBytes[]
}

/** Places of one topic should stand together; the broker fills its answer in their order. */
export function fetchExchange(
  places: readonly PartitionOffset[],
  limits: FetchLimits,
): Exchange<FetchAnswer> {
  const request = wireWriter(128 + 40 * places.length)
  request.int32(consumerReplica).int32(limits.maxWaitMs).int32(limits.minBytes)
  request.int32(limits.maxBytes).int8(readCommitted).int32(noSession.id).int32(noSession.epoch)
  request.list(inRuns(places), (run) => {
    request.string(run[0]!.topic).list(run, ({ partition, offset }) => {
      request.int32(partition).int32(unknownEpoch).int64(offset).int64(unknownOffset)
      request.int32(limits.partitionMaxBytes)
    })
  })
  // No topics to forget, since there is no session; no rack.
  request.int32(0).string('')
  return {
    apiKey: 1,
    apiVersion: 11,
    apiName: 'Fetch',
    about: `${places[0]?.topic}/${places[0]?.partition}${places.length > 1 ? ' and others' : ''}`,
    body: request.finish(),
    decode: decodeFetchAnswer,
  }
}

/** Neighbours of one topic go together. */
function inRuns(places: readonly PartitionOffset[]): PartitionOffset[][] {
  const runs: PartitionOffset[][] = []
  for (const place of places) {
    const last = runs.at(-1)
    if (last?.[0]!.topic === place.topic) last.push(place)
    else runs.push([place])
  }
  return runs
}

export function decodeFetchAnswer(payload: Buffer): FetchAnswer {
  const answer = wireReader(payload)
  // Throttling: the broker keeps its side of the socket shut meanwhile.
  answer.int32()
  const code = answer.int16()
  answer.int32()
  const places: FetchedBytes[] = []
  answer.list(() => {
    const topic = answer.string()
    answer.list(() => {
      const partition = answer.int32()
      const placeCode = answer.int16()
      // High-water mark: what is behind the last stable offset is of no use to a reader of committed records.
      answer.int64()
      const lastStableOffset = answer.int64()
      const logStartOffset = answer.int64()
      const aborted = answer.list(() => ({
        producerId: answer.bigInt64(),
        firstOffset: answer.int64(),
      }))
      // Preferred replica: only for readers that say in which rack they are.
      answer.int32()
      const bytes = answer.bytes()
      places.push({
        topic,
        partition,
        code: placeCode,
        lastStableOffset,
        logStartOffset,
        aborted,
        bytes,
      })
    })
  })
  return { code, places }
}
