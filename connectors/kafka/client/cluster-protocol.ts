// The requests by which the cluster is known: brokers, leaders, coordinators. The library's own answer with one missing
// topic is an error for all topics, so these are read here.
import { wireReader, wireWriter } from './wire.ts'

export interface NodeAddress {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

export interface PartitionMetadata {
  readonly code: number
  readonly partition: number
  /** Negative: none at present. */
  readonly leader: number
  readonly replicas: readonly number[]
}

export interface TopicMetadata {
  readonly code: number
  readonly name: string
  readonly isInternal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

export interface ClusterMetadata {
  readonly nodes: readonly NodeAddress[]
  readonly controller: number
  readonly topics: readonly TopicMetadata[]
}

/** Of the names given, or of all topics for null. It never creates one. */
export function metadataExchange(names: readonly string[] | null) {
  const request = wireWriter(64)
  if (names === null) request.int32(-1)
  else request.list(names, (name) => request.string(name))
  return {
    apiKey: 3,
    apiVersion: 4,
    apiName: 'Metadata',
    body: request.boolean(false).finish(),
    decode: decodeMetadata,
  }
}

function decodeMetadata(payload: Buffer): ClusterMetadata {
  const answer = wireReader(payload)
  answer.int32()
  const nodes = answer.list(() => {
    const node = { nodeId: answer.int32(), host: answer.string(), port: answer.int32() }
    answer.nullableString()
    return node
  })
  answer.nullableString()
  const controller = answer.int32()
  const topics = answer.list(() => ({
    code: answer.int16(),
    name: answer.string(),
    isInternal: answer.boolean(),
    partitions: answer.list(() => {
      const partition = {
        code: answer.int16(),
        partition: answer.int32(),
        leader: answer.int32(),
        replicas: answer.list(() => answer.int32()),
      }
      answer.list(() => answer.int32())
      return partition
    }),
  }))
  return { nodes, controller, topics }
}

export interface CoordinatorAnswer extends NodeAddress {
  readonly code: number
  readonly detail: string | null
}

export function findCoordinatorExchange(kind: 'group' | 'transaction', id: string) {
  return {
    apiKey: 10,
    apiVersion: 1,
    apiName: 'FindCoordinator',
    about: `${kind} ${id}`,
    body: wireWriter(64)
      .string(id)
      .int8(kind === 'group' ? 0 : 1)
      .finish(),
    decode(payload: Buffer): CoordinatorAnswer {
      const answer = wireReader(payload)
      answer.int32()
      return {
        code: answer.int16(),
        detail: answer.nullableString(),
        nodeId: answer.int32(),
        host: answer.string(),
        port: answer.int32(),
      }
    },
  }
}
