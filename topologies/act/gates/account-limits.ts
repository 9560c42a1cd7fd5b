// Limits of the account as a whole. Slots and exposure include what live entries have reserved: the state they are read
// from is the state the next command is written to, so two entries can never use the same slot.
import { exact } from '../../../schemas/decimal.ts'
import { dayMs, dayStartOf } from '../utc-day.ts'
import { exposureOf, grossExposure, liveEntries, takenSymbols } from '../reserved.ts'
import type { GateInput, Refusal } from './gate.ts'
import type { ReasonCode } from '../../../schemas/types.gen.ts'

export const minuteMs = 60_000

const refuse = (reason: ReasonCode, detail: string): Refusal => ({
  gate: 'ACCOUNT_LIMIT',
  reason,
  detail,
})

/** Equity, loss, counts, slots, exposure, in this order. Unknown or old equity refuses. */
export function accountLimitsGate(input: GateInput): Refusal | null {
  return (
    equityRefusal(input) ??
    lossRefusal(input) ??
    countRefusal(input) ??
    slotRefusal(input) ??
    exposureRefusal(input)
  )
}

function equityRefusal({ state, config, nowMs }: GateInput): Refusal | null {
  const { known, truth_at_ms } = state.portfolio
  if (!known) return refuse('EQUITY_UNKNOWN', "expected the venue's books, none were seen yet")
  const ageMs = nowMs - truth_at_ms
  if (ageMs <= config.limits.equity_max_age_ms) return null
  return refuse(
    'EQUITY_STALE',
    `expected books of at most ${config.limits.equity_max_age_ms} ms, was ${ageMs}`,
  )
}

function lossRefusal({ state, config }: GateInput): Refusal | null {
  const { day_pnl_usd, day_start_equity_usd, drawdown_fraction } = state.portfolio
  const { daily_loss_fraction, max_drawdown_fraction } = config.limits
  const lossLimit = exact(day_start_equity_usd).times(daily_loss_fraction)
  if (exact(day_pnl_usd).lte(lossLimit.negated()))
    return refuse(
      'DAILY_LOSS',
      `expected a loss below ${lossLimit.toFixed()} USD, was ${day_pnl_usd}`,
    )
  if (!(drawdown_fraction < max_drawdown_fraction))
    return refuse('DRAWDOWN', `expected below ${max_drawdown_fraction}, was ${drawdown_fraction}`)
  return null
}

function countRefusal({ state, config, nowMs }: GateInput): Refusal | null {
  const { max_entries_per_day, max_entries_per_minute } = config.limits
  const dayStart = dayStartOf(nowMs)
  const today = state.entries_day_start_at_ms === dayStart ? state.entries_today : 0
  if (today >= max_entries_per_day)
    return refuse(
      'DAILY_LIMIT',
      `${today} of ${max_entries_per_day} entries since ${dayStart}, anew at ${dayStart + dayMs}`,
    )
  const lastMinute = state.entry_times_ms.filter((atMs) => nowMs - atMs < minuteMs).length
  if (lastMinute >= max_entries_per_minute)
    return refuse('RATE_LIMITED', `${lastMinute} of ${max_entries_per_minute} entries in 60 s`)
  return null
}

function slotRefusal({ state, config }: GateInput): Refusal | null {
  const { max_open_positions, max_in_flight } = config.limits
  const taken = takenSymbols(state).size
  if (taken >= max_open_positions)
    return refuse('MAX_POSITIONS', `${taken} of ${max_open_positions} slots are taken`)
  const inFlight = liveEntries(state).length
  if (inFlight >= max_in_flight)
    return refuse('MAX_IN_FLIGHT', `${inFlight} of ${max_in_flight} entries are live`)
  return null
}

function exposureRefusal({ entry, state, config, priceOf }: GateInput): Refusal | null {
  const equity = exact(state.portfolio.equity_usd)
  const grossLimit = equity.times(config.limits.max_gross_fraction)
  const gross = grossExposure(state, priceOf).plus(entry.notional_usd)
  if (gross.gt(grossLimit))
    return refuse(
      'MAX_EXPOSURE',
      `expected at most ${grossLimit.toFixed(2)} USD, would be ${gross.toFixed(2)}`,
    )
  const symbolLimit = equity.times(config.limits.max_symbol_fraction)
  const symbol = exposureOf(state, entry.symbol, priceOf).plus(entry.notional_usd)
  if (symbol.gt(symbolLimit))
    return refuse(
      'MAX_SYMBOL_EXPOSURE',
      `expected at most ${symbolLimit.toFixed(2)} USD, would be ${symbol.toFixed(2)}`,
    )
  return null
}
