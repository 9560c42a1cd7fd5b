// Leverage: never above what was asked for, the account's cap and the bracket of the notional. It may go down to 1.
import type { Config } from '../../../schemas/config.ts'
import type { GateEntry, InstrumentState } from '../../../schemas/types.gen.ts'
import { bracketOf } from '../../../schemas/bracket.ts'
import { exact } from '../../../schemas/decimal.ts'
import { entryQuantity } from './filters.ts'
import type { GateInput, Refusal } from './gate.ts'

/** Refuses LEVERAGE_BRACKET when no leverage of 1 or more is left. */
export function leverageGate(input: GateInput): Refusal | null {
  const { entry, instrument, state, config } = input
  const leverage = instrument === null ? 0 : entryLeverage(entry, instrument, state.account, config)
  if (leverage >= 1) return null
  const notional = instrument === null ? '' : notionalOf(entry, instrument).toFixed()
  return {
    gate: 'LEVERAGE',
    reason: 'LEVERAGE_BRACKET',
    detail: `asked for ${entry.leverage}, no bracket of ${entry.symbol} allows 1 or more at ${notional} USD`,
  }
}

/** The leverage to set, 0 when there is none. */
export function entryLeverage(
  entry: GateEntry,
  instrument: InstrumentState,
  account: string,
  config: Config,
): number {
  const notional = notionalOf(entry, instrument)
  const bracket = bracketOf(instrument, notional)
  if (bracket === null || notional.gte(bracket.notional_cap_usd)) return 0
  const cap = config.accounts.find((one) => one.name === account)?.max_leverage ?? 0
  const leverage = Math.floor(Math.min(entry.leverage, cap, bracket.max_leverage))
  return leverage >= 1 ? leverage : 0
}

const notionalOf = (entry: GateEntry, instrument: InstrumentState) =>
  entryQuantity(entry, instrument).times(exact(entry.reference_price))
