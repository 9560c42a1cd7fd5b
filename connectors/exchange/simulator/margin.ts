// Cross margin: leverage brackets, initial and maintenance margin, what an account has left, and where it is liquidated.
// Formulas: Binance USD-M, maintenance = notional x rate - maintenance amount of the bracket.
import type { Decimal } from 'decimal.js'
import { bracketOf } from '../../../schemas/bracket.ts'
import type { InstrumentState, LeverageBracket, Side } from '../../../schemas/types.gen.ts'
import { invariant } from '../../../topologies/kernel/invariant.ts'
import { exact, larger, roundDownToStep, roundUpToStep, zero } from '../../../schemas/decimal.ts'
import type { Plan } from './depth.ts'
import { positionOf } from './ledger.ts'
import type { Refusal } from './refusals.ts'
import { refuse } from './refusals.ts'
import type { AccountState } from './state.ts'
import type { Book, World } from './world.ts'
import { bookOf } from './world.ts'

/** Leverage of a symbol that was never set; Binance's default. */
const DEFAULT_LEVERAGE = 20

export interface Totals {
  readonly unrealised: Decimal
  /** Wallet + unrealised. */
  readonly equity: Decimal
  /** Maintenance margin of all positions. */
  readonly maintenance: Decimal
  /** Initial margin of positions at the reference price. */
  readonly positionMargin: Decimal
  /** Initial margin reserved by resting limit orders that are not reduce-only. */
  readonly orderMargin: Decimal
}

/** The bracket that counts for a notional in USD. */
function demandedBracket(instrument: InstrumentState, notional: Decimal): LeverageBracket {
  const bracket = bracketOf(instrument, notional)
  invariant(bracket !== null, `${instrument.symbol}: expected leverage brackets, was none`)
  return bracket
}

/** Maintenance margin in USD of a position with that notional. */
export function maintenanceOf(instrument: InstrumentState, notional: Decimal): Decimal {
  const bracket = demandedBracket(instrument, notional)
  return notional.times(bracket.maintenance_rate).minus(bracket.maintenance_amount_usd)
}

/** Leverage in force for a symbol. */
export function leverageOf(account: AccountState, instrument: InstrumentState): number {
  const highest = instrument.brackets[0]?.max_leverage ?? 1
  return account.leverage[instrument.symbol] ?? Math.min(DEFAULT_LEVERAGE, highest)
}

/** Equity and margins of an account at the reference prices of now. */
export function totalsOf(world: World, account: AccountState): Totals {
  let unrealised = zero
  let maintenance = zero
  let positionMargin = zero
  for (const [symbol, position] of Object.entries(account.positions)) {
    const { instrument, reference } = bookOf(world, symbol)
    const quantity = exact(position.quantity)
    const value = quantity.times(reference)
    const notional = value.abs()
    unrealised = unrealised.plus(value).minus(position.cost_usd)
    maintenance = maintenance.plus(maintenanceOf(instrument, notional))
    positionMargin = positionMargin.plus(notional.dividedBy(leverageOf(account, instrument)))
  }
  const equity = exact(account.wallet_usd).plus(unrealised)
  return { unrealised, equity, maintenance, positionMargin, orderMargin: reserved(world, account) }
}

export interface EntryCheck {
  readonly side: Side
  /** Whole quantity of the order, above 0. */
  readonly quantity: Decimal
  /** What the book gives at once. */
  readonly plan: Plan
  /** Price of what is not filled at once. */
  readonly restPrice: Decimal
  /** Leverage asked for; null keeps the one in force. */
  readonly leverage: number | null
}

/**
 * The refusal of an order that would raise the position beyond its bracket or its margin, or null. An order that
 * does not raise it needs no margin. After the fills, fees and slippage included, equity covers all initial margin.
 */
