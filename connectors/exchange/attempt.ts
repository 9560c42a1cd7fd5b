// The life of one command at the exchange edge, as decisions without I/O. The order of things is the rule: written down,
// then sent, then answered; what was sent and not answered is UNKNOWN until the venue was asked (look-up.ts); nothing is
// sent again unless the venue has said that it does not know it. An entry that waits here is bound by its expires_at_ms
// alone: what the gates let pass before safe mode began is still sent until then.
import type { OrderCommand, OrderReport, OrderState } from '../../schemas/types.gen.ts'
import { gatewayReport } from './gateway-report.ts'
import type { Sent } from './gateway-report.ts'
import type { Answer } from './port.ts'

/** First and longest pause between two look-ups. */
const lookUpMs = { first: 200, longest: 30_000 }

/**
 * - `WRITTEN`: it may have been sent; after a restart nobody knows.
 * - `UNKNOWN`: it was sent, and the answer did not come.
 * - `LIVE`: the venue has it, and its events will say how it ends.
 */
export type AttemptState = 'WRITTEN' | 'UNKNOWN' | 'LIVE'

/** A command that may be at the venue. Kept in the log from before the first send until its end. */
export interface Attempt {
  readonly command: OrderCommand
  readonly state: AttemptState
  readonly sends: number
  /** Time of the last send, or of the writing before it. */
  readonly sentAtMs: number
  /** Whether the venue may have had it before the last send: there was no answer, or an earlier process sent it. */
  readonly isDoubted: boolean
  /** Whether the venue refused the last send because it knows the client order id. */
  readonly isDuplicate: boolean
  /** When a look-up first said that the order is over, and no event did; null as long as none says so. */
  readonly overSinceMs: number | null
  readonly lookUps: number
  readonly nextLookUpAtMs: number
}

/** What follows: the attempt as it is now (null when it is over), a report for the log, a send. */
export interface Verdict {
  readonly attempt: Attempt | null
  readonly report: OrderReport | null
  readonly send: boolean
}

const terminal: ReadonlySet<OrderState> = new Set(['FILLED', 'REJECTED', 'CANCELLED', 'EXPIRED'])

/** Whether nothing more happens to an order in this state. */
export function isTerminal(state: OrderState): boolean {
  return terminal.has(state)
}

/** Whether a command reduces risk: it goes first and does not wait for others. */
export function isExit(command: OrderCommand): boolean {
  return command.purpose !== 'ENTRY'
}

/** Whether it is too late to send the command. Only entries expire. */
export function isExpired(command: OrderCommand, nowMs: number): boolean {
  return !isExit(command) && command.expires_at_ms !== null && nowMs > command.expires_at_ms
}

/** The attempt before its first send. */
export function newAttempt(command: OrderCommand, nowMs: number): Attempt {
  return {
    ...{ command, state: 'WRITTEN', sends: 1, sentAtMs: nowMs },
    ...{ isDoubted: false, isDuplicate: false, overSinceMs: null },
    ...{ lookUps: 0, nextLookUpAtMs: nowMs },
  }
}

/** An attempt found at the start: it must be looked up before anything else. */
export function restoredAttempt(attempt: Attempt, nowMs: number): Attempt {
  // A refusal as a duplicate was an answer: such an attempt is no more in doubt than before.
  const isDoubted = attempt.isDoubted || !attempt.isDuplicate
  return { ...attempt, isDoubted, overSinceMs: null, lookUps: 0, nextLookUpAtMs: nowMs }
}

/** The venue has answered a send, or has not. */
export function onAnswer(attempt: Attempt, answer: Answer, nowMs: number): Verdict {
  const { command, state } = attempt
  // An event of the order was faster than the answer: it is there.
  if (state === 'LIVE') return going(attempt)
  switch (answer.outcome) {
    case 'ACCEPTED':
      return accepted(attempt)
    case 'REJECTED': {
      // The venue knows this client id: an earlier send has arrived, or it names another order. The look-up tells.
      if (answer.reason === 'DUPLICATE_ID')
        return going({
          ...{ ...attempt, state: 'UNKNOWN', isDuplicate: true },
          ...{ lookUps: 0, nextLookUpAtMs: nowMs },
        })
      const { reason, code, detail } = answer
      return over(gatewayReport(attempt, { state: 'REJECTED', reason, code, detail, atMs: nowMs }))
    }
    case 'UNKNOWN': {
      const { detail } = answer
      const unknown: Attempt = {
        ...attempt,
        state: 'UNKNOWN',
        isDoubted: true,
        isDuplicate: false,
        lookUps: 0,
        nextLookUpAtMs: nowMs + lookUpMs.first,
      }
      const report = gatewayReport(attempt, {
        ...{ state: 'UNKNOWN', reason: 'TRANSPORT', code: null, atMs: nowMs },
        detail: `${command.type} sent, no answer: ${detail}`,
      } as const)
      return { attempt: unknown, report, send: false }
    }
  }
}

/** The report of an entry that waited too long. It was not sent, or the venue does not know it. */
export function expiredReport(sent: Sent, nowMs: number): OrderReport {
  const { expires_at_ms: expiresAtMs } = sent.command
  return gatewayReport(sent, {
    ...{ state: 'EXPIRED', reason: 'EXPIRED_BEFORE_SEND', code: null, atMs: nowMs },
    detail: `expected a send by ${expiresAtMs ?? 0}, was ${nowMs}`,
  } as const)
}

/** A cancel is done when the venue has it: the end of its target is the target's event. */
function accepted(attempt: Attempt): Verdict {
  if (attempt.command.type === 'CANCEL') return over(null)
  return going({ ...attempt, state: 'LIVE' })
}

/** The next look-up waits longer. */
export function later(attempt: Attempt, nowMs: number): Attempt {
  const pauseMs = Math.min(lookUpMs.first * 2 ** attempt.lookUps, lookUpMs.longest)
  return { ...attempt, lookUps: attempt.lookUps + 1, nextLookUpAtMs: nowMs + pauseMs }
}

/** It goes on. */
export const going = (attempt: Attempt): Verdict => ({ attempt, report: null, send: false })
/** It has ended, with a report or without. */
export const over = (report: OrderReport | null): Verdict => ({
  attempt: null,
  report,
  send: false,
})
