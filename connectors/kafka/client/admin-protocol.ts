// Requests of administration that the library lacks, or whose answers it makes one error of.
import type { Exchange } from './broker-link.ts'
import type { PartitionOffset, TopicPartition, TopicToCreate } from './port.ts'
import { byTopic } from './transaction-protocol.ts'
import { wireReader, wireWriter } from './wire.ts'

export interface NameAnswer {
  readonly name: string
  readonly code: number
  readonly detail: string | null
}

export interface OffsetAnswer extends PartitionOffset {
  readonly code: number
}

export function createTopicsExchange(
  topics: readonly TopicToCreate[],
  timeoutMs: number,
): Exchange<readonly NameAnswer[]> {
  const request = wireWriter(256 + topics.length * 256)
  request.list(topics, ({ name, partitions, replication, configs }) => {
    request.string(name).int32(partitions).int16(replication).int32(0)
    request.list(Object.entries(configs), ([config, value]) =>
      request.string(config).nullableString(value),
    )
  })
  request.int32(timeoutMs).boolean(false)
  return {
    apiKey: 19,
    apiVersion: 2,
    apiName: 'CreateTopics',
    about: topics.map(({ name }) => name).join(', '),
    body: request.finish(),
    decode(payload) {
      const answer = wireReader(payload)
      answer.int32()
      return answer.list(() => ({
        name: answer.string(),
        code: answer.int16(),
        detail: answer.nullableString(),
      }))
    },
  }
}

export function deleteTopicsExchange(
  names: readonly string[],
  timeoutMs: number,
): Exchange<readonly NameAnswer[]> {
  const request = wireWriter(256)
  request.list(names, (name) => request.string(name))
  return {
    apiKey: 20,
    apiVersion: 1,
    apiName: 'DeleteTopics',
    about: names.join(', '),
    body: request.int32(timeoutMs).finish(),
    decode(payload) {
      const answer = wireReader(payload)
      answer.int32()
      return answer.list(() => ({ name: answer.string(), code: answer.int16(), detail: null }))
    },
  }
}

const topicResource = 2
const setOperation = 0

/** Sets some settings of a topic; the library's request would put all others back to their defaults. */
export function setConfigsExchange(
  topic: string,
  configs: Readonly<Record<string, string>>,
): Exchange<readonly NameAnswer[]> {
  const request = wireWriter(512).int32(1).int8(topicResource).string(topic)
  request.list(Object.entries(configs), ([name, value]) =>
    request.string(name).int8(setOperation).nullableString(value),
  )
  return {
    apiKey: 44,
    apiVersion: 0,
    apiName: 'IncrementalAlterConfigs',
    about: topic,
    body: request.boolean(false).finish(),
    decode(payload) {
      const answer = wireReader(payload)
      answer.int32()
      return answer.list(() => {
        const code = answer.int16()
        const detail = answer.nullableString()
        answer.int8()
        return { name: answer.string(), code, detail }
      })
    },
  }
}

/** First kept offset, last stable offset, or high-water mark. */
export type OffsetKind = 'start' | 'stable' | 'high-water'

export function listOffsetsExchange(
  places: readonly TopicPartition[],
  kind: OffsetKind,
): Exchange<readonly OffsetAnswer[]> {
  const isCommittedOnly = kind === 'stable'
  const request = wireWriter(64 + places.length * 32)
    .int32(-1)
    .int8(isCommittedOnly ? 1 : 0)
  request.list(byTopic(places), ([topic, partitions]) => {
    request.string(topic)
    request.list(partitions, ({ partition }) =>
      request.int32(partition).int64(kind === 'start' ? -2 : -1),
    )
  })
  return {
    apiKey: 2,
    apiVersion: 2,
    apiName: 'ListOffsets',
    about: `${places.length} partitions`,
    body: request.finish(),
    decode(payload) {
      const answer = wireReader(payload)
      answer.int32()
      const found: OffsetAnswer[] = []
      answer.list(() => {
        const topic = answer.string()
        answer.list(() => {
          const partition = answer.int32()
          const code = answer.int16()
          answer.int64()
          found.push({ topic, partition, code, offset: answer.int64() })
        })
      })
      return found
    },
  }
}

export interface CommittedAnswer {
  /** Of the whole request. */
  readonly code: number
  /** -1: none committed. */
  readonly offsets: readonly OffsetAnswer[]
}

/** Offsets of a group; one that an open transaction is about to change is answered with UNSTABLE_OFFSET_COMMIT. */
export function stableOffsetsExchange(
  group: string,
  places: readonly TopicPartition[],
): Exchange<CommittedAnswer> {
  // A flexible version: the header ends with tagged fields, in the request as in the answer.
  const request = wireWriter(64 + places.length * 32)
    .tags()
    .compactString(group)
  request.compactList(byTopic(places), ([topic, partitions]) => {
    request.compactString(topic)
    request.compactList(partitions, ({ partition }) => request.int32(partition)).tags()
  })
  return {
    apiKey: 9,
    apiVersion: 7,
    apiName: 'OffsetFetch',
    about: `group ${group}`,
    body: request.boolean(true).tags().finish(),
    decode(payload) {
      const answer = wireReader(payload)
      answer.tags()
      answer.int32()
      const offsets: OffsetAnswer[] = []
      answer.compactList(() => {
        const topic = answer.compactString()
        answer.compactList(() => {
          const partition = answer.int32()
          const offset = answer.int64()
          answer.int32()
          answer.nullableCompactString()
          offsets.push({ topic, partition, offset, code: answer.int16() })
          answer.tags()
        })
        answer.tags()
      })
      return { code: answer.int16(), offsets }
    },
  }
}

/** The same for brokers that know no stable offsets: what an open transaction changes is answered as it was before. */
export function offsetsExchange(
  group: string,
  places: readonly TopicPartition[],
): Exchange<CommittedAnswer> {
  const request = wireWriter(64 + places.length * 32).string(group)
  request.list(byTopic(places), ([topic, partitions]) => {
    request.string(topic)
    request.list(partitions, ({ partition }) => request.int32(partition))
  })
  return {
    apiKey: 9,
    apiVersion: 4,
    apiName: 'OffsetFetch',
    about: `group ${group}`,
    body: request.finish(),
    decode(payload) {
      const answer = wireReader(payload)
      answer.int32()
      const offsets: OffsetAnswer[] = []
      answer.list(() => {
        const topic = answer.string()
        answer.list(() => {
          const partition = answer.int32()
          const offset = answer.int64()
          answer.nullableString()
          offsets.push({ topic, partition, offset, code: answer.int16() })
        })
      })
      return { code: answer.int16(), offsets }
    },
  }
}
