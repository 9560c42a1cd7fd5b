// Gets batches into the log: the same bytes and numbers again and again, within a time limit, wherever the leader is by
// then. One request at a time to each leader, so that no batch overtakes another.
import type { BaseOffsets, Lane } from './batch-lanes.ts'
import type { BrokerLink } from './broker-link.ts'
import { CODE, isLeaderMoved } from './codes.ts'
import type { Connections } from './connections.ts'
import type { Deadline } from './deadline.ts'
import { KafkaError } from './kafka-error.ts'
import { produceExchange } from './produce-protocol.ts'
import type { PartitionBatch } from './produce-protocol.ts'
import type { SealedBatch } from './record-batch-writer.ts'
import type { Sequences } from './sequences.ts'
import type { ProducerIdentity } from './transaction-protocol.ts'
import { isPassing, refused } from './translate.ts'

export interface DeliveryOptions {
  readonly connections: Connections
  readonly identity: ProducerIdentity
  readonly sequences: Sequences
  /**
   * Of the transaction that the records belong to, or null. In a transaction only what the broker refused is sent again:
   * when an answer is lost, all of it is given up.
   */
  readonly transactionalId: string | null
  /** Longest wait for one answer. */
  readonly requestTimeoutMs: number
}

/** Brokers take up to 100 MB in one request (socket.request.max.bytes). */
const maxRequestBytes = 8_000_000

interface Pending extends PartitionBatch {
  readonly sealed: SealedBatch
  /** It may be in the log already: an answer was lost, or was not a clear no. */
  mayBeThere: boolean
  lastError: unknown
}

/**
 * Resolves when all is in the log. Rejects with a KafkaError; without a transaction it is UNKNOWN_OUTCOME when some of it
 * is in the log, or may be.
 */
export async function deliver(
  options: DeliveryOptions,
  lanes: readonly Lane[],
  baseOffsets: BaseOffsets,
  deadline: Deadline,
): Promise<void> {
  // A request carries one batch a partition.
  const rounds = Math.max(0, ...lanes.map((lane) => lane.batches.length))
  for (let round = 0; round < rounds; round += 1)
    await deliverRound(options, stampRound(options, lanes, round), baseOffsets, deadline)
}

function stampRound(
  { identity, sequences, transactionalId }: DeliveryOptions,
  lanes: readonly Lane[],
  round: number,
): Pending[] {
  return lanes.flatMap((lane) => {
    const sealed = lane.batches[round]
    if (sealed === undefined) return []
    const { topic, partition } = lane
    const baseSequence = sequences.next(lane)
    const transactional = transactionalId !== null
    const batch = sealed.stamp({ ...identity, baseSequence, transactional })
    return [{ topic, partition, batch, sealed, mayBeThere: false, lastError: null }]
  })
}

async function deliverRound(
  options: DeliveryOptions,
  round: readonly Pending[],
  baseOffsets: BaseOffsets,
  deadline: Deadline,
): Promise<void> {
  let rest = round
  for (;;) {
    const byLeader = await groupedByLeader(options.connections, rest)
    const outcomes = await Promise.allSettled(
      [...byLeader].map(async ([leader, pending]) => {
        for (const part of inRequests(pending))
          await attempt(options, leader, part, baseOffsets, deadline)
      }),
    )
    rest = rest.filter(({ sealed }) => !baseOffsets.has(sealed))
    const fatal = outcomes.find((one) => one.status === 'rejected')
    if (fatal === undefined && rest.length === 0) return
    if (fatal !== undefined) throw ofRound(options, fatal.reason, rest, baseOffsets)
    if (!(await deadline.wait(100))) throw ofRound(options, rest[0]?.lastError, rest, baseOffsets)
    await options.connections.refresh([...new Set(rest.map(({ topic }) => topic))]).catch(() => {})
  }
}

/** Partitions without a leader at present are left out and keep the reason. */
async function groupedByLeader(
  connections: Connections,
  pending: readonly Pending[],
): Promise<Map<BrokerLink, Pending[]>> {
  const byLeader = new Map<BrokerLink, Pending[]>()
  await Promise.all(
    pending.map(async (one) => {
      try {
        const leader = await connections.leaderOf(one)
        const list = byLeader.get(leader) ?? []
        byLeader.set(leader, list)
        list.push(one)
      } catch (error) {
        if (!isPassing(error)) throw error
        one.lastError = error
      }
    }),
  )
  return byLeader
}

function inRequests(pending: readonly Pending[]): Pending[][] {
  const requests: Pending[][] = []
  let bytes = maxRequestBytes
  for (const one of pending) {
    if (bytes + one.batch.length > maxRequestBytes) {
      requests.push([])
      bytes = 0
    }
    bytes += one.batch.length
    requests.at(-1)?.push(one)
  }
  return requests
}

/** Rejects only for what must not be, or need not be, sent again. */
async function attempt(
  { requestTimeoutMs, sequences, transactionalId }: DeliveryOptions,
  leader: BrokerLink,
  pending: readonly Pending[],
  baseOffsets: BaseOffsets,
  deadline: Deadline,
): Promise<void> {
  // Without a transaction the last attempt gets its whole time, so that it tells more than that it was cut off.
  const timeoutMs =
    transactionalId === null ? requestTimeoutMs : Math.min(requestTimeoutMs, deadline.remainingMs())
  const exchange = produceExchange(transactionalId, pending, timeoutMs)
  const answers = await leader.send(exchange).catch((error: unknown) => {
    for (const one of pending) {
      one.lastError = error
      one.mayBeThere = true
    }
    if (!isPassing(error) || transactionalId !== null) throw error
    return []
  })
  for (const one of pending) {
    const { topic, partition, sealed } = one
    const answer = answers.find((told) => told.topic === topic && told.partition === partition)
    if (answer === undefined) continue
    if (answer.code === CODE.NONE) {
      sequences.advance(one, sealed.count)
      baseOffsets.set(sealed, answer.baseOffset)
      continue
    }
    const asked = { broker: String(leader.nodeId), api: 'Produce', about: `${topic}/${partition}` }
    one.lastError = refused(answer.code, asked)
    if (!isAskedAgain(answer.code)) throw one.lastError
    one.mayBeThere ||= !isClearNo(answer.code)
  }
}

/** Refusals that pass: the leader moves, or lacks replicas. */
function isAskedAgain(code: number): boolean {
  return (
    isLeaderMoved(code) ||
    code === CODE.NOT_ENOUGH_REPLICAS ||
    code === CODE.NOT_ENOUGH_REPLICAS_AFTER_APPEND ||
    code === CODE.REQUEST_TIMED_OUT ||
    code === CODE.NETWORK_EXCEPTION
  )
}

/** The others are also said by a leader that has appended the batch and then lost its place, or its replicas. */
function isClearNo(code: number): boolean {
  return code === CODE.NOT_ENOUGH_REPLICAS || code === CODE.LEADER_NOT_AVAILABLE
}

function ofRound(
  { transactionalId }: DeliveryOptions,
  error: unknown,
  rest: readonly Pending[],
  baseOffsets: BaseOffsets,
): KafkaError {
  const isTold = error instanceof KafkaError && error.fault !== 'FAILED' && !isPassing(error)
  if (error instanceof KafkaError && (isTold || transactionalId !== null)) return error
  const text = error instanceof Error ? error.message : String(error)
  const isPartly = baseOffsets.size > 0 || rest.some(({ mayBeThere }) => mayBeThere)
  return new KafkaError(isPartly ? 'UNKNOWN_OUTCOME' : 'FAILED', text, error)
}
