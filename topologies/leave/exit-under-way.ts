// The life of the one exit that a position may have under way: sent, at work, owed again, done. It decides when the exit
// brain waits and when it may speak again; it must never give up an exit short of its goal.
import type { PositionState, WatchedPosition } from '../../schemas/types.gen.ts'
import { exact } from '../../schemas/decimal.ts'
import type { Hit } from './rules/rule.ts'

/** What must not be repeated lightly gets this many follow-up intervals: an order at work at the venue, and a part. */
const patience = 5

export interface Wait {
  readonly nowMs: number
  readonly followUpMs: number
}

/** The hit that an owed exit stands for, or null. */
export function owedHit(position: WatchedPosition): Hit | null {
  const underWay = position.under_way
  if (underWay === null || underWay.phase !== 'OWED') return null
  return {
    kind: underWay.kind,
    rung: underWay.rung,
    urgency: underWay.urgency,
    closesAll: underWay.closes_all,
    keepQuantity: underWay.keep_quantity,
    triggerPrice: underWay.trigger_price,
  }
}

/** Notes that a signal goes out. Gives its attempt and its id, which is made of identity alone: no time, no price. */
export function send(
  position: WatchedPosition,
  hit: Hit,
  { nowMs, followUpMs }: Wait,
): { exitId: string; attempt: number } {
  let counted = position.attempts.find((one) => one.kind === hit.kind && one.rung === hit.rung)
  if (counted === undefined) {
    counted = { kind: hit.kind, rung: hit.rung, attempts: 0 }
    position.attempts.push(counted)
  }
  const attempt = ++counted.attempts
  const exitId = `${position.position_id}|${hit.kind}|${String(hit.rung)}|${String(attempt)}`
  position.under_way = {
    exit_id: exitId,
    kind: hit.kind,
    rung: hit.rung,
    urgency: hit.urgency,
    closes_all: hit.closesAll,
    keep_quantity: hit.keepQuantity,
    trigger_price: hit.triggerPrice,
    phase: 'SENT',
    attempt,
    quantity_at_send: position.quantity,
    sent_at_ms: nowMs,
    clock_at_ms: nowMs,
    waited_again: false,
  }
  position.waits_until_ms = nowMs + followUpMs
  return { exitId, attempt }
}

/** What a state of the position keeper says about the exit under way. True when the exit reached its goal by it. */
export function observe(position: WatchedPosition, state: PositionState, wait: Wait): boolean {
  const { nowMs, followUpMs } = wait
  const isClosing = state.status === 'CLOSING'
  const underWay = position.under_way
  if (underWay === null) {
    // An order that is not ours is closing: it gets its time, but not for ever.
    if (!isClosing) position.waits_until_ms = 0
    else if (position.waits_until_ms === 0) position.waits_until_ms = nowMs + patience * followUpMs
    return false
  }
  if (exact(position.quantity).lte(underWay.keep_quantity)) {
    position.under_way = null
    position.waits_until_ms = isClosing ? nowMs + followUpMs : 0
    return true
  }
  if (isClosing) {
    if (underWay.phase === 'LIVE') return false
    underWay.phase = 'LIVE'
    position.waits_until_ms = nowMs + (underWay.closes_all ? patience : 1) * followUpMs
    return false
  }
  const isEnded = state.last_exit_id === underWay.exit_id || underWay.phase === 'LIVE'
  if (isEnded && underWay.phase !== 'OWED') {
    underWay.phase = 'OWED'
    // The first repeat is at once; after that a venue that keeps refusing is asked at an interval.
    const isAtOnce = underWay.attempt === 1 || hasMoved(position)
    position.waits_until_ms = isAtOnce ? 0 : nowMs + followUpMs
  }
  return false
}

/**
 * Called when the wait is over: an exit without effect becomes owed. A part at work at the venue does not, and one that
 * was only sent gets more time, since a second order could close the part twice; exits of everything may overtake it.
 * True when something changed.
 */
export function expire(position: WatchedPosition, { nowMs, followUpMs }: Wait): boolean {
  const underWay = position.under_way
  if (underWay === null || underWay.phase === 'OWED') return false
  const isPatient = underWay.phase === 'LIVE' || nowMs < underWay.sent_at_ms + patience * followUpMs
  if (!underWay.closes_all && isPatient) return false
  underWay.phase = 'OWED'
  return true
}

/**
 * A clock that stood still was no witness: after a pause the wait starts again, once for each signal. So a restart looks
 * at what happened meanwhile before it repeats an exit. True when something changed.
 */
export function watchClock(
  position: WatchedPosition,
  clockMs: number,
  { nowMs, followUpMs }: Wait,
): boolean {
  const underWay = position.under_way
  if (underWay === null || underWay.phase === 'OWED' || underWay.waited_again) return false
  const hasPaused = nowMs - underWay.clock_at_ms > Math.max(followUpMs, 2 * clockMs)
  underWay.clock_at_ms = nowMs
  if (hasPaused) {
    underWay.waited_again = true
    underWay.sent_at_ms = nowMs
    position.waits_until_ms = Math.max(position.waits_until_ms, nowMs + followUpMs)
  }
  return true
}

/** Whether the open quantity fell since the last signal. */
export function hasMoved(position: WatchedPosition): boolean {
  const underWay = position.under_way
  return underWay !== null && exact(position.quantity).lt(underWay.quantity_at_send)
}
