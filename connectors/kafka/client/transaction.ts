// One transaction in as few round trips as the protocol allows: what it touches, then records and offsets, then its end.
// What the broker refuses for now is asked again; what it does not answer is never sent again.
import { appendedOf, lanesOf } from './batch-lanes.ts'
import type { BaseOffsets } from './batch-lanes.ts'
import type { BrokerLink, Exchange } from './broker-link.ts'
import { CODE, isCoordinatorMoved } from './codes.ts'
import type { Connections } from './connections.ts'
import { deadlineIn, withinDeadline } from './deadline.ts'
import type { Deadline } from './deadline.ts'
import { deliver } from './delivery.ts'
import { KafkaError } from './kafka-error.ts'
import type { Appended, Transaction } from './port.ts'
import type { Sequences } from './sequences.ts'
import {
  addOffsetsExchange,
  addPartitionsExchange,
  endTxnExchange,
  txnOffsetCommitExchange,
} from './transaction-protocol.ts'
import type { CodeAbout, ProducerIdentity } from './transaction-protocol.ts'
import { codeOf, isPassing, refused } from './translate.ts'

/** What a transaction needs to know of its producer. */
export interface Session {
  readonly id: string
  readonly identity: ProducerIdentity
  readonly connections: Connections
  readonly sequences: Sequences
  /** The coordinator may have a transaction of this producer open. */
  mayBeOpen: boolean
  /** A request got no answer and may arrive later. Only a fence shuts it out; after an abort it would begin anew. */
  isUnanswered: boolean
}

/** A topic that was created a moment ago may not be known to every broker. */
const longestUnknownTopicMs = 1_000

/** Rejects with a KafkaError; UNKNOWN_OUTCOME and FENCED are final, after all others the transaction may be open. */
export async function commitOnce(
  session: Session,
  { batches, offsets: given }: Transaction,
  deadline: Deadline,
): Promise<readonly Appended[]> {
  const { connections, id, identity } = session
  const lanes = lanesOf(batches)
  const offsets = given !== null && given.offsets.length > 0 ? given : null
  const baseOffsets: BaseOffsets = new Map()
  if (lanes.length === 0 && offsets === null) return appendedOf(batches, baseOffsets)

  const transaction = coordinator(connections, 'transaction', id, deadline)
  const delivery = { ...session, transactionalId: id, requestTimeoutMs: deadline.remainingMs() }
  // A topic that is missing is found out before anything is opened.
  await Promise.all(lanes.map((lane) => connections.leaderOf(lane)))
  session.mayBeOpen = true
  await allOf(session, [
    lanes.length > 0 &&
      transaction((ms) => addPartitionsExchange(id, identity, lanes, ms), isTopicNew()),
    offsets !== null && transaction((ms) => addOffsetsExchange(id, identity, offsets.group, ms)),
  ])
  const group = coordinator(connections, 'group', offsets?.group ?? '', deadline)
  await allOf(session, [
    deliver(delivery, lanes, baseOffsets, deadline),
    offsets !== null && group((ms) => txnOffsetCommitExchange(id, identity, offsets, ms)),
  ])
  try {
    await transaction((ms) => endTxnExchange(id, identity, true, ms))
  } catch (error) {
    session.isUnanswered = isUnanswered(error)
    throw ofLastStep(error)
  }
  session.mayBeOpen = false
  return appendedOf(batches, baseOffsets)
}

/** Aborts what may be open, within the deadline. Never rejects: the next fence does the same. */
export async function abortOpen(session: Session, deadline: Deadline): Promise<void> {
  if (!session.mayBeOpen || session.isUnanswered) return
  const { connections, id, identity } = session
  const transaction = coordinator(connections, 'transaction', id, deadline)
  const aborted = transaction((ms) => endTxnExchange(id, identity, false, ms)).then(() => {
    session.mayBeOpen = false
  })
  await withinDeadline(aborted, deadline)
}

/**
 * The coordinator writes its decision before it answers, and may lose its place or its followers in between: whatever it
 * says then, the decision may stand. Only for one that is fenced the transaction is over.
 */
function ofLastStep(error: unknown): KafkaError {
  if (error instanceof KafkaError && error.fault === 'FENCED') return error
  const text = error instanceof Error ? error.message : String(error)
  return new KafkaError('UNKNOWN_OUTCOME', `expected the end of a transaction, was ${text}`, error)
}

/** Waits for all, so that nothing is under way any more when the transaction is ended; then throws the first error. */
async function allOf(
  session: Session,
  steps: readonly (Promise<unknown> | false)[],
): Promise<void> {
  const errors: unknown[] = []
  for (const step of await Promise.allSettled(steps.filter((one) => one !== false)))
    if (step.status === 'rejected') errors.push(step.reason)
  if (errors.length === 0) return
  session.isUnanswered = errors.some(isUnanswered)
  // Being fenced explains whatever else went wrong.
  throw errors.find((one) => one instanceof KafkaError && one.fault === 'FENCED') ?? errors[0]
}

const isUnanswered = (error: unknown): boolean => isPassing(error) && codeOf(error) === null

type Answer = CodeAbout | number | null

/** Asks a coordinator until it accepts: a refusal that passes by itself is asked again within 1 to 5 ms. */
function coordinator(
  connections: Connections,
  kind: 'transaction' | 'group',
  id: string,
  deadline: Deadline,
) {
  return async (
    exchangeWithin: (timeoutMs: number) => Exchange<Answer>,
    isPassingToo: (code: number) => boolean = () => false,
  ): Promise<void> => {
    for (;;) {
      const link = await findCoordinator(connections, kind, id, deadline)
      const exchange = exchangeWithin(deadline.remainingMs())
      const answer = await link.send(exchange)
      const { code, about } =
        typeof answer === 'number' ? { code: answer, about: '' } : (answer ?? accepted)
      if (code === CODE.NONE) return
      if (isCoordinatorMoved(code)) connections.forgetCoordinator(kind, id)
      const passes =
        isCoordinatorMoved(code) || code === CODE.CONCURRENT_TRANSACTIONS || isPassingToo(code)
      if (!passes || !(await deadline.wait(5))) throw refusedBy(link, exchange, code, about)
    }
  }
}

/** A new broker has none at first. One that can't be reached is not waited for: the fence does that. */
async function findCoordinator(
  connections: Connections,
  kind: 'transaction' | 'group',
  id: string,
  deadline: Deadline,
): Promise<BrokerLink> {
  for (;;) {
    try {
      return await connections.coordinatorOf(kind, id)
    } catch (error) {
      const code = codeOf(error)
      if (code === null || !isCoordinatorMoved(code) || !(await deadline.wait(50))) throw error
    }
  }
}

const accepted: CodeAbout = { code: CODE.NONE, about: '' }

function isTopicNew(): (code: number) => boolean {
  const patience = deadlineIn(longestUnknownTopicMs)
  return (code) => code === CODE.UNKNOWN_TOPIC_OR_PARTITION && !patience.isOver()
}

function refusedBy<T>(
  link: BrokerLink,
  { apiName, about }: Exchange<T>,
  code: number,
  place: string,
): KafkaError {
  const subject = [about ?? '', place].filter((text) => text !== '').join(', ')
  return refused(code, { broker: String(link.nodeId), api: apiName, about: subject })
}
