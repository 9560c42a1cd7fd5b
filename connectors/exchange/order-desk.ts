// The gateway's commands: which may be at the venue, which are to be sent, which must be asked about. Every change is
// written to the log before the send that it allows.
import type { Logger } from 'pino'
import { orderReport } from '../../schemas/topics.ts'
import type { AccountSnapshot, OrderCommand, OrderReport } from '../../schemas/types.gen.ts'
import type { Attempt, Verdict } from './attempt.ts'
import {
  expiredReport,
  isExit,
  isExpired,
  isTerminal,
  later,
  newAttempt,
  onAnswer,
  restoredAttempt,
} from './attempt.ts'
import { gatewayReport } from './gateway-report.ts'
import { asksForNews, onLookUp } from './look-up.ts'
import type { Answer, ExchangePort } from './port.ts'
import type { Changes, Questions } from './questions.ts'
import { textOf } from './questions.ts'

/** Entries that wait for the venue's answer at the same time. Exits have no such limit. */
const maxEntriesAsked = 4

/** How long after its send an order may be absent from the venue's books without being asked about. */
const absentMs = 5_000

export interface OrderDeskOptions {
  readonly port: ExchangePort
  readonly accounts: readonly string[]
  readonly questions: Questions
  readonly nowMs: () => number
  /** `venue_sequence` of the last event of an account in the log. */
  readonly sequenceOf: (account: string) => number
  /** Whether it is known from where on the account's events are followed. */
  readonly isFollowed: (account: string) => boolean
  readonly logger: Logger
}

export interface OrderDesk {
  /** Puts back a note of an earlier process. */
  restore(note: string): void
  /** Takes a command from the log: it is refused, or written down and sent after the commit. */
  take(command: OrderCommand, changes: Changes): void
  /** What was written down may now be sent, exits first; and what is in doubt is looked up. After a commit. */
  act(changes: Changes): void
  /** An event of one of our orders settles what was unknown about it, and a last one ends it. */
  readonly noteEvent: (record: OrderReport, changes: Changes) => void
  /** Compares the venue's books, asked for at `askedAtMs`, with what is believed to be there: who is missing is looked up. */
  readonly noteSnapshot: (snapshot: AccountSnapshot, askedAtMs: number) => void
  /** The attempt of a client order id that is still open. */
  readonly attemptOf: (clientOrderId: string) => Attempt | undefined
  counts(): { readonly live: number; readonly unknown: number }
}

