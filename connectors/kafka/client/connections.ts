// Sockets to the brokers of one cluster, who leads what, and who coordinates whom. One of these for each thing that must
// not wait for another: a broker answers the requests of one socket one after another.
import type { BrokerLink, ConnectionsOptions, Exchange } from './broker-link.ts'
import { createBrokerNode } from './broker-node.ts'
import type { BrokerNode } from './broker-node.ts'
import { CODE, isCoordinatorMoved } from './codes.ts'
import { findCoordinatorExchange, metadataExchange } from './cluster-protocol.ts'
import type { ClusterMetadata, NodeAddress, TopicMetadata } from './cluster-protocol.ts'
import { KafkaError } from './kafka-error.ts'
import { assertKafkajsVersion } from './kafkajs-version.ts'
import type { TopicPartition } from './port.ts'
import { isPassing, refused } from './translate.ts'

export type { BrokerLink, ConnectionsOptions, Exchange } from './broker-link.ts'

/** Every function rejects with a KafkaError. UNREACHABLE passes: ask again. */
export interface Connections {
  link(nodeId: number): Promise<BrokerLink>
  /** TOPIC_MISSING when there is no such partition. */
  leaderOf(place: TopicPartition): Promise<BrokerLink>
  /** Asks anew who leads; topics that do not exist are no error here. */
  refresh(topics: readonly string[]): Promise<void>
  coordinatorOf(kind: 'group' | 'transaction', id: string): Promise<BrokerLink>
  forgetCoordinator(kind: 'group' | 'transaction', id: string): void
  /** Ends all sockets; what is under way rejects. */
  close(): Promise<void>
}

/** What administration needs besides. */
export interface Cluster extends Connections {
  /** Of the names given, or all; each with its code, since one may be missing. */
  topics(names: readonly string[] | null): Promise<readonly TopicMetadata[]>
  controller(): Promise<BrokerLink>
  nodeIds(): Promise<readonly number[]>
}

export function createConnections(options: ConnectionsOptions): Cluster {
  assertKafkajsVersion()
  const nodes = createNodes(options)
  const topicsSeen = new Map<string, TopicMetadata>()
  /** Leader by topic, then partition. */
  const leaders = new Map<string, Map<number, number>>()
  const coordinators = new Map<string, number>()
  let controllerId = -1

  nodes.onEnd = (nodeId) => {
    for (const partitions of leaders.values())
      for (const [partition, leader] of partitions)
        if (leader === nodeId) partitions.delete(partition)
    for (const [key, coordinator] of coordinators)
      if (coordinator === nodeId) coordinators.delete(key)
    if (controllerId === nodeId) controllerId = -1
  }

  const askMetadata = async (names: readonly string[] | null): Promise<ClusterMetadata> => {
    const metadata = await nodes.askAny(metadataExchange(names))
    nodes.learnAll(metadata.nodes)
    controllerId = metadata.controller
    for (const topic of metadata.topics) {
      const led = topic.partitions.filter((one) => one.leader >= 0)
      topicsSeen.set(topic.name, topic)
      leaders.set(topic.name, new Map(led.map((one) => [one.partition, one.leader])))
    }
    return metadata
  }
  const refresh = coalesced(askMetadata)
  nodes.refresh = () => refresh([])

  const leaderOf = async ({ topic, partition }: TopicPartition): Promise<BrokerLink> => {
    if (leaders.get(topic)?.get(partition) === undefined) await refresh([topic])
    const leader = leaders.get(topic)?.get(partition)
    if (leader !== undefined) return nodes.link(leader)
    throw withoutLeader({ topic, partition }, topicsSeen.get(topic))
  }

  const coordinatorOf = async (kind: 'group' | 'transaction', id: string): Promise<BrokerLink> => {
    const key = `${kind} ${id}`
    const known = coordinators.get(key)
    if (known !== undefined) return nodes.link(known)
    const answer = await nodes.askAny(findCoordinatorExchange(kind, id))
    const asked = { broker: 'any', api: 'FindCoordinator', about: key }
    if (answer.code !== CODE.NONE)
      throw refused(answer.code, asked, isCoordinatorMoved(answer.code) ? null : answer.detail)
    nodes.learn(answer)
    coordinators.set(key, answer.nodeId)
    return nodes.link(answer.nodeId)
  }

  return {
    link: (nodeId) => nodes.link(nodeId),
    leaderOf,
    refresh: async (topics) => {
      await refresh(topics)
    },
    coordinatorOf,
    forgetCoordinator(kind, id) {
      coordinators.delete(`${kind} ${id}`)
    },
    topics: async (names) => (await askMetadata(names)).topics,
    controller: async () => {
      if (controllerId < 0) await refresh([])
      if (controllerId < 0)
        throw new KafkaError('UNREACHABLE', 'expected a controller of the cluster, was none')
      return nodes.link(controllerId)
    },
    nodeIds: async () => (await askMetadata([])).nodes.map((node) => node.nodeId),
    close: async () => nodes.close(),
  }
}

