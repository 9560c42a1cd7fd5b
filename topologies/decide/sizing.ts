// Size and leverage of an entry. The size follows from the loss at the stop; caps only lower it, and a size that is too small
// is refused, never raised. Leverage never changes size or profit, only the margin that is bound.
import type { Decimal } from 'decimal.js'
import { bracketOf } from '../../schemas/bracket.ts'
import {
  exact,
  roundDownToStep,
  roundToBooked,
  roundUpToBooked,
  smaller,
} from '../../schemas/decimal.ts'
import type { InstrumentState } from '../../schemas/types.gen.ts'
import { invariant } from '../kernel/invariant.ts'
import type { Facts, Refused } from './facts.ts'
import { refuse } from './facts.ts'
import type { Levels } from './levels.ts'

/** An entry's size; quantity x reference = notional, exactly. */
export interface Size {
  readonly quantity: Decimal
  readonly notionalUsd: Decimal
  readonly marginUsd: Decimal
  /** Loss at the stop before costs: |reference - stop| x quantity. */
  readonly riskUsd: Decimal
  readonly leverage: number
}

/** The liquidation price lies at least this many stop distances away. */
const liquidationStops = 2

/**
 * The size of an entry, or why there is none. notional = equity x risk_fraction x size factor x multiplier / stop
 * distance, at most max_notional_fraction x equity, the largest market order and the last bracket.
 */
export function sizeTrade(facts: Facts, levels: Levels, multiplier: number): Size | Refused {
  const { config, equityUsd, instrument } = facts
  const { reference } = levels
  const stopDistance = reference.minus(levels.stop).abs()
  const riskUsd = equityUsd
    .times(config.router.risk_fraction)
    .times(facts.sizeFactor)
    .times(multiplier)
  const wanted = riskUsd.dividedBy(stopDistance)
  const byEquity = equityUsd.times(config.router.max_notional_fraction).dividedBy(reference)
  const byBracket = exact(lastCapOf(instrument)).dividedBy(reference)
  const capped = smaller(
    smaller(wanted, byEquity),
    smaller(byBracket, exact(instrument.market_max_quantity)),
  )
  const quantity = roundDownToStep(capped, exact(instrument.step_size))
  const notionalUsd = quantity.times(reference)
  if (
    !quantity.gt(0) ||
    quantity.lt(instrument.min_quantity) ||
    notionalUsd.lt(instrument.min_notional_usd)
  )
    return refuse(
      'SIZE_TOO_SMALL',
      `expected at least ${instrument.min_notional_usd} USD and a quantity of ${instrument.min_quantity}, was ${notionalUsd.toFixed(2)} USD and ${quantity.toFixed()}: ${riskUsd.toFixed(2)} USD of risk over ${stopDistance.toFixed()}`,
    )
  const stopFraction = stopDistance.dividedBy(reference)
  const leverage = leverageFor(facts, notionalUsd, stopFraction)
  if (leverage < 1)
    return refuse(
      'STOP_INVALID',
      `expected a stop at most 1/${liquidationStops} of the way to liquidation at 1x, was ${stopFraction.times(10_000).toFixed(2)} bps`,
    )
  return {
    quantity,
    notionalUsd,
    marginUsd: roundUpToBooked(notionalUsd.dividedBy(leverage)),
    riskUsd: roundToBooked(stopDistance.times(quantity)),
    leverage,
  }
}

/**
 * The smallest leverage at which this trade binds no more than its share of margin, so that all position slots can be
 * filled: equity x exposure.max_margin_fraction / limits.max_open_positions. It gives way to the account's cap, the
 * bracket of the notional, and the highest leverage whose liquidation lies two stop distances away; 0 when not even
 * 1x does.
 */
function leverageFor(
  { config, account, equityUsd, instrument }: Facts,
  notionalUsd: Decimal,
  stopFraction: Decimal,
): number {
  const bracket = bracketOf(instrument, notionalUsd)
  invariant(bracket !== null, `${instrument.symbol}: expected leverage brackets, was none`)
  const share = equityUsd
    .times(config.exposure.max_margin_fraction)
    .dividedBy(config.limits.max_open_positions)
  const wanted = share.gt(0) ? notionalUsd.dividedBy(share).ceil().toNumber() : Infinity
  return Math.min(
    Math.max(1, wanted),
    account.max_leverage,
    bracket.max_leverage,
    safeLeverage(stopFraction, exact(bracket.maintenance_rate)),
  )
}

/**
 * Highest whole leverage whose distance to liquidation is at least two stop distances. A short is liquidated at a
 * distance of (1/L - m) / (1 + m), a long a little later, at (1/L - m) / (1 - m): the short's counts for both, so that
 * the sides stay equal. m is the maintenance rate; isolated margin, which is the nearer case.
 */
export function safeLeverage(stopFraction: Decimal, maintenanceRate: Decimal): number {
  const needed = stopFraction.times(liquidationStops).times(maintenanceRate.plus(1))
  return exact(1).dividedBy(needed.plus(maintenanceRate)).floor().toNumber()
}

/** What the venue lets one position be worth at most, in USD. */
function lastCapOf(instrument: InstrumentState): string {
  const cap = instrument.brackets.at(-1)?.notional_cap_usd
  invariant(cap !== undefined, `${instrument.symbol}: expected leverage brackets, was none`)
  return cap
}
