// What follows when the venue was asked for an order, as decisions without I/O. An order that the venue never had is sent
// again or given up; one that it had ends by its events, and without them by what the look-up says: never not at all.
import type { OrderReport, OrderState } from '../../schemas/types.gen.ts'
import { expiredReport, going, isExpired, isTerminal, later, over } from './attempt.ts'
import type { Attempt, Verdict } from './attempt.ts'
import { gatewayReport } from './gateway-report.ts'

/** Sends of one command after which it counts as not carried out. Only a venue that loses requests comes that far. */
const maxSends = 3

/** How long the events of a venue may come behind what a look-up says. */
const eventsMs = 2_000

/** What the venue knows about the order of an attempt, for a cancel about its target. */
export interface LookUp {
  /** Null when the venue knows none. */
  readonly found: OrderState | null
  /** Whether the venue has events of the account that are not in the log yet: they may say more. */
  readonly hasNews: boolean
  /** How long after a send `found: null` is final. */
  readonly findsAfterMs: number
}

/** Whether a verdict on `found` may need to know whether there is news. */
export function asksForNews(attempt: Attempt, found: OrderState | null): boolean {
  return attempt.state === 'LIVE' || attempt.isDuplicate || (found !== null && isTerminal(found))
}

/** The venue has said what it knows. */
export function onLookUp(attempt: Attempt, lookUp: LookUp, nowMs: number): Verdict {
  const { command, state } = attempt
  const { found } = lookUp
  const isOver = found === null || isTerminal(found)
  if (command.type === 'CANCEL') return isOver ? over(null) : onNotThere(attempt, lookUp, nowMs)
  if (isForeign(attempt)) return onForeign(attempt, lookUp, nowMs)
  if (!isOver)
    return going(later({ ...attempt, state: 'LIVE', isDuplicate: false, overSinceMs: null }, nowMs))
  if (found !== null || state === 'LIVE') return onOver(attempt, lookUp, nowMs)
  return onNotThere(attempt, lookUp, nowMs)
}

/** The venue knows the client id and never had a send of ours before: it names another order. */
function isForeign({ isDuplicate, isDoubted, sends }: Attempt): boolean {
  return isDuplicate && !isDoubted && sends === 1
}

/** Ours does not exist, unless an event says otherwise: then it is no longer this attempt that is asked about. */
function onForeign(attempt: Attempt, { found, hasNews }: LookUp, nowMs: number): Verdict {
  if (hasNews || nowMs - attempt.sentAtMs < eventsMs) return going(later(attempt, nowMs))
  return over(duplicateReport(attempt, found, nowMs))
}

/** The venue had the order, and it is over. Its events get their time to say how; then the look-up has the last word. */
function onOver(
  attempt: Attempt,
  { found, hasNews, findsAfterMs }: LookUp,
  nowMs: number,
): Verdict {
  const overSinceMs = attempt.overSinceMs ?? nowMs
  const waitMs = found === null ? Math.max(eventsMs, findsAfterMs) : eventsMs
  if (!hasNews && nowMs - overSinceMs >= waitMs) return over(endReport(attempt, found, nowMs))
  return going(later({ ...attempt, state: 'LIVE', overSinceMs }, nowMs))
}

/** Nothing was carried out so far: it is sent again, unless it is too late, too often, or refused for its id. */
function onNotThere(attempt: Attempt, { found, findsAfterMs }: LookUp, nowMs: number): Verdict {
  const { command, sends, sentAtMs } = attempt
  // A request may still be on its way: too early to say that the venue does not have it.
  if (nowMs - sentAtMs < findsAfterMs) return going(later(attempt, nowMs))
  if (attempt.isDuplicate) return over(duplicateReport(attempt, found, nowMs))
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

function duplicateReport(attempt: Attempt, found: OrderState | null, nowMs: number): OrderReport {
  const detail = `the venue refused the client order id as known; it says: ${found ?? 'no such order'}`
  return gatewayReport(attempt, {
    ...{ state: 'REJECTED', reason: 'DUPLICATE_ID', code: null, atMs: nowMs, detail },
  } as const)
}

/** The end of an order without its last event. Fills that were missed are not made up: reconciliation settles them. */
function endReport(attempt: Attempt, found: OrderState | null, nowMs: number): OrderReport {
  const detail =
    found === null
      ? 'the venue had the order and does not know it any more'
      : `the venue says ${found}, and no event of that came`
  const { quantity } = attempt.command
  return gatewayReport(attempt, {
    ...{ state: found ?? 'CANCELLED', reason: found === null ? 'UNKNOWN_ORDER' : null },
    ...{ code: null, atMs: nowMs, detail },
    filledQuantity: found === 'FILLED' ? quantity : '0',
  })
}
