// Records without a transaction, each once and in order: a batch is sent again, as it is and with its number, until the
// broker has it. One request at a time to each leader, so that no batch overtakes another. A broker that recovers from a
// crash knows only producers whose records are of the last day by their own time (producer.id.expiration.ms).
import { appendedOf, lanesOf } from './batch-lanes.ts'
import type { BaseOffsets } from './batch-lanes.ts'
import { CODE, isCoordinatorMoved } from './codes.ts'
import type { Cluster } from './connections.ts'
import { deadlineIn } from './deadline.ts'
import { deliver } from './delivery.ts'
import { KafkaError } from './kafka-error.ts'
import type { Appended, PlainProducer, RecordBatches } from './port.ts'
import { createRecordBatches } from './record-batch-writer.ts'
import { createSequences } from './sequences.ts'
import { initProducerIdExchange } from './transaction-protocol.ts'
import type { ProducerIdentity } from './transaction-protocol.ts'
import { isPassing, refused } from './translate.ts'

export interface PlainOptions {
  /** This producer's own; closed with it. */
  readonly connections: Cluster
  /** No attempt to get a batch into the log begins later. After it the producer is unusable. */
  readonly deliveryTimeoutMs: number
  /** Longest wait for one answer. */
  readonly requestTimeoutMs: number
}

/** Rejects with a KafkaError and leaves no connection open then. */
export async function createPlainProducer(options: PlainOptions): Promise<PlainProducer> {
  try {
    return producer(options, await initialise(options))
  } catch (error) {
    await options.connections.close()
    throw error
  }
}

/** Without a transactional id any broker gives out a producer id. */
async function initialise(options: PlainOptions): Promise<ProducerIdentity> {
  const exchange = initProducerIdExchange(null, 0x7fff_ffff)
  const deadline = deadlineIn(options.deliveryTimeoutMs)
  for (;;) {
    let lastError: unknown
    try {
      const link = await options.connections.controller()
      const answer = await link.send({ ...exchange, timeoutMs: deadline.remainingMs() })
      if (answer.code === CODE.NONE) return answer
      const asked = { broker: String(link.nodeId), api: exchange.apiName, about: '' }
      lastError = refused(answer.code, asked)
      if (!isCoordinatorMoved(answer.code)) throw lastError
    } catch (error) {
      if (!isPassing(error)) throw error
      lastError = error
    }
    if (!(await deadline.wait(50))) throw lastError
  }
}

interface Waiting {
  readonly batches: readonly RecordBatches[]
  readonly resolve: (appended: readonly Appended[]) => void
  readonly reject: (error: KafkaError) => void
}

function producer(options: PlainOptions, identity: ProducerIdentity): PlainProducer {
  const session = { ...options, identity, sequences: createSequences(), transactionalId: null }
  let waiting: Waiting[] = []
  let isRunning = false
  let broken: KafkaError | null = null

  /** What came in meanwhile goes out together. */
  const run = async (): Promise<void> => {
    isRunning = true
    while (waiting.length > 0) {
      const taken = waiting
      waiting = []
      const baseOffsets: BaseOffsets = new Map()
      try {
        if (broken !== null) throw unusable(broken)
        const lanes = lanesOf(taken.flatMap(({ batches }) => batches))
        await deliver(session, lanes, baseOffsets, deadlineIn(options.deliveryTimeoutMs))
        for (const { batches, resolve } of taken) resolve(appendedOf(batches, baseOffsets))
      } catch (error) {
        const failure =
          error instanceof KafkaError ? error : new KafkaError('FAILED', String(error), error)
        broken ??= failure
        for (const { reject } of taken) reject(failure)
      }
    }
    isRunning = false
  }

  return {
    batches: (topic, partition) => createRecordBatches(topic, partition),
    send: (batches) =>
      new Promise((resolve, reject) => {
        waiting.push({ batches, resolve, reject })
        if (!isRunning) void run()
      }),
    async dispose() {
      broken ??= new KafkaError('FAILED', 'the producer was disposed of')
      await options.connections.close()
    },
  }
}

function unusable(broken: KafkaError): KafkaError {
  return new KafkaError('FAILED', `expected a producer without an error, had ${broken.message}`)
}
