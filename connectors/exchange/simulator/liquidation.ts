// Liquidation: when equity is below the maintenance margin the venue cancels the account's orders and closes positions at
// the market, the one with the largest maintenance margin first, until the rest is covered. Fee: taker + liquidation fee.
import { decimalText, exact, zero } from '../../../schemas/decimal.ts'
import { consume, planTake } from './depth.ts'
import { excessOf, refreshExposures, revalue } from './exposure.ts'
import { bookInsurance, positionOf } from './ledger.ts'
import { maintenanceOf, totalsOf } from './margin.ts'
import { applyFill } from './matching.ts'
import { foreignOrder, openOrder, remainingOf, retireOrder } from './orders.ts'
import { refuse } from './refusals.ts'
import { reportOrder } from './reports.ts'
import type { Book, Ledger, World } from './world.ts'
import { bookOf } from './world.ts'

/**
 * Values the holders of a book at its new reference price and liquidates those that fall below maintenance. True when
 * one came so near that decimals had to decide.
 */
export function valueHolders(world: World, book: Book): boolean {
  const { holders, reference } = book
  book.valuedAt = reference
  let endangered = false
  for (let index = 0; index < holders.length; index++) {
    const exposure = holders[index]
    if (exposure === undefined) continue
    revalue(exposure, reference)
    if (excessOf(exposure.ledger) <= exposure.ledger.slack) endangered = true
  }
  if (endangered) for (const exposure of [...holders]) guardLedger(world, exposure.ledger)
  return endangered
}

/** Liquidates the account if it has to be, and settles a bankrupt one. To be called after every booking. */
export function guardLedger(world: World, ledger: Ledger): void {
  if (ledger.exposures.length > 0 && excessOf(ledger) > ledger.slack) return
  if (ledger.exposures.length > 0 && isBelowMaintenance(world, ledger)) liquidate(world, ledger)
  bookInsurance(ledger.account)
  ledger.wallet = Number(ledger.account.wallet_usd)
}

function isBelowMaintenance(world: World, ledger: Ledger): boolean {
  const { equity, maintenance } = totalsOf(world, ledger.account)
  return equity.lt(maintenance)
}

function liquidate(world: World, ledger: Ledger): void {
  for (const order of [...ledger.account.orders]) {
    const refusal = refuse('LIQUIDATED', 'cancelled by the liquidation of the account')
    reportOrder(world, order, 'CANCELLED', { refusal })
    retireOrder(world, ledger, bookOf(world, order.symbol), order)
  }
  for (const symbol of bySizeOfRisk(world, ledger)) {
    closeWhole(world, ledger, bookOf(world, symbol))
    if (!isBelowMaintenance(world, ledger)) break
  }
}

function bySizeOfRisk(world: World, ledger: Ledger): string[] {
  const risks = Object.entries(ledger.account.positions).map(([symbol, position]) => {
    const book = bookOf(world, symbol)
    const notional = exact(position.quantity).times(book.reference).abs()
    return { symbol, maintenance: maintenanceOf(book.instrument, notional) }
  })
  risks.sort((left, right) => right.maintenance.comparedTo(left.maintenance))
  return risks.map((risk) => risk.symbol)
}

/** Closes one position. What the book cannot give, the insurance fund takes over at the worst price of the book. */
function closeWhole(world: World, ledger: Ledger, book: Book): void {
  const position = positionOf(ledger.account, book.symbol)
  const side = position.isPositive() ? 'SELL' : 'BUY'
  const order = foreignOrder(world, {
    account: ledger.account.account,
    symbol: book.symbol,
    clientOrderId: `autoclose-${world.counters.next_autoclose++}`,
    side,
    quantity: decimalText(position.abs()),
    reduceOnly: true,
    exitKind: 'LIQUIDATION',
  })
  openOrder(world, ledger, order)
  reportOrder(world, order, 'ACKED')
  const plan = planTake(book, { side, quantity: position.abs(), limit: null })
  const rate = exact(book.instrument.taker_fee_rate).plus(book.instrument.liquidation_fee_rate)
  for (const fill of plan.fills) {
    consume(book, side, fill.quantity)
    applyFill(world, ledger, book, order, { fill, liquidity: 'TAKER', rate })
  }
  const quantity = remainingOf(order)
  if (quantity.gt(zero)) {
    const fill = { price: plan.worst ?? exact(book.reference), quantity }
    applyFill(world, ledger, book, order, { fill, liquidity: 'TAKER', rate })
  }
  retireOrder(world, ledger, book, order)
  refreshExposures(world, ledger)
}
