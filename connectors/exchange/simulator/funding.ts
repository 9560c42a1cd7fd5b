// Funding: at each funding time every holder pays or receives quantity x reference price x rate; longs pay a positive rate.
import { decimalText, exact, roundToBooked } from '../../../schemas/decimal.ts'
import { refreshExposures } from './exposure.ts'
import { fundingTime } from './funding-time.ts'
import { bookFunding } from './ledger.ts'
import { guardLedger } from './liquidation.ts'
import { reportFunding } from './reports.ts'
import type { Book, World } from './world.ts'

/** Pays the funding that is due in a book now and sets its next time. Without a rate seen so far nothing is due. */
export function payFunding(world: World, book: Book): void {
  const dueAtMs = book.fundingAtMs
  book.fundingAtMs = fundingTime(book, world.clockMs)
  const rate = book.fundingRate
  if (Number.isNaN(rate)) return
  const holders = [...book.holders]
  for (const { ledger } of holders) {
    const { account } = ledger
    const quantity = account.positions[book.symbol]?.quantity ?? '0'
    const value = exact(quantity).times(book.reference)
    const amount = roundToBooked(value.times(rate).negated())
    bookFunding(account, amount)
    refreshExposures(world, ledger)
    reportFunding(world, {
      account: account.account,
      symbol: book.symbol,
      amountUsd: decimalText(amount),
      rate,
      quantity,
      markPrice: decimalText(exact(book.reference)),
      dueAtMs,
    })
  }
  for (const { ledger } of holders) guardLedger(world, ledger)
}
