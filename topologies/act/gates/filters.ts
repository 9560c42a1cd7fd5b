// The venue's filters and the sanity of the plan. A size is only ever made smaller; what is too small is refused.
import type { Decimal } from 'decimal.js'
import type { GateEntry, InstrumentState, ReasonCode } from '../../../schemas/types.gen.ts'
import { exact, roundDownToStep, smaller, zero } from '../../../schemas/decimal.ts'
import type { GateInput, Refusal } from './gate.ts'

const refuse = (reason: ReasonCode, detail: string): Refusal => ({
  gate: 'FILTERS',
  reason,
  detail,
})

/** Instrument, environment, price, stop and size, in this order. */
export function filtersGate(input: GateInput): Refusal | null {
  return instrumentRefusal(input) ?? priceRefusal(input) ?? planRefusal(input) ?? sizeRefusal(input)
}

/** notional / reference price, stepped down and cut to the largest market order. The instrument is known. */
export function entryQuantity(entry: GateEntry, instrument: InstrumentState): Decimal {
  const step = exact(instrument.step_size)
  // One exact integer division: a quotient that was rounded first could step up.
  const steps = exact(entry.notional_usd).dividedToIntegerBy(step.times(entry.reference_price))
  const wanted = steps.gt(0) ? steps.times(step) : zero
  const largest = roundDownToStep(exact(instrument.market_max_quantity), step)
  return smaller(wanted, largest)
}

function instrumentRefusal({ entry, state, config, instrument }: GateInput): Refusal | null {
  if (entry.environment !== config.environment || entry.venue !== config.trading_venue)
    return refuse(
      'ENVIRONMENT_MISMATCH',
      `expected ${config.trading_venue} ${config.environment}, was ${entry.venue} ${entry.environment}`,
    )
  const account = config.accounts.find((one) => one.name === state.account)
  if (!account?.symbols.includes(entry.symbol))
    return refuse('INSTRUMENT_UNKNOWN', `${state.account} does not trade ${entry.symbol}`)
  if (instrument === null)
    return refuse('INSTRUMENT_UNKNOWN', `the venue never described ${entry.symbol}`)
  if (instrument.environment !== config.environment)
    return refuse(
      'ENVIRONMENT_MISMATCH',
      `expected filters of ${config.environment}, was ${instrument.environment}`,
    )
  if (instrument.status === 'TRADING') return null
  const reason = instrument.status === 'HALTED' ? 'HALTED' : 'INSTRUMENT_UNKNOWN'
  return refuse(reason, `expected TRADING, was ${instrument.status}`)
}

function priceRefusal({ entry, config, nowMs, mark }: GateInput): Refusal | null {
  if (!exact(entry.reference_price).gt(0))
    return refuse('PRICE_INVALID', `expected a price above 0, was ${entry.reference_price}`)
  if (mark === null) return refuse('STALE_PRICE', `no price of ${entry.symbol} was seen yet`)
  if (!(mark.price > 0))
    return refuse('PRICE_INVALID', `expected a price above 0, was ${mark.price}`)
  if (mark.environment !== config.environment)
    return refuse(
      'ENVIRONMENT_MISMATCH',
      `expected a price of ${config.environment}, was ${mark.environment}`,
    )
  const ageMs = nowMs - mark.price_at_ms
  if (mark.fresh && ageMs <= config.router.price_max_age_ms) return null
  return refuse(
    'STALE_PRICE',
    `expected a fresh price of at most ${config.router.price_max_age_ms} ms, was ${ageMs}`,
  )
}

/** A stop loses and a target wins, at the reference and at the present price. */
function planRefusal({ entry, mark }: GateInput): Refusal | null {
  if (entry.side === 'UNKNOWN') return refuse('OTHER', 'expected BUY or SELL, was UNKNOWN')
  const stop = exact(entry.stop_price)
  const target = exact(entry.target_price)
  const reference = exact(entry.reference_price)
  const isBuy = entry.side === 'BUY'
  const plan = `${entry.side} at ${entry.reference_price}, stop ${entry.stop_price}, target ${entry.target_price}`
  const isOrdered = isBuy
    ? stop.lt(reference) && reference.lt(target)
    : target.lt(reference) && reference.lt(stop)
  if (!stop.gt(0) || !target.gt(0) || !isOrdered) return refuse('STOP_INVALID', plan)
  const price = exact(mark?.price ?? entry.reference_price)
  if (isBuy ? price.lte(stop) : price.gte(stop))
    return refuse('STOP_INVALID', `${plan}, price ${price.toFixed()} is beyond the stop`)
  if (isBuy ? price.gte(target) : price.lte(target))
    return refuse('PRICE_INVALID', `${plan}, price ${price.toFixed()} is beyond the target`)
  return null
}

function sizeRefusal({ entry, instrument }: GateInput): Refusal | null {
  if (instrument === null) return refuse('INSTRUMENT_UNKNOWN', 'no filters')
  const largest = exact(instrument.market_max_quantity)
  if (largest.lt(instrument.min_quantity))
    return refuse('ABOVE_MAX_QUANTITY', `the largest market order is ${largest.toFixed()}`)
  const quantity = entryQuantity(entry, instrument)
  if (!quantity.gt(0) || quantity.lt(instrument.min_quantity))
    return refuse(
      'BELOW_MIN_QUANTITY',
      `expected at least ${instrument.min_quantity}, was ${quantity.toFixed()}`,
    )
  const notional = quantity.times(entry.reference_price)
  if (notional.lt(instrument.min_notional_usd))
    return refuse(
      'BELOW_MIN_NOTIONAL',
      `expected at least ${instrument.min_notional_usd} USD, was ${notional.toFixed()}`,
    )
  return null
}
