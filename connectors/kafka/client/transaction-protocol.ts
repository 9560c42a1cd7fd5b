// Requests of a transaction, in the versions before KIP-890 part 2: one epoch for the life of a producer.
import type { GroupOffsets, PartitionOffset, TopicPartition } from './port.ts'
import { wireReader, wireWriter } from './wire.ts'
import type { Exchange } from './broker-link.ts'

/** Who produces: given out by the coordinator, which raises the epoch at each fence. */
export interface ProducerIdentity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

export interface InitAnswer extends ProducerIdentity {
  readonly code: number
}

/** A code, and what it is about: topic and partition where one was refused. */
export interface CodeAbout {
  readonly code: number
  readonly about: string
}

export function initProducerIdExchange(
  transactionalId: string | null,
  transactionTimeoutMs: number,
): Exchange<InitAnswer> {
  return {
    apiKey: 22,
    apiVersion: 1,
    apiName: 'InitProducerId',
    about: transactionalId === null ? '' : `transactional id ${transactionalId}`,
    body: wireWriter(64).nullableString(transactionalId).int32(transactionTimeoutMs).finish(),
    decode(payload) {
      const answer = wireReader(payload)
      answer.int32()
      return {
        code: answer.int16(),
        producerId: answer.bigInt64(),
        producerEpoch: answer.int16(),
      }
    },
  }
}

/** Resolves with the first code that is not 0, or null. */
export function addPartitionsExchange(
  transactionalId: string,
  identity: ProducerIdentity,
  places: readonly TopicPartition[],
  timeoutMs: number,
): Exchange<CodeAbout | null> {
  const request = begin(transactionalId, identity)
  request.list(byTopic(places), ([topic, partitions]) => {
    request.string(topic)
    request.list(partitions, ({ partition }) => request.int32(partition))
  })
  return {
    apiKey: 24,
    apiVersion: 1,
    apiName: 'AddPartitionsToTxn',
    about: `transactional id ${transactionalId}`,
    timeoutMs,
    body: request.finish(),
    decode: firstCodeOfPartitions,
  }
}

export function addOffsetsExchange(
  transactionalId: string,
  identity: ProducerIdentity,
  group: string,
  timeoutMs: number,
): Exchange<number> {
  return {
    apiKey: 25,
    apiVersion: 1,
    apiName: 'AddOffsetsToTxn',
    about: `transactional id ${transactionalId}, group ${group}`,
    timeoutMs,
    body: begin(transactionalId, identity).string(group).finish(),
    decode: codeAfterThrottle,
  }
}

/** Resolves with the first code that is not 0, or null. */
export function txnOffsetCommitExchange(
  transactionalId: string,
  { producerId, producerEpoch }: ProducerIdentity,
  { group, offsets }: GroupOffsets,
  timeoutMs: number,
): Exchange<CodeAbout | null> {
  const request = wireWriter(64 + offsets.length * 32)
    .string(transactionalId)
    .string(group)
    .int64(producerId)
    .int16(producerEpoch)
  request.list(byTopic(offsets), ([topic, partitions]) => {
    request.string(topic)
    request.list(partitions, ({ partition, offset }) => {
      request.int32(partition).int64(offset).nullableString(null)
    })
  })
  return {
    apiKey: 28,
    apiVersion: 1,
    apiName: 'TxnOffsetCommit',
    about: `transactional id ${transactionalId}, group ${group}`,
    timeoutMs,
    body: request.finish(),
    decode: firstCodeOfPartitions,
  }
}

export function endTxnExchange(
  transactionalId: string,
  identity: ProducerIdentity,
  commit: boolean,
  timeoutMs: number,
): Exchange<number> {
  return {
    apiKey: 26,
    apiVersion: 1,
    apiName: commit ? 'EndTxn (commit)' : 'EndTxn (abort)',
    about: `transactional id ${transactionalId}`,
    timeoutMs,
    body: begin(transactionalId, identity).boolean(commit).finish(),
    decode: codeAfterThrottle,
  }
}

function begin(transactionalId: string, { producerId, producerEpoch }: ProducerIdentity) {
  return wireWriter(128).string(transactionalId).int64(producerId).int16(producerEpoch)
}

/** Places under their topic, in the order in which they are given. */
export function byTopic<T extends TopicPartition | PartitionOffset>(
  places: readonly T[],
): [topic: string, places: T[]][] {
  const topics = new Map<string, T[]>()
  for (const place of places) {
    const list = topics.get(place.topic)
    if (list === undefined) topics.set(place.topic, [place])
    else list.push(place)
  }
  return [...topics]
}

function codeAfterThrottle(payload: Buffer): number {
  const answer = wireReader(payload)
  answer.int32()
  return answer.int16()
}

function firstCodeOfPartitions(payload: Buffer): CodeAbout | null {
  const answer = wireReader(payload)
  answer.int32()
  let first: CodeAbout | null = null
  answer.list(() => {
    const topic = answer.string()
    answer.list(() => {
      const partition = answer.int32()
      const code = answer.int16()
      // A partition that was not tried because of another says less than that other.
      if (code !== 0 && (first === null || first.code === notAttempted))
        first = { code, about: `${topic}/${partition}` }
    })
  })
  return first
}

const notAttempted = 55
