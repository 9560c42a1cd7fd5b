// The books of one account: every change of a wallet is made here and nowhere else, so that always, to the last decimal,
// wallet = deposits + realised - fees + funding + insurance.
import type { Decimal } from 'decimal.js'
import { decimalText, exact, roundToBooked, zero } from '../../../schemas/decimal.ts'
import { addText } from './amounts.ts'
import type { AccountState, PositionRecord } from './state.ts'

/** What the venue booked for an account, as decimal strings. */
export interface AccountBooks {
  readonly wallet: string
  readonly deposits: string
  readonly realised: string
  readonly fees: string
  readonly funding: string
  readonly insurance: string
}

export interface Booking {
  readonly symbol: string
  /** Above 0 for a buy. */
  readonly signedQuantity: Decimal
  readonly price: Decimal
  readonly feeUsd: Decimal
}

/** An account that has just been opened with a deposit. */
export function newAccount(account: string, walletUsd: string): AccountState {
  return {
    account,
    wallet_usd: walletUsd,
    deposits_usd: walletUsd,
    realised_usd: '0',
    fees_usd: '0',
    funding_usd: '0',
    insurance_usd: '0',
    sequence: 0,
    leverage: {},
    positions: {},
    orders: [],
    closed_orders: [],
  }
}

/** Signed position, 0 when flat. */
export function positionOf(account: AccountState, symbol: string): Decimal {
  const position = account.positions[symbol]
  return position === undefined ? zero : exact(position.quantity)
}

/** Books a fill: position, realised PnL and fee. Over a round trip realised is exactly what was sold minus what was paid. */
export function bookFill(account: AccountState, booking: Booking): void {
  const { symbol, signedQuantity, price, feeUsd } = booking
  const quantity = positionOf(account, symbol)
  const cost = exact(account.positions[symbol]?.cost_usd ?? '0')
  const closing = closingPart(quantity, signedQuantity)
  const opening = signedQuantity.minus(closing)
  const closedCost = closing.isZero() ? zero : costOfPart(quantity, cost, closing)
  const realised = closing.times(price).plus(closedCost).negated()
  setPosition(account, symbol, {
    quantity: quantity.plus(signedQuantity),
    cost: cost.minus(closedCost).plus(opening.times(price)),
  })
  account.realised_usd = addText(account.realised_usd, realised)
  account.fees_usd = addText(account.fees_usd, feeUsd)
  account.wallet_usd = addText(account.wallet_usd, realised.minus(feeUsd))
}

/** Books a funding payment; positive was received. */
export function bookFunding(account: AccountState, amountUsd: Decimal): void {
  account.funding_usd = addText(account.funding_usd, amountUsd)
  account.wallet_usd = addText(account.wallet_usd, amountUsd)
}

/** A wallet below 0 without a position is bankrupt: the insurance fund pays it up to 0. */
export function bookInsurance(account: AccountState): void {
  const wallet = exact(account.wallet_usd)
  if (wallet.gte(0) || Object.keys(account.positions).length > 0) return
  account.insurance_usd = addText(account.insurance_usd, wallet.negated())
  account.wallet_usd = '0'
}

/** The totals for the check of conservation. */
export function booksOf(account: AccountState): AccountBooks {
  return {
    wallet: account.wallet_usd,
    deposits: account.deposits_usd,
    realised: account.realised_usd,
    fees: account.fees_usd,
    funding: account.funding_usd,
    insurance: account.insurance_usd,
  }
}

/** The part of a fill that closes: opposite to the position and at most as large. */
function closingPart(quantity: Decimal, signedQuantity: Decimal): Decimal {
  if (quantity.isZero() || quantity.isPositive() === signedQuantity.isPositive()) return zero
  return signedQuantity.abs().lte(quantity.abs()) ? signedQuantity : quantity.negated()
}

/** Cost of the closed part. Rounded for a part, exact for the whole, so the rounding never leaves the position. */
function costOfPart(quantity: Decimal, cost: Decimal, closing: Decimal): Decimal {
  if (closing.abs().equals(quantity.abs())) return cost
  return roundToBooked(cost.times(closing.abs()).dividedBy(quantity.abs()))
}

function setPosition(
  account: AccountState,
  symbol: string,
  next: { quantity: Decimal; cost: Decimal },
): void {
  if (next.quantity.isZero()) {
    delete account.positions[symbol]
    return
  }
  const record: PositionRecord = {
    quantity: decimalText(next.quantity),
    cost_usd: decimalText(next.cost),
  }
  account.positions[symbol] = record
}
