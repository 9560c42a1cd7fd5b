// What connectors write: everything that waits goes out in one transaction, with positions and notes. Each transaction carries
// its number as a note, so that after a lost answer the log itself says whether it was committed. Prices, of which the next
// one makes the last worthless, need no transaction.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { connectorNotes } from '../../schemas/topics.ts'
import { LogError } from '../log-error.ts'
import { prepareRecord } from '../prepare-record.ts'
import type { PreparedRecord } from '../prepare-record.ts'
import type { Write } from '../runtime.ts'
import type {
  Appended,
  PlainProducer,
  RecordBatches,
  Transaction,
  TransactionalProducer,
} from './client/port.ts'
import { settledWithin } from './alarm.ts'
import { KafkaError } from './client/kafka-error.ts'
import type { KafkaFault } from './client/kafka-error.ts'
import { noteRecord, positionNote, readNotes } from './connector-notes.ts'
import { createPlacing } from './placed.ts'
import type { Placed, Placing } from './placed.ts'
import { placeName } from './tables.ts'
import type { TaskContext } from './task-context.ts'

/** Writes that may wait; more means that the publisher does not wait for its promises. */
const maxWaiting = 100_000

/** Most writes of one transaction. */
const maxTogether = 2_000

/** Owner of the note that numbers the transactions. */
const owner = 'connectors'
const numberNote = 'transaction'

const firstPauseMs = 50
const longestPauseMs = 2_000

/** Longest wait at the end for what is still to be written: a broker may be gone. */
const longestEndMs = 3_000

export interface ConnectorWrites {
  write(write: Write): Promise<void>
  /** Resolves when nothing waits. */
  flushed(): Promise<void>
  /** Writes what waits, if the broker lets it be written soon, and gives the rest up. */
  close(): Promise<void>
}

export interface ConnectorWritesOptions {
  readonly context: TaskContext
  readonly logger: Logger
  /** Hears of the positions that were committed. */
  readonly onConsumed: (consumed: NonNullable<Write['consumed']>) => void
  /** No write can succeed any more: another process writes as connector, or the log refuses us. */
  readonly onFault: (error: unknown) => void
}

/**
 * What passes by itself. The broker fences also whose transaction took too long; the notes say whether somebody else is there.
 */
const passing = new Set<KafkaFault>(['FAILED', 'UNREACHABLE', 'UNKNOWN_OUTCOME', 'FENCED'])

interface Waiting {
  readonly records: readonly PreparedRecord[]
  readonly write: Write
  readonly done: PromiseWithResolvers<void>
}

