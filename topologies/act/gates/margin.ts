// Margin: notional / leverage plus the fees of entry and exit must fit into what is available after reservations and a
// buffer. A refusal here is a result and nothing more; it is no fault.
import type { Decimal } from 'decimal.js'
import type { InstrumentState } from '../../../schemas/types.gen.ts'
import { exact } from '../../../schemas/decimal.ts'
import { reservedMargin } from '../reserved.ts'
import { entryQuantity } from './filters.ts'
import type { GateInput, Refusal } from './gate.ts'
import { entryLeverage } from './leverage.ts'

/** Taker fee of entry and exit together, as a fraction of notional. */
export function roundTripFeeRate(instrument: InstrumentState): Decimal {
  return exact(instrument.taker_fee_rate).times(2)
}

/** Refuses MARGIN_SHORT. */
export function marginGate(input: GateInput): Refusal | null {
  const { entry, state, config, instrument } = input
  const refuse = (detail: string): Refusal => ({ gate: 'MARGIN', reason: 'MARGIN_SHORT', detail })
  if (instrument === null) return refuse('no filters')
  const leverage = entryLeverage(entry, instrument, state.account, config)
  const notional = entryQuantity(entry, instrument).times(entry.reference_price)
  const needed = notional
    .dividedBy(Math.max(leverage, 1))
    .plus(notional.times(roundTripFeeRate(instrument)))
  const usable = exact(state.portfolio.available_usd).times(
    exact(1).minus(config.limits.margin_buffer_fraction),
  )
  const reserved = reservedMargin(state)
  if (needed.plus(reserved).lte(usable)) return null
  return refuse(
    `needs ${needed.toFixed(8)} beside ${reserved.toFixed(8)} reserved, usable are ${usable.toFixed(8)} USD`,
  )
}