export function entryRefusal(
  world: World,
  account: AccountState,
  book: Book,
  check: EntryCheck,
): Refusal | null {
  const { instrument } = book
  const leverage = check.leverage ?? leverageOf(account, instrument)
  const highest = instrument.brackets[0]?.max_leverage ?? 1
  if (!Number.isInteger(leverage) || leverage < 1 || leverage > highest)
    return refuse('LEVERAGE_INVALID', `expected a leverage of 1 to ${highest}, was ${leverage}`)
  const before = positionOf(account, book.symbol)
  const signed = check.side === 'BUY' ? check.quantity : check.quantity.negated()
  const after = before.plus(signed)
  if (after.abs().lte(before.abs())) return null

  const orderNotional = check.plan.fills
    .reduce((sum, fill) => sum.plus(fill.price.times(fill.quantity)), zero)
    .plus(check.plan.rest.times(check.restPrice))
  const price = larger(orderNotional.dividedBy(check.quantity), exact(book.reference))
  const notional = after.abs().times(price)
  const bracket = demandedBracket(instrument, notional.plus(openNotional(account, book.symbol)))
  if (leverage > bracket.max_leverage || notional.gte(bracket.notional_cap_usd))
    return refuse(
      'ABOVE_BRACKET',
      `expected at most ${bracket.max_leverage}x for ${notional.toFixed(2)} USD, was ${leverage}x`,
    )

  const totals = totalsOf(world, account)
  const held = before.abs().times(book.reference).dividedBy(leverageOf(account, instrument))
  const needed = totals.positionMargin
    .minus(held)
    .plus(notional.dividedBy(leverage))
    .plus(totals.orderMargin)
  const fee = orderNotional.times(instrument.taker_fee_rate)
  const worth = signed.times(book.reference)
  const paid = check.side === 'BUY' ? orderNotional : orderNotional.negated()
  const equity = totals.equity.minus(fee).minus(larger(paid.minus(worth), zero))
  if (equity.gte(needed)) return null
  return refuse(
    'INSUFFICIENT_MARGIN',
    `expected ${needed.toFixed(2)} USD of margin, was ${equity.toFixed(2)} USD of equity`,
  )
}

/**
 * Reference price at which the account is liquidated if only this symbol moves, null when no price above 0 does it.
 * Rounded to the tick on the side where it comes sooner.
 */
export function liquidationPrice(world: World, account: AccountState, book: Book): Decimal | null {
  const position = account.positions[book.symbol]
  if (position === undefined) return null
  const quantity = exact(position.quantity)
  const size = quantity.abs()
  const own = quantity.times(book.reference)
  const totals = totalsOf(world, account)
  // Excess of the account without this position's PnL and maintenance: constant while only this symbol moves.
  const others = totals.equity
    .minus(own.minus(position.cost_usd))
    .minus(totals.maintenance)
    .plus(maintenanceOf(book.instrument, own.abs()))
  for (const bracket of book.instrument.brackets) {
    const slope = quantity.minus(size.times(bracket.maintenance_rate))
    if (slope.isZero()) continue
    const price = exact(position.cost_usd)
      .minus(others)
      .minus(bracket.maintenance_amount_usd)
      .dividedBy(slope)
    const notional = size.times(price)
    if (price.lte(0)) continue
    if (notional.lt(bracket.notional_floor_usd) || notional.gte(bracket.notional_cap_usd)) continue
    return quantity.isPositive()
      ? roundUpToStep(price, book.tickSize)
      : roundDownToStep(price, book.tickSize)
  }
  return null
}

/** Open notional of resting limit orders that may raise the position. */
function openNotional(account: AccountState, symbol: string): Decimal {
  let sum = zero
  for (const order of account.orders) {
    if (order.symbol !== symbol || order.reduce_only || order.type !== 'LIMIT') continue
    const open = exact(order.quantity).minus(order.filled_quantity)
    sum = sum.plus(open.times(order.price ?? '0'))
  }
  return sum
}

function reserved(world: World, account: AccountState): Decimal {
  let sum = zero
  for (const symbol of new Set(account.orders.map((order) => order.symbol))) {
    const leverage = leverageOf(account, bookOf(world, symbol).instrument)
    sum = sum.plus(openNotional(account, symbol).dividedBy(leverage))
  }
  return sum
}
