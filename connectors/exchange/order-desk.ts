// The gateway's commands: which may be at the venue, which are to be sent, which must be asked about. Every change is
// written to the log before the send that it allows.
import type { Logger } from 'pino'
import { orderReport } from '../../schemas/topics.ts'
import type { OrderCommand, OrderReport } from '../../schemas/types.gen.ts'
import type { Attempt, Verdict } from './attempt.ts'
import {
  expiredReport,
  isExit,
  isExpired,
  isTerminal,
  newAttempt,
  onAnswer,
  onLookUp,
  onNoLookUp,
  restoredAttempt,
} from './attempt.ts'
import { gatewayReport } from './gateway-report.ts'
import type { Answer, ExchangePort } from './port.ts'
import type { Changes, Questions } from './questions.ts'
import { textOf } from './questions.ts'

/** Entries that wait for the venue's answer at the same time. Exits have no such limit. */
const maxEntriesAsked = 4

export interface OrderDeskOptions {
  readonly port: ExchangePort
  readonly accounts: readonly string[]
  readonly questions: Questions
  readonly nowMs: () => number
  /** `venue_sequence` of the last event of an account in the log. */
  readonly sequenceOf: (account: string) => number
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
  /** The attempt of a client order id that is still open. */
  readonly attemptOf: (clientOrderId: string) => Attempt | undefined
  counts(): { readonly live: number; readonly unknown: number }
}

export function createOrderDesk(options: OrderDeskOptions): OrderDesk {
  const { port, accounts, questions, nowMs, logger } = options
  const attempts = new Map<string, Attempt>()
  /** Attempts that were written down by an earlier process: they may have been sent. */
  const doubtful = new Set<string>()
  const lookingUp = new Set<string>()
  const toSend: OrderCommand[] = []
  const entries: OrderCommand[] = []
  let entriesAsked = 0

  const keep = (id: string, attempt: Attempt | null, changes: Changes): void => {
    const before = attempts.get(id)
    if (attempt === null) attempts.delete(id)
    else attempts.set(id, attempt)
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
  const sendEntries = (changes: Changes): void => {
    while (entriesAsked < maxEntriesAsked) {
      const command = entries.shift()
      if (command === undefined) return
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
      () => port.findOrder(command.account, command.symbol, command.cancel_client_order_id ?? id),
      (found, changes) => {
        lookingUp.delete(id)
        const attempt = attempts.get(id)
        if (attempt === undefined) return
        const verdict = onLookUp(attempt, found, nowMs(), port.findsAfterMs)
        if (verdict.send || verdict.attempt?.state !== 'WRITTEN') doubtful.delete(id)
        follow(id, verdict, changes)
      },
      (error) => {
        lookingUp.delete(id)
        const attempt = attempts.get(id)
        if (attempt !== undefined) attempts.set(id, onNoLookUp(attempt, nowMs()))
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
      for (const [id, { command, state, nextLookUpAtMs }] of attempts) {
        if (state !== 'UNKNOWN' && !doubtful.has(id)) continue
        if (!lookingUp.has(id) && nextLookUpAtMs <= nowMs()) lookUp(id, command)
      }
    },
    noteEvent(record, changes) {
      const id = record.client_order_id
      const attempt = attempts.get(id)
      if (attempt === undefined) return
      doubtful.delete(id)
      keep(id, isTerminal(record.state) ? null : { ...attempt, state: 'LIVE' }, changes)
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
