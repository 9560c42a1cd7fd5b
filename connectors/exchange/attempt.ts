// The life of one command at the exchange edge, as decisions without I/O. The order of things is the rule: written down,
// then sent, then answered; what was sent and not answered is UNKNOWN until the venue was asked; nothing is sent again
// unless the venue has said that it does not know it.
import type { OrderCommand, OrderReport, OrderState } from '../../schemas/types.gen.ts'
import { gatewayReport } from './gateway-report.ts'
import type { Sent } from './gateway-report.ts'
import type { Answer } from './port.ts'

/** Sends of one command after which it counts as not carried out. Only a venue that loses requests comes that far. */
const maxSends = 3

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
  return { command, state: 'WRITTEN', sends: 1, sentAtMs: nowMs, lookUps: 0, nextLookUpAtMs: nowMs }
}

/** An attempt found at the start: it must be looked up before anything else. */
export function restoredAttempt(attempt: Attempt, nowMs: number): Attempt {
  return { ...attempt, lookUps: 0, nextLookUpAtMs: nowMs }
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
      // The venue knows this client id: an earlier send has arrived after all.
      if (answer.reason === 'DUPLICATE_ID') return accepted(attempt)
      const { reason, code, detail } = answer
      return over(gatewayReport(attempt, { state: 'REJECTED', reason, code, detail, atMs: nowMs }))
    }
    case 'UNKNOWN': {
      const { detail } = answer
      const unknown: Attempt = {
        ...attempt,
        state: 'UNKNOWN',
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

/** The venue was asked for the order (for a cancel: for its target) and has said what it knows. */
export function onLookUp(
  attempt: Attempt,
  found: OrderState | null,
  nowMs: number,
  findsAfterMs: number,
): Verdict {
  const { command, state, sends, sentAtMs } = attempt
  if (state === 'LIVE') return going(attempt)
  const isCancel = command.type === 'CANCEL'
  if (!isCancel && found !== null) return accepted(attempt)
  if (isCancel && (found === null || isTerminal(found))) return over(null)
  // A request may still be on its way: too early to say that the venue does not have it.
  if (nowMs - sentAtMs < findsAfterMs) return going(later(attempt, nowMs))
  if (isExpired(command, nowMs)) return over(expiredReport(attempt, nowMs))
  if (sends >= maxSends) {
    const detail = `sent ${sends} times, and the venue does not know it`
    return over(
      gatewayReport(attempt, {
        ...{ state: 'REJECTED', reason: 'TRANSPORT', code: null, atMs: nowMs },
        detail,
      } as const),
    )
  }
  const again: Attempt = { ...attempt, state: 'WRITTEN', sends: sends + 1, sentAtMs: nowMs }
  return { attempt: again, report: null, send: true }
}

/** The venue could not be asked: the next question waits longer. */
export function onNoLookUp(attempt: Attempt, nowMs: number): Attempt {
  return later(attempt, nowMs)
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

function later(attempt: Attempt, nowMs: number): Attempt {
  const pauseMs = Math.min(lookUpMs.first * 2 ** attempt.lookUps, lookUpMs.longest)
  return { ...attempt, lookUps: attempt.lookUps + 1, nextLookUpAtMs: nowMs + pauseMs }
}

const going = (attempt: Attempt): Verdict => ({ attempt, report: null, send: false })
const over = (report: OrderReport | null): Verdict => ({ attempt: null, report, send: false })