export function createOrderDesk(options: OrderDeskOptions): OrderDesk {
  const { port, accounts, questions, nowMs, logger } = options
  const attempts = new Map<string, Attempt>()
  /** Attempts that were written down by an earlier process: they may have been sent. */
  const doubtful = new Set<string>()
  /** Attempts that are live here and absent from the venue's books. */
  const absent = new Set<string>()
  const lookingUp = new Set<string>()
  const toSend: OrderCommand[] = []
  const entries: OrderCommand[] = []
  let entriesAsked = 0

  const keep = (id: string, attempt: Attempt | null, changes: Changes): void => {
    const before = attempts.get(id)
    if (attempt === null) {
      attempts.delete(id)
      absent.delete(id)
    } else attempts.set(id, attempt)
    // When to look up again is no fact that a restart needs.
    if (attempt !== null && attempt.state === before?.state && attempt.sends === before.sends)
      return
    changes.notes.push([noteName(id), attempt === null ? null : JSON.stringify(attempt)])
  }
  const report = (record: OrderReport, changes: Changes): void => {
    const sequence = options.sequenceOf(record.account)
    changes.records.push({ topic: orderReport, value: { ...record, venue_sequence: sequence } })
  }
  const follow = (id: string, verdict: Verdict, changes: Changes): void => {
    keep(id, verdict.attempt, changes)
    if (verdict.report !== null) report(verdict.report, changes)
    if (verdict.send && verdict.attempt !== null) toSend.push(verdict.attempt.command)
  }

  const send = (command: OrderCommand): void => {
    const id = command.client_order_id
    const finish = (answer: Answer, changes: Changes): void => {
      if (!isExit(command)) entriesAsked--
      const attempt = attempts.get(id)
      if (attempt !== undefined) follow(id, onAnswer(attempt, answer, nowMs()), changes)
    }
    questions.ask(
      () => port.submit(command),
      finish,
      (error, changes) => {
        finish({ outcome: 'UNKNOWN', detail: textOf(error) }, changes)
      },
    )
  }
  /** The events of an order must not come before the place where the log begins to follow. */
  const isReady = (command: OrderCommand): boolean =>
    options.isFollowed(command.account) || isExpired(command, nowMs())
  const sendEntries = (changes: Changes): void => {
    while (entriesAsked < maxEntriesAsked) {
      const next = entries.findIndex(isReady)
      const command = entries[next]
      if (command === undefined) return
      entries.splice(next, 1)
      if (isExpired(command, nowMs())) {
        keep(command.client_order_id, null, changes)
        report(expiredReport({ command, sends: 0, sentAtMs: null }, nowMs()), changes)
        continue
      }
      entriesAsked++
      send(command)
    }
  }

  const lookUp = (id: string, command: OrderCommand): void => {
    lookingUp.add(id)
    questions.ask(
      async () => {
        const { account, symbol, cancel_client_order_id: target } = command
        const found = await port.findOrder(account, symbol, target ?? id)
        const attempt = attempts.get(id)
        if (attempt === undefined || !asksForNews(attempt, found)) return { found, hasNews: false }
        const news = await port.eventsSince(account, options.sequenceOf(account), 1)
        return { found, hasNews: news.length > 0 }
      },
      ({ found, hasNews }, changes) => {
        lookingUp.delete(id)
        const attempt = attempts.get(id)
        if (attempt === undefined) return
        const { findsAfterMs } = port
        const verdict = onLookUp(attempt, { found, hasNews, findsAfterMs }, nowMs())
        if (verdict.send || verdict.attempt?.state !== 'WRITTEN') doubtful.delete(id)
        if (verdict.attempt?.overSinceMs === null) absent.delete(id)
        follow(id, verdict, changes)
      },
      (error) => {
        lookingUp.delete(id)
        const attempt = attempts.get(id)
        if (attempt !== undefined) attempts.set(id, later(attempt, nowMs()))
        logger.warn({ client_order_id: id, reason: textOf(error) }, 'an order can not be looked up')
      },
    )
  }

  return {
    restore(note) {
      const attempt = restoredAttempt(JSON.parse(note) as Attempt, nowMs())
      const id = attempt.command.client_order_id
      attempts.set(id, attempt)
      if (attempt.state === 'WRITTEN') doubtful.add(id)
    },
    take(command, changes) {
      const unsent = { command, sends: 0, sentAtMs: null }
      const wrong = wrongAddress(command, port, accounts)
      if (wrong !== null)
        report(
          gatewayReport(unsent, {
            ...{ state: 'REJECTED', reason: 'ENVIRONMENT', code: null },
            ...{ detail: wrong, atMs: nowMs() },
          } as const),
          changes,
        )
      else if (isExpired(command, nowMs())) report(expiredReport(unsent, nowMs()), changes)
      else {
        keep(command.client_order_id, newAttempt(command, nowMs()), changes)
        toSend.push(command)
      }
    },
    act(changes) {
      for (const command of toSend.splice(0))
        if (isExit(command)) send(command)
        else entries.push(command)
      sendEntries(changes)
      for (const [id, { command, state, overSinceMs, nextLookUpAtMs }] of attempts) {
        const isAsked = state === 'UNKNOWN' || overSinceMs !== null
        if (!isAsked && !doubtful.has(id) && !absent.has(id)) continue
        if (!lookingUp.has(id) && nextLookUpAtMs <= nowMs()) lookUp(id, command)
      }
    },
    noteEvent(record, changes) {
      const id = record.client_order_id
      const attempt = attempts.get(id)
      if (attempt === undefined) return
      doubtful.delete(id)
      absent.delete(id)
      const live: Attempt = { ...attempt, state: 'LIVE', isDuplicate: false, overSinceMs: null }
      keep(id, isTerminal(record.state) ? null : live, changes)
    },
    noteSnapshot(snapshot, askedAtMs) {
      if (!snapshot.complete) return
      const resting = new Set(snapshot.open_orders.map((order) => order.client_order_id))
      for (const [id, { command, state, sentAtMs }] of attempts) {
        if (command.account !== snapshot.account || state !== 'LIVE') continue
        if (resting.has(id)) absent.delete(id)
        else if (askedAtMs - sentAtMs >= absentMs) absent.add(id)
      }
    },
    attemptOf: (id) => attempts.get(id),
    counts() {
      const states = [...attempts.values()].map((attempt) => attempt.state)
      const count = (state: Attempt['state']): number => states.filter((s) => s === state).length
      return { live: count('LIVE'), unknown: count('UNKNOWN') }
    },
  }
}

/** Name of the note that keeps an attempt. */
export const noteName = (clientOrderId: string): string => `order|${clientOrderId}`

/** Why the gateway must not send a command to its venue, or null. */
function wrongAddress(
  command: OrderCommand,
  { venue, environment }: ExchangePort,
  accounts: readonly string[],
): string | null {
  const isServed = accounts.includes(command.account)
  if (command.venue === venue && command.environment === environment && isServed) return null
  return `expected an order of ${accounts.join(' or ')} for ${venue} ${environment}, was of ${command.account} for ${command.venue} ${command.environment}`
}
