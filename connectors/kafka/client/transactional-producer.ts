// The life of a transactional id in this process: taken over, used for one transaction after another, and given up at the
// first error, since sequence numbers and the coordinator's state are unknown then.
import { invariant } from '../../../topologies/kernel/invariant.ts'
import { CODE, isCoordinatorMoved } from './codes.ts'
import type { Connections } from './connections.ts'
import { deadlineIn, withinDeadline } from './deadline.ts'
import { KafkaError } from './kafka-error.ts'
import type { Appended, Transaction, TransactionalProducer } from './port.ts'
import { createRecordBatches } from './record-batch-writer.ts'
import { createSequences } from './sequences.ts'
import { initProducerIdExchange } from './transaction-protocol.ts'
import type { ProducerIdentity } from './transaction-protocol.ts'
import { abortOpen, commitOnce } from './transaction.ts'
import type { Session } from './transaction.ts'
import { isPassing, refused } from './translate.ts'

export interface TransactionalOptions {
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  /** Longest try to take over the id, while its coordinator loads or ends the predecessor's transaction. */
  readonly fenceTimeoutMs: number
  /** This producer's own; closed with it. */
  readonly connections: Connections
}

const longestCommitMs = 20_000
const longestAbortMs = 1_000

/** A third of what the broker allows: well before it gives the transaction up by itself. */
export function commitDeadlineMs(transactionTimeoutMs: number): number {
  return Math.min(transactionTimeoutMs / 3, longestCommitMs)
}

/** Takes the transactional id over. Rejects with a KafkaError and leaves no connection open then. */
export async function fence(options: TransactionalOptions): Promise<TransactionalProducer> {
  try {
    return producer(options, await initialise(options))
  } catch (error) {
    await options.connections.close()
    throw error
  }
}

async function initialise(options: TransactionalOptions): Promise<ProducerIdentity> {
  const { connections, transactionalId: id } = options
  const exchange = initProducerIdExchange(id, options.transactionTimeoutMs)
  const deadline = deadlineIn(options.fenceTimeoutMs)
  for (;;) {
    let lastError: unknown
    try {
      const coordinator = await connections.coordinatorOf('transaction', id)
      const answer = await coordinator.send({ ...exchange, timeoutMs: deadline.remainingMs() })
      if (answer.code === CODE.NONE) return answer
      lastError = refused(answer.code, {
        broker: String(coordinator.nodeId),
        api: exchange.apiName,
        about: exchange.about ?? '',
      })
      if (isCoordinatorMoved(answer.code)) connections.forgetCoordinator('transaction', id)
      else if (answer.code !== CODE.CONCURRENT_TRANSACTIONS) throw lastError
    } catch (error) {
      // A lost answer does no harm here: the next attempt fences whom that one made.
      if (!isPassing(error)) throw error
      lastError = error
    }
    if (!(await deadline.wait(50))) throw lastError
  }
}

function producer(
  options: TransactionalOptions,
  identity: ProducerIdentity,
): TransactionalProducer {
  const { transactionalId, connections } = options
  const session: Session = {
    id: transactionalId,
    identity,
    connections,
    sequences: createSequences(),
    mayBeOpen: false,
    isUnanswered: false,
  }
  let broken: KafkaError | null = null
  let running: Promise<readonly Appended[]> | null = null
  let disposing: Promise<void> | null = null

  const commit = async (transaction: Transaction): Promise<readonly Appended[]> => {
    const deadline = deadlineIn(commitDeadlineMs(options.transactionTimeoutMs))
    try {
      return await commitOnce(session, transaction, deadline)
    } catch (error) {
      broken = ofCommit(error)
      if (broken.fault !== 'FENCED' && broken.fault !== 'UNKNOWN_OUTCOME')
        await abortOpen(session, deadlineIn(longestAbortMs))
      throw broken
    }
  }

  const dispose = async (): Promise<void> => {
    const deadline = deadlineIn(longestAbortMs)
    if (running !== null) await withinDeadline(running, deadline)
    // Beside a commit an abort could end one half of it; the next fence ends all of it.
    if (running === null && broken?.fault !== 'FENCED') await abortOpen(session, deadline)
    await connections.close()
  }

  return {
    transactionalId,
    batches: (topic, partition) => createRecordBatches(topic, partition),
    async commit(transaction) {
      invariant(running === null, `${transactionalId}: expected one commit at a time, were two`)
      if (broken !== null) throw unusable(transactionalId, broken)
      if (disposing !== null)
        throw new KafkaError('FAILED', `${transactionalId}: expected a producer, was disposed of`)
      running = commit(transaction)
      try {
        return await running
      } finally {
        running = null
      }
    },
    dispose() {
      disposing ??= dispose()
      return disposing
    },
  }
}

/** That a broker could not be reached is no news to the runtime; that nothing is committed is. */
function ofCommit(error: unknown): KafkaError {
  if (!(error instanceof KafkaError)) return new KafkaError('FAILED', String(error), error)
  return error.fault === 'UNREACHABLE'
    ? new KafkaError('FAILED', error.message, error.cause)
    : error
}

function unusable(transactionalId: string, broken: KafkaError): KafkaError {
  return new KafkaError(
    broken.fault === 'FENCED' ? 'FENCED' : 'FAILED',
    `${transactionalId}: expected a producer without an error, had ${broken.message}`,
  )
}
