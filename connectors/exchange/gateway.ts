// The order gateway: carries order.command to a venue and brings back what the venue says. A command is in the log before
// it is sent, written down as an attempt before it is sent, and sent once; attempt.ts says what happens without an answer.
// Exits never wait: not for entries, not for look-ups, not for a venue that is slow with something else.
import type { Logger } from 'pino'
import { deadLetter, orderCommand } from '../../schemas/topics.ts'
import type { OrderCommand } from '../../schemas/types.gen.ts'
import { deadLetterOf } from '../runtime.ts'
import type { ConnectorLog, Position } from '../runtime.ts'
import { createAccountDesk } from './account-desk.ts'
import { createOrderDesk } from './order-desk.ts'
import type { ExchangePort } from './port.ts'
import type { Changes } from './questions.ts'
import { createQuestions } from './questions.ts'
import { VenueError } from './venue-error.ts'

/** Reader of order.command, and owner of the notes. */
const group = 'gateway'

/** What the gateway reads of the log, for those who watch how far readers have come. */
export const gatewayReader = { group, topics: [orderCommand] } as const

/** Commands taken from the log in one round. */
const maxCommands = 200

/** How often the gateway looks at the clock: for look-ups, retries, snapshots. */
const lookMs = 50

export interface GatewayOptions {
  readonly log: ConnectorLog
  readonly port: ExchangePort
  /** Accounts at this venue. */
  readonly accounts: readonly string[]
  readonly snapshotMs: number
  readonly logger: Logger
  /** Longest wait for any answer of the venue; default 10 s. */
  readonly answerMs?: number
}

export interface GatewayStatus {
  /** False while the venue can't be asked about an account. */
  readonly connected: boolean
  /** Commands that are at the venue. */
  readonly live: number
  /** Commands of which nobody knows whether the venue has them. */
  readonly unknown: number
}

export interface Gateway {
  /** Goes on from what the log knows: first it asks about what may have been sent. */
  start(): Promise<void>
  /** Does what is due now. After `start` it happens by itself. */
  look(): void
  /** Resolves when no command and no question to the venue is under way. */
  settled(): Promise<void>
  status(): GatewayStatus
  stop(): void
  /** Ends with `stop`, and fails with the error that stopped it. */
  readonly stopped: Promise<void>
}

export function createGateway(options: GatewayOptions): Gateway {
  const { log, port, accounts, logger } = options
  const { nowMs } = log
  const stopped = Promise.withResolvers<void>()
  stopped.promise.catch(() => undefined)
  const waiting: (() => void)[] = []
  let undo: (() => void)[] = []
  let isStarted = false
  let isStopped = false
  let isPumping = false
  let isAgain = false

  const questions = createQuestions(options.answerMs ?? 10_000, () => {
    look()
  })
  const orders = createOrderDesk({
    ...{ port, accounts, questions, nowMs, logger },
    sequenceOf: (account) => books.sequenceOf(account),
    isFollowed: (account) => books.isFollowed(account),
  })
  const books = createAccountDesk({
    ...{ port, accounts, questions, nowMs, logger, snapshotMs: options.snapshotMs },
    attemptOf: orders.attemptOf,
    onReport: orders.noteEvent,
    onSnapshot: orders.noteSnapshot,
  })

  /** New commands are consumed in the commit that writes them down. */
  const takeCommands = async (changes: Changes): Promise<Position[]> => {
    const records = await log.poll(group, orderCommand, maxCommands)
    if (records.length === maxCommands) isAgain = true
    const positions = new Map<number, Position>()
    for (const record of records) {
      const { partition, offset } = record
      positions.set(partition, { topic: orderCommand, partition, nextOffset: offset + 1 })
      if (record.fault === null) orders.take(record.value as OrderCommand, changes)
      else changes.records.push({ topic: deadLetter, value: deadLetterOf(record, group, nowMs()) })
    }
    return [...positions.values()]
  }
  const round = async (): Promise<void> => {
    const changes: Changes = { records: [], notes: [] }
    questions.deal(changes)
    const positions = await takeCommands(changes)
    await commit(changes, positions)
    if (isStopped) return
    const late: Changes = { records: [], notes: [] }
    orders.act(late)
    await commit(late, [])
    books.act()
  }
  const commit = async (changes: Changes, positions: readonly Position[]): Promise<void> => {
    const { records, notes } = changes
    if (records.length + notes.length + positions.length === 0) return
    await log.write({
      records,
      notes: { owner: group, entries: notes },
      ...(positions.length === 0 ? {} : { consumed: { group, positions } }),
      urgent: true,
    })
  }
  const pump = async (): Promise<void> => {
    isPumping = true
    try {
      do {
        isAgain = false
        await round()
      } while (isAgain && !isStopped)
    } catch (error) {
      // A wrong venue is no bug: who waits for `stopped` says it, in one line.
      if (error instanceof VenueError) logger.info({ reason: error.message }, 'the gateway stopped')
      else logger.fatal({ err: error }, 'the gateway stopped')
      end()
      stopped.reject(error)
    }
    isPumping = false
    if (isStopped || questions.open() === 0) for (const resolve of waiting.splice(0)) resolve()
  }
  const look = (): void => {
    if (!isStarted || isStopped) return
    if (isPumping) isAgain = true
    else void pump()
  }
  const end = (): void => {
    isStopped = true
    for (const off of undo.splice(0)) off()
  }

  return {
    stopped: stopped.promise,
    async start() {
      for (const [name, value] of await log.notes(group)) {
        const [kind = '', id = ''] = name.split('|')
        if (kind === 'sequence') books.restore(id, Number(value))
        else orders.restore(value)
      }
      const timer = setInterval(look, lookMs)
      undo = [
        log.onCommit((records) => {
          if (records.some((record) => record.topic === orderCommand.name)) look()
        }),
        port.onEvents(() => {
          books.wake()
          look()
        }),
        () => {
          clearInterval(timer)
        },
      ]
      isStarted = true
      look()
    },
    look,
    settled: () =>
      new Promise((resolve) => {
        if (!isStarted || isStopped) {
          resolve()
          return
        }
        waiting.push(resolve)
        look()
      }),
    status: () => ({ connected: books.isConnected(), ...orders.counts() }),
    stop() {
      end()
      stopped.resolve()
      for (const resolve of waiting.splice(0)) resolve()
    },
  }
}
