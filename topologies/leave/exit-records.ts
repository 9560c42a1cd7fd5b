// The records that the exit brain writes, made from what it decided. Nothing is decided here.
import type {
  AlertState,
  Evidence,
  ExitBrainChangelog,
  ExitLevelChanged,
  ExitSignal,
  OpsAlert,
  WatchedPosition,
} from '../../schemas/types.gen.ts'
import { decimalText, exact } from '../../schemas/decimal.ts'
import type { Hit } from './rules/rule.ts'
import type { LevelChange } from './watched-position.ts'

/** What was seen when it was decided; null: no price is known. */
export interface Seen {
  readonly price: number | null
  readonly mark: number | null
  readonly tickAtMs: number
}

interface SignalParts {
  readonly symbol: string
  readonly position: WatchedPosition
  readonly hit: Hit
  /** Rules that were hit too. */
  readonly others: readonly Hit[]
  readonly quantity: string
  readonly exitId: string
  readonly attempt: number
  readonly seen: Seen
  readonly nowMs: number
}

export function signalOf(parts: SignalParts): ExitSignal {
  const { symbol, position, hit, others, quantity, exitId, attempt, seen, nowMs } = parts
  const observed = hit.kind === 'LIQUIDATION_GUARD' ? (seen.mark ?? seen.price) : seen.price
  return {
    exit_id: exitId,
    position_id: position.position_id,
    correlation_id: position.correlation_id,
    account: position.account,
    symbol,
    environment: position.environment,
    kind: hit.kind,
    rung: hit.rung,
    attempt,
    side: position.sign > 0 ? 'SELL' : 'BUY',
    quantity,
    closes_all: hit.closesAll,
    urgency: hit.urgency,
    trigger_price: hit.triggerPrice,
    observed_price: observed === null ? null : decimalText(exact(observed)),
    r_multiple: multipleOf(position, seen.price),
    evidence: evidenceOf(position, others, seen, nowMs),
    created_at_ms: nowMs,
    tick_at_ms: seen.tickAtMs,
  }
}

/** Open profit in units of initial risk; null when either is unknown. */
function multipleOf(position: WatchedPosition, price: number | null): number | null {
  if (price === null || position.adopted || position.risk === 0) return null
  return (position.sign * price - position.signed_entry) / position.risk
}

function evidenceOf(
  position: WatchedPosition,
  others: readonly Hit[],
  seen: Seen,
  nowMs: number,
): Evidence[] {
  const known: [string, number | string | null][] = [
    ['entry_price', position.average_entry_price],
    ['best_price', position.sign * position.signed_best],
    ['stop_price', position.stop_price],
    ['initial_stop_price', position.initial_stop_price],
    ['target_price', position.target_price],
    ['mark_price', seen.mark],
    ['liquidation_price', position.liquidation_price],
    ['guard_price', position.guard_price],
    ['open_quantity', position.quantity],
    ['entered_quantity', position.entered_quantity],
    ['held_ms', nowMs - position.opened_at_ms],
    ...others.map((hit): [string, number | string] => [
      `also_hit_${hit.kind.toLowerCase()}_${String(hit.rung)}`,
      hit.triggerPrice ?? 1,
    ]),
  ]
  return known.flatMap(([name, value]) => (value === null ? [] : [{ name, value: Number(value) }]))
}

export function levelChanged(
  symbol: string,
  position: WatchedPosition,
  change: LevelChange,
  price: number,
  nowMs: number,
): ExitLevelChanged {
  return {
    position_id: position.position_id,
    correlation_id: position.correlation_id,
    account: position.account,
    symbol,
    level: change.level,
    rung: change.rung,
    old_price: change.oldPrice,
    new_price: change.newPrice,
    reason: change.reason,
    observed_price: decimalText(exact(price)),
    r_multiple: multipleOf(position, price),
    at_ms: nowMs,
  }
}

/** An exit that had no effect and is sent again. */
export function failedAlert(
  symbol: string,
  position: WatchedPosition,
  state: AlertState,
  nowMs: number,
): OpsAlert {
  const subject = `${position.account}|${symbol}`
  const underWay = position.under_way
  return {
    alert_id: `EXIT_FAILED|${subject}`,
    kind: 'EXIT_FAILED',
    severity: 'CRITICAL',
    state,
    subject,
    detail:
      state === 'CLEARED'
        ? 'expected an exit to take effect: it did'
        : `expected ${underWay?.exit_id ?? 'an exit'} to reduce the position, was still ${position.quantity}`,
    raised_at_ms: position.failed_since_ms ?? nowMs,
    at_ms: nowMs,
  }
}

/** Positions are open and no price tells what they are worth. */
export function silentAlert(brain: ExitBrainChangelog, state: AlertState, nowMs: number): OpsAlert {
  return {
    alert_id: `EXIT_SILENT|${brain.symbol}`,
    kind: 'EXIT_SILENT',
    severity: 'CRITICAL',
    state,
    subject: brain.symbol,
    detail:
      state === 'CLEARED'
        ? 'expected a price for the open positions: there is one, or none is open'
        : `expected a price for ${String(brain.positions.length)} open position(s), was none: only the time stop and the resting stop act`,
    raised_at_ms: brain.silent_since_ms ?? nowMs,
    at_ms: nowMs,
  }
}