/** Takes over the transactional id of connectors. Rejects with a KafkaError when that can't be done. */
export async function openConnectorWrites(
  options: ConnectorWritesOptions,
): Promise<ConnectorWrites> {
  const { context, logger } = options
  const { client, codec, names, topics } = context
  const queue: Waiting[] = []
  let transactional: TransactionalProducer | null = null
  let plain: PlainProducer | null = null
  const startId = randomUUID()
  let committedNumber = 0
  let hasSuccessor = false
  let failure: { readonly error: unknown } | null = null
  let isClosed = false
  let flushing: Promise<void> | null = null

  /** Fences, and reads the number of our last transaction. Another process's number means that it has succeeded us. */
  const takeOver = async (): Promise<TransactionalProducer> => {
    const producer = await client.fence(names.connectors)
    const notes = await readNotes(client, codec, names.topic(connectorNotes), owner)
    const [number, by] = (notes.get(numberNote) ?? '').split(' ')
    if (by === startId) committedNumber = Number(number)
    else if (committedNumber > 0) {
      await producer.dispose()
      hasSuccessor = true
      throw new KafkaError(
        'FENCED',
        `${names.connectors}: another process has written as connector meanwhile; only one may`,
      )
    }
    return producer
  }

  const placedOf = ({ place }: Placing, writes: readonly Waiting[]): readonly Placed[] =>
    writes.flatMap(({ records }) => records.map(place))
  const tell = (
    placed: readonly Placed[],
    batches: readonly RecordBatches[],
    appended: readonly Appended[],
  ): void => {
    context.written.note(batches, appended)
    for (const { record, batches: own, index } of placed)
      record.offset = appended[batches.indexOf(own)]!.offsetOf(index)
    context.onCommitted(placed.map(({ record }) => record))
  }

  /** Until it is done, however often the broker has to be asked. */
  const persistently = async (
    attempt: () => Promise<void>,
    letGo: () => Promise<void>,
  ): Promise<void> => {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      try {
        await attempt()
        return
      } catch (error) {
        await letGo()
        const isPassing = error instanceof KafkaError && passing.has(error.fault)
        if (!isPassing || hasSuccessor || isClosed) throw error
        logger.warn({ err: error }, 'a write of connectors is tried again')
        await sleep(pauseMs)
      }
    }
  }
  const sendPlain = (writes: readonly Waiting[]): Promise<void> =>
    persistently(
      async () => {
        plain ??= await client.plainProducer()
        const placing = createPlacing(context, plain)
        const placed = placedOf(placing, writes)
        const batches = placing.batches()
        const appended = await plain.send(batches).catch((error: unknown) => {
          if (error instanceof KafkaError && error.fault === 'UNKNOWN_OUTCOME') return null
          throw error
        })
        if (appended !== null) tell(placed, batches, appended)
        else {
          // Part of it may be there. It is worthless by now, and must not follow what came after it.
          logger.warn({ records: placed.length }, 'nobody knows whether old prices were written')
          await letPlainGo()
        }
      },
      () => letPlainGo(),
    )
  const letPlainGo = async (): Promise<void> => {
    await plain?.dispose()
    plain = null
  }
  const transactionOf = (
    producer: TransactionalProducer,
    writes: readonly Waiting[],
    number: number,
  ): { readonly transaction: Transaction; readonly placed: readonly Placed[] } => {
    const placing = createPlacing(context, producer)
    const placed = placedOf(placing, writes)
    const notes = writes.flatMap(({ write: { notes: own } }) =>
      (own?.entries ?? []).map((entry) => noteRecord(own!.owner, entry)),
    )
    const positions = writes.flatMap(({ write: { consumed } }) =>
      (consumed?.positions ?? []).map((one) => positionNote(consumed!.group, one, context.logId)),
    )
    for (const { key, value } of [
      ...notes,
      ...positions,
      noteRecord(owner, [numberNote, `${number} ${startId}`]),
    ]) {
      const bytes = value === null ? null : codec.encode(connectorNotes.name, value)
      placing.add(connectorNotes, key, bytes, context.nowMs())
    }
    const group = writes.find(({ write }) => write.consumed !== undefined)?.write.consumed?.group
    const offsets = new Map(
      writes.flatMap(({ write: { consumed } }) =>
        (consumed?.positions ?? []).map(({ topic, partition, nextOffset }) => {
          const place = { topic: names.topic(topic), partition, offset: nextOffset }
          return [placeName(place.topic, partition), place] as const
        }),
      ),
    )
    return {
      placed,
      transaction: {
        batches: placing.batches(),
        offsets:
          group === undefined
            ? null
            : { group: names.group(group), offsets: [...offsets.values()] },
      },
    }
  }
  /** Commits; each transaction counts once. */
  const commit = (writes: readonly Waiting[]): Promise<void> => {
    const number = committedNumber + 1
    return persistently(
      async () => {
        transactional ??= await takeOver()
        // The answer was lost, and it was committed: where its records came to lie nobody told us.
        if (committedNumber >= number) return
        const { transaction, placed } = transactionOf(transactional, writes, number)
        const appended = await transactional.commit(transaction)
        committedNumber = number
        tell(placed, transaction.batches, appended)
      },
      async () => {
        await transactional?.dispose()
        transactional = null
      },
    )
  }

  /** The next writes that can go together: in order, for one group, with or without a transaction. */
  const takeTogether = (): { readonly writes: Waiting[]; readonly isPlain: boolean } => {
    const isPlain = isPerishable(queue[0]!)
    const group = (one: Waiting): string | undefined => one.write.consumed?.group
    let known: string | undefined
    let count = 0
    for (const one of queue) {
      if (count === maxTogether || isPerishable(one) !== isPlain) break
      if (known !== undefined && group(one) !== undefined && group(one) !== known) break
      known ??= group(one)
      count++
    }
    return { writes: queue.splice(0, count), isPlain }
  }
  const flush = async (): Promise<void> => {
    while (queue.length > 0) {
      const { writes, isPlain } = takeTogether()
      try {
        const begun = context.atStep('BEGIN')
        if (begun !== undefined) await begun
        const atCommit = context.atStep('COMMIT')
        if (atCommit !== undefined) await atCommit
        await (isPlain ? sendPlain(writes) : commit(writes))
        const after = context.atStep('COMMITTED')
        if (after !== undefined) await after
        for (const { write, done } of writes) {
          if (write.consumed !== undefined) options.onConsumed(write.consumed)
          done.resolve()
        }
      } catch (error) {
        failure ??= { error }
        for (const { done } of [...writes, ...queue.splice(0)]) done.reject(error)
        if (!isClosed) options.onFault(error)
      }
    }
    flushing = null
  }

  // From here on everybody can read that it is us: a predecessor that is still there writes nothing more.
  await commit([])

  return {
    async write(write) {
      if (failure !== null) throw failure.error
      if (isClosed) throw new LogError('STOPPED', 'the runtime is closed')
      if (queue.length >= maxWaiting)
        throw new LogError('BUSY', `expected at most ${maxWaiting} writes that wait for a commit`)
      const nowMs = context.nowMs()
      const records = (write.records ?? []).map((one) => prepareRecord(codec, topics, one, nowMs))
      const done = Promise.withResolvers<void>()
      queue.push({ records, write, done })
      // What else is written in this turn of the event loop goes along.
      flushing ??= Promise.resolve().then(flush)
      return done.promise
    },
    flushed: async () => {
      await flushing
    },
    async close() {
      if (flushing !== null) await settledWithin(longestEndMs, flushing)
      isClosed = true
      await Promise.all([transactional?.dispose(), letPlainGo()])
    },
  }
}

/** One record of which the next makes it worthless, and nothing that has to go with it. */
function isPerishable({ records, write }: Waiting): boolean {
  return (
    write.consumed === undefined &&
    write.notes === undefined &&
    records.length === 1 &&
    records[0]!.topic.perishable
  )
}
