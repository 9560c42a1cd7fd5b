// The venue's filters on the numbers of one order. Pure: depends on the instrument, the order and the reference price only.
import type { Decimal } from 'decimal.js'
import type { InstrumentState } from '../../../schemas/types.gen.ts'
import { exact } from '../../../schemas/decimal.ts'
import { isOnStep, parseAmount } from './amounts.ts'
import { isConditional } from './orders.ts'
import type { Refusal } from './refusals.ts'
import { refuse } from './refusals.ts'
import type { OrderRecord } from './state.ts'

/** The first filter that the order breaks, or null. `reference` is the mark, in quote units. */
export function filterRefusal(
  instrument: InstrumentState,
  order: OrderRecord,
  reference: number,
): Refusal | null {
  const quantity = parseAmount(order.quantity)
  if (quantity === null) return malformed('quantity', order.quantity)
  const refusal = quantityRefusal(instrument, order, quantity)
  if (refusal !== null) return refusal
  if (order.type === 'LIMIT') {
    const price = parseAmount(order.price ?? '')
    if (price === null) return malformed('price', order.price)
    return (
      priceRefusal(instrument, 'price', price) ??
      bandRefusal(instrument, order, price, reference) ??
      notionalRefusal(instrument, order, quantity.times(price))
    )
  }
  if (isConditional(order.type)) {
    const trigger = parseAmount(order.trigger_price ?? '')
    if (trigger === null) return malformed('trigger_price', order.trigger_price)
    return (
      priceRefusal(instrument, 'trigger_price', trigger) ??
      notionalRefusal(instrument, order, quantity.times(trigger))
    )
  }
  return notionalRefusal(instrument, order, quantity.times(reference))
}

function quantityRefusal(
  instrument: InstrumentState,
  order: OrderRecord,
  quantity: Decimal,
): Refusal | null {
  const { min_quantity: smallest, step_size: step } = instrument
  const largest = order.type === 'LIMIT' ? instrument.max_quantity : instrument.market_max_quantity
  const seen = `was ${order.quantity}`
  if (quantity.lte(0))
    return refuse('QUANTITY_NOT_POSITIVE', `expected a quantity above 0, ${seen}`)
  if (quantity.decimalPlaces() > exact(step).decimalPlaces())
    return refuse('PRECISION', `expected a quantity in steps of ${step}, ${seen}`)
  if (quantity.lt(smallest))
    return refuse('QUANTITY_TOO_SMALL', `expected a quantity of at least ${smallest}, ${seen}`)
  if (quantity.gt(largest))
    return refuse('QUANTITY_TOO_LARGE', `expected a quantity of at most ${largest}, ${seen}`)
  if (!isOnStep(quantity, exact(step)))
    return refuse('QUANTITY_OFF_STEP', `expected a quantity in steps of ${step}, ${seen}`)
  return null
}

function priceRefusal(instrument: InstrumentState, field: string, price: Decimal): Refusal | null {
  const { tick_size: tick } = instrument
  const seen = `was ${price.toFixed()}`
  if (price.lte(0)) return refuse('PRICE_NOT_POSITIVE', `expected ${field} above 0, ${seen}`)
  if (price.decimalPlaces() > exact(tick).decimalPlaces())
    return refuse('PRECISION', `expected ${field} in ticks of ${tick}, ${seen}`)
  if (!isOnStep(price, exact(tick)))
    return refuse('PRICE_OFF_TICK', `expected ${field} in ticks of ${tick}, ${seen}`)
  return null
}

/** A buy far above mark, or a sell far below it, is a slip of the finger. */
function bandRefusal(
  instrument: InstrumentState,
  order: OrderRecord,
  price: Decimal,
  reference: number,
): Refusal | null {
  const band = instrument.price_band_fraction
  const highest = exact(reference).times(exact(1).plus(band))
  const lowest = exact(reference).times(exact(1).minus(band))
  const seen = `was ${price.toFixed()}`
  if (order.side === 'BUY' && price.gt(highest))
    return refuse('PRICE_TOO_HIGH', `expected a price of at most ${highest.toFixed()}, ${seen}`)
  if (order.side === 'SELL' && price.lt(lowest))
    return refuse('PRICE_TOO_LOW', `expected a price of at least ${lowest.toFixed()}, ${seen}`)
  return null
}

function notionalRefusal(
  instrument: InstrumentState,
  order: OrderRecord,
  notional: Decimal,
): Refusal | null {
  const smallest = instrument.min_notional_usd
  // Exits are exempt: what was opened can always be closed, however small it has become.
  if (order.reduce_only || notional.gte(smallest)) return null
  return refuse(
    'NOTIONAL_TOO_SMALL',
    `expected a notional of at least ${smallest} USD, was ${notional.toFixed()} USD`,
  )
}

function malformed(field: string, value: string | null): Refusal {
  return refuse('MALFORMED', `expected a decimal in ${field}, was '${value ?? 'null'}'`)
}
