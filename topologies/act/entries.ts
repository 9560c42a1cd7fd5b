// The way of an entry: known before? → gates in order → decision window when slots are scarce → reservation and command.
// Entries fail closed. Every entry that does not become a command ends here with a result.
import type { GateEntry, TradeIntent } from '../../schemas/types.gen.ts'
import { invariant } from '../kernel/invariant.ts'
import { decimalText, exact } from '../../schemas/decimal.ts'
import { refuseEntry } from './desk.ts'
import type { Desk } from './desk.ts'
import { accountLimitsGate, minuteMs } from './gates/account-limits.ts'
import { expiryGate } from './gates/expiry.ts'
import { entryQuantity, filtersGate } from './gates/filters.ts'
import type { GateCheck, GateInput, Refusal } from './gates/gate.ts'
import { copyOf, intentKey } from './gates/idempotency.ts'
import { inFlightGate } from './gates/in-flight.ts'
import { entryLeverage, leverageGate } from './gates/leverage.ts'
import { marginGate, roundTripFeeRate } from './gates/margin.ts'
import { safeModeGate } from './gates/safe-mode.ts'
import type { Order } from './order.ts'
import { takenSymbols } from './reserved.ts'
import { firstSight } from './seen.ts'
import { dayStartOf } from './utc-day.ts'

/** The gates in the order in which they are asked. G3, idempotency, comes before them all: see gates/idempotency.ts. */
const gates: readonly GateCheck[] = [
  safeModeGate,
  expiryGate,
  inFlightGate,
  accountLimitsGate,
  filtersGate,
  leverageGate,
  marginGate,
]

/** Decides on an intent, or lets it wait for the end of the decision window. */
export function takeIntent(desk: Desk, intent: TradeIntent): void {
  const entry = entryOf(intent)
  if (!firstSight(desk.seen, intentKey(desk.state.account, entry.intent_id), desk.nowMs)) {
    refuseEntry(desk, entry, copyOf(entry.intent_id), { isCopy: true })
    return
  }
  const refusal = firstRefusal(desk, entry)
  if (refusal !== null) refuseEntry(desk, entry, refusal)
  else if (slotsAreScarce(desk, entry)) wait(desk, entry)
  else command(desk, entry)
}

/** True when the decision window is over. */
export function windowIsOver({ state, nowMs }: Desk): boolean {
  return state.window_ends_at_ms !== null && nowMs >= state.window_ends_at_ms
}

/**
 * Ends the decision window: the best score is decided first, by all gates anew and with the reservations of those before
 * it, so whatever began in the meantime (safe mode, a limit, expiry) refuses here.
 */
export function closeWindow(desk: Desk): void {
  const { state } = desk
  const waiting = state.waiting.toSorted(
    (left, right) =>
      right.score - left.score ||
      left.created_at_ms - right.created_at_ms ||
      (left.intent_id < right.intent_id ? -1 : 1),
  )
  state.waiting = []
  state.window_ends_at_ms = null
  for (const entry of waiting) {
    const refusal = firstRefusal(desk, entry)
    if (refusal !== null) refuseEntry(desk, entry, refusal)
    else command(desk, entry)
  }
}

/** Refuses at once what waits when safe mode starts: nothing queues up behind it. */
export function refuseWaiting(desk: Desk): void {
  if (desk.state.waiting.length > 0) closeWindow(desk)
}

function firstRefusal(desk: Desk, entry: GateEntry): Refusal | null {
  const input: GateInput = {
    entry,
    state: desk.state,
    config: desk.config,
    nowMs: desk.nowMs,
    instrument: desk.instrumentOf(entry.symbol),
    mark: desk.markOf(entry.symbol),
    priceOf: (symbol) => desk.priceOf(symbol),
  }
  for (const gate of gates) {
    const refusal = gate(input)
    if (refusal !== null) return refusal
  }
  return null
}

/**
 * Slots are scarce when fewer are free than symbols could still ask for one: those of the account that hold none, this
 * one included. Then entries compete for the window's length. When every symbol can have its slot nobody waits.
 */
function slotsAreScarce({ state, config }: Desk, entry: GateEntry): boolean {
  if (config.limits.decision_window_ms === 0) return false
  const taken = takenSymbols(state)
  const symbols = config.accounts.find((one) => one.name === state.account)?.symbols ?? []
  const contenders = new Set([...symbols, entry.symbol].filter((symbol) => !taken.has(symbol)))
  return config.limits.max_open_positions - taken.size < contenders.size
}

function wait({ state, config, nowMs }: Desk, entry: GateEntry): void {
  state.waiting.push(entry)
  state.window_ends_at_ms ??= nowMs + config.limits.decision_window_ms
}

/** Reserves slot, exposure and margin, and writes the command: one step of one state, so nothing comes between. */
function command(desk: Desk, entry: GateEntry): void {
  const { state, config } = desk
  const instrument = desk.instrumentOf(entry.symbol)
  invariant(instrument !== null, `${entry.symbol}: expected filters after the gates, was none`)
  const quantity = entryQuantity(entry, instrument)
  const leverage = entryLeverage(entry, instrument, state.account, config)
  const distance = exact(entry.reference_price).minus(entry.stop_price).abs()
  const order: Order = {
    correlation_id: entry.correlation_id,
    symbol: entry.symbol,
    venue: entry.venue,
    environment: entry.environment,
    purpose: 'ENTRY',
    type: 'MARKET',
    side: entry.side,
    quantity: decimalText(quantity),
    reduce_only: false,
    leverage,
    parent_id: entry.intent_id,
    reference_price: entry.reference_price,
    stop_price: entry.stop_price,
    target_price: entry.target_price,
    risk_usd: decimalText(distance.times(quantity)),
    regime: entry.regime,
    horizon_ms: entry.horizon_ms,
    decided_at_ms: entry.created_at_ms,
    expires_at_ms: entry.expires_at_ms,
    tick_at_ms: entry.tick_at_ms,
  }
  desk.command(order, { fee_rate: decimalText(roundTripFeeRate(instrument)) })
  countEntry(desk)
}

/** Counts of the UTC day and of the last minute. They start anew by themselves. */
function countEntry({ state, nowMs }: Desk): void {
  const dayStart = dayStartOf(nowMs)
  if (state.entries_day_start_at_ms !== dayStart) {
    state.entries_day_start_at_ms = dayStart
    state.entries_today = 0
  }
  state.entries_today++
  state.entry_times_ms = [...state.entry_times_ms.filter((atMs) => nowMs - atMs < minuteMs), nowMs]
}

/** The part of an intent that decides; it waits in the kept state when slots are scarce. */
function entryOf(intent: TradeIntent): GateEntry {
  return {
    intent_id: intent.intent_id,
    correlation_id: intent.correlation_id,
    symbol: intent.symbol,
    venue: intent.venue,
    environment: intent.environment,
    side: intent.side,
    notional_usd: intent.notional_usd,
    leverage: intent.leverage,
    reference_price: intent.reference_price,
    stop_price: intent.stop_price,
    target_price: intent.target_price,
    regime: intent.regime,
    score: intent.score,
    horizon_ms: intent.horizon_ms,
    created_at_ms: intent.created_at_ms,
    expires_at_ms: intent.expires_at_ms,
    tick_at_ms: intent.tick_at_ms,
  }
}
