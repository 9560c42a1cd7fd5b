// Brokers that answer Fetch from fake logs, byte for byte as the protocol says, and fail when they are told to.
import type {
  BrokerLink,
  Connections,
  Exchange,
} from '../../../../connectors/kafka/client/connections.ts'
import type { FetchedBytes } from '../../../../connectors/kafka/client/fetch-protocol.ts'
import { KafkaError } from '../../../../connectors/kafka/client/kafka-error.ts'
import type { PartitionOffset } from '../../../../connectors/kafka/client/port.ts'
import { wireReader, wireWriter } from '../../../../connectors/kafka/client/wire.ts'
import type { FakeLog } from './fake-log.ts'

export interface SeenFetch {
  readonly nodeId: number
  readonly maxWaitMs: number
  readonly places: readonly PartitionOffset[]
}

export interface FakeCluster {
  readonly connections: Connections
  readonly fetches: SeenFetch[]
  /** Where a log is; brokers that had it before say so. The client learns it by a refresh. */
  lead(nodeId: number, log: FakeLog): void
  /** Its topic does not exist (any more). */
  remove(log: FakeLog): void
  /** Called for each partition of an answer: may put another in its place. */
  onAnswer: (fetched: FetchedBytes) => FetchedBytes
  /** The broker gives no answer; null ends that. */
  fail(nodeId: number, error: KafkaError | null): void
  /** What a log has got is told to those that wait for it. */
  changed(): void
  /** Answers wait here; the call lets them go. */
  hold(): () => void
}

const notLeader = 6
const unknownTopic = 3

const keyOf = ({ topic, partition }: { topic: string; partition: number }) =>
  `${topic}/${partition}`

/** `batches`: record batches that fit into one answer for a partition. */
export function createFakeCluster(batches = 2): FakeCluster {
  const logs = new Map<string, { readonly log: FakeLog; readonly leader: number }>()
  const known = new Map<string, number>()
  const failing = new Map<number, KafkaError>()
  const fetches: SeenFetch[] = []
  let waiting = Promise.withResolvers<void>()
  let held: Promise<void> | null = null

  const fetchOne = (nodeId: number, at: PartitionOffset): FetchedBytes => {
    const found = logs.get(keyOf(at))
    if (found?.leader === nodeId) return cluster.onAnswer(found.log.fetch(at.offset, batches))
    const code = found === undefined ? unknownTopic : notLeader
    const nothing = {
      lastStableOffset: -1,
      logStartOffset: -1,
      aborted: [],
      bytes: Buffer.alloc(0),
    }
    return { topic: at.topic, partition: at.partition, code, ...nothing }
  }

  const serve = async (nodeId: number, body: Buffer): Promise<Buffer> => {
    const { maxWaitMs, places } = decodeRequest(body)
    fetches.push({ nodeId, maxWaitMs, places })
    const failure = failing.get(nodeId)
    if (failure !== undefined) throw failure
    const deadline = performance.now() + maxWaitMs
    for (;;) {
      const answers = places.map((at) => fetchOne(nodeId, at))
      const leftMs = deadline - performance.now()
      if (leftMs <= 0 || answers.some(({ code, bytes }) => code !== 0 || bytes.length > 0)) {
        if (held !== null) await held
        return encodeAnswer(answers)
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, leftMs)
      await Promise.race([waiting.promise, promise])
      clearTimeout(timer)
    }
  }

  const link = async (nodeId: number): Promise<BrokerLink> => {
    const failure = failing.get(nodeId)
    if (failure !== undefined) throw failure
    const send = async <T>(exchange: Exchange<T>): Promise<T> =>
      exchange.decode(await serve(nodeId, exchange.body))
    return { nodeId, send } as BrokerLink
  }

  const refresh = async (): Promise<void> => {
    known.clear()
    for (const [key, { leader }] of logs) known.set(key, leader)
  }

  const cluster: FakeCluster = {
    fetches,
    connections: {
      link,
      refresh,
      async leaderOf(at) {
        if (!known.has(keyOf(at))) await refresh()
        const leader = known.get(keyOf(at))
        if (leader === undefined) throw new KafkaError('TOPIC_MISSING', `no ${keyOf(at)}`)
        return link(leader)
      },
      coordinatorOf: () => Promise.reject(new KafkaError('FAILED', 'no coordinators here')),
      forgetCoordinator: () => undefined,
      close: async () => undefined,
    },
    lead(nodeId, log) {
      logs.set(keyOf(log), { log, leader: nodeId })
      cluster.changed()
    },
    remove(log) {
      logs.delete(keyOf(log))
      cluster.changed()
    },
    onAnswer: (fetched) => fetched,
    fail(nodeId, error) {
      if (error === null) failing.delete(nodeId)
      else failing.set(nodeId, error)
    },
    changed() {
      waiting.resolve()
      waiting = Promise.withResolvers<void>()
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return () => {
        held = null
        resolve()
      }
    },
  }
  return cluster
}

function decodeRequest(body: Buffer) {
  const request = wireReader(body)
  request.int32()
  const maxWaitMs = request.int32()
  request.int32()
  request.int32()
  request.int8()
  request.int32()
  request.int32()
  const places: PartitionOffset[] = []
  request.list(() => {
    const topic = request.string()
    request.list(() => {
      const partition = request.int32()
      request.int32()
      const offset = request.int64()
      request.int64()
      request.int32()
      places.push({ topic, partition, offset })
    })
  })
  return { maxWaitMs, places }
}

function encodeAnswer(answers: readonly FetchedBytes[]): Buffer {
  const answer = wireWriter().int32(0).int16(0).int32(0)
  answer.list(answers, (one) => {
    answer.string(one.topic).list([one], ({ partition, code, bytes, aborted }) => {
      answer.int32(partition).int16(code).int64(one.lastStableOffset).int64(one.lastStableOffset)
      answer.int64(one.logStartOffset)
      answer.list(aborted, ({ producerId, firstOffset }) => {
        answer.int64(producerId).int64(firstOffset)
      })
      answer.int32(-1).bytes(bytes)
    })
  })
  return answer.finish()
}