function withoutLeader({ topic, partition }: TopicPartition, seen: TopicMetadata | undefined) {
  const place = seen?.partitions.find((one) => one.partition === partition)
  if (seen?.code === CODE.UNKNOWN_TOPIC_OR_PARTITION || (seen?.code === CODE.NONE && !place))
    return new KafkaError('TOPIC_MISSING', `expected ${topic}/${partition}, was not there`)
  const code = seen === undefined || seen.code === CODE.NONE ? CODE.LEADER_NOT_AVAILABLE : seen.code
  return refused(code, { broker: 'any', api: 'Metadata', about: `${topic}/${partition}` })
}

/** Any broker can answer a look-up, so one that does not is soon given up for the next. */
const longestLookUpMs = 10_000

/** Brokers by number, with those to begin with, whose numbers are not known yet. */
function createNodes(options: ConnectionsOptions) {
  const byId = new Map<number, BrokerNode>()
  /** Opened to find the cluster; one that turns out to be a known broker is taken over with its socket. */
  const seeds = new Map<string, BrokerNode>()
  /** They could not be reached where they were last: ask for their address first. */
  const suspects = new Set<number>()
  let isClosed = false
  const lookUpTimeoutMs = Math.min(options.requestTimeoutMs, longestLookUpMs)

  const nodeAt = (address: { host: string; port: number }): BrokerNode => {
    const node = createBrokerNode(address, options, () => {
      for (const [nodeId, known] of byId) if (known === node) nodes.onEnd(nodeId)
    })
    return node
  }

  const nodes = {
    onEnd: (_nodeId: number): void => {},
    refresh: (): Promise<unknown> => Promise.resolve(),

    learn({ nodeId, host, port }: NodeAddress): void {
      if (isClosed) return
      const known = byId.get(nodeId)
      if (known !== undefined && known.address.host === host && known.address.port === port) return
      known?.close(new KafkaError('UNREACHABLE', `broker ${nodeId} moved to ${host}:${port}`))
      const seed = seeds.get(`${host}:${port}`)
      seeds.delete(`${host}:${port}`)
      byId.set(nodeId, seed ?? nodeAt({ host, port }))
    },

    learnAll(found: readonly NodeAddress[]): void {
      for (const node of found) nodes.learn(node)
      for (const [nodeId, node] of byId)
        if (!found.some((one) => one.nodeId === nodeId)) {
          node.close(new KafkaError('UNREACHABLE', `broker ${nodeId} left the cluster`))
          byId.delete(nodeId)
        }
    },

    /** Asks any broker: one with an open socket if possible, in the end those to begin with. */
    async askAny<T>(exchange: Exchange<T>): Promise<T> {
      const known = [...byId.values()].sort((a, b) => Number(b.isOpen) - Number(a.isOpen))
      const tried = new Set(known.map(({ address }) => `${address.host}:${address.port}`))
      let lastError: unknown = closedError()
      const ask = async (node: BrokerNode): Promise<{ readonly answer: T } | null> => {
        if (isClosed) throw closedError()
        try {
          return { answer: await node.send({ timeoutMs: lookUpTimeoutMs, ...exchange }) }
        } catch (error) {
          if (!isPassing(error)) throw error
          lastError = error
          return null
        }
      }
      for (const node of known) {
        const told = await ask(node)
        if (told !== null) return told.answer
      }
      for (const broker of options.brokers) {
        if (tried.has(broker)) continue
        const seed = seeds.get(broker) ?? nodeAt(addressOf(broker))
        seeds.set(broker, seed)
        const told = await ask(seed)
        if (told !== null) return told.answer
      }
      throw lastError
    },

    async link(nodeId: number): Promise<BrokerLink> {
      if (isClosed) throw closedError()
      if (suspects.delete(nodeId) || !byId.has(nodeId)) await nodes.refresh()
      const node = byId.get(nodeId)
      if (node === undefined)
        throw new KafkaError('UNREACHABLE', `expected broker ${nodeId} in the cluster, was none`)
      try {
        return await node.connected(nodeId)
      } catch (error) {
        if (isPassing(error)) suspects.add(nodeId)
        throw error
      }
    },

    close(): void {
      isClosed = true
      for (const node of [...byId.values(), ...seeds.values()]) node.close(closedError())
    },
  }
  return nodes
}

function closedError(): KafkaError {
  return new KafkaError('FAILED', 'expected open connections, were closed')
}

function addressOf(broker: string): { host: string; port: number } {
  const colon = broker.lastIndexOf(':')
  return { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) }
}

/** Names asked for while a request is under way go into the next one together. */
function coalesced(ask: (names: readonly string[]) => Promise<unknown>) {
  let waiting: { readonly names: Set<string>; readonly done: Promise<unknown> } | null = null
  let running: Promise<unknown> = Promise.resolve()
  return (names: readonly string[]): Promise<unknown> => {
    if (waiting === null) {
      const batch = new Set<string>()
      const done = running.then(() => {
        waiting = null
        return ask([...batch])
      })
      running = done.catch(() => {})
      waiting = { names: batch, done }
    }
    for (const name of names) waiting.names.add(name)
    return waiting.done
  }
}
