// Limit orders that wait in the book. They fill as maker at their own price once the opposite side reaches it, from the
// size shown there. Orders of the simulator's own accounts never meet each other: the market is the ticks.
import { exact, smaller } from '../../../schemas/decimal.ts'
import { consume, restingLiquidity } from './depth.ts'
import { guardLedger } from './liquidation.ts'
import { applyFill, endAfterFills } from './matching.ts'
import { allowedOf } from './orders.ts'
import type { OrderRecord } from './state.ts'
import type { Book, World } from './world.ts'
import { ledgerOf } from './world.ts'

/** Fills resting limit orders whose price the opposite side has reached: best price first, then oldest first. */
export function matchResting(world: World, book: Book): void {
  const crossed = book.resting.filter(
    (order) =>
      order.type === 'LIMIT' &&
      (order.side === 'BUY' ? book.ask <= Number(order.price) : book.bid >= Number(order.price)),
  )
  // The sort is stable, so equal prices stay in order of arrival.
  crossed.sort((left, right) =>
    left.side === 'BUY'
      ? Number(right.price) - Number(left.price)
      : Number(left.price) - Number(right.price),
  )
  for (const order of crossed) giveToResting(world, book, order)
  for (const order of crossed) guardLedger(world, ledgerOf(world, order.account))
}

function giveToResting(world: World, book: Book, order: OrderRecord): void {
  const ledger = ledgerOf(world, order.account)
  const wanted = allowedOf(ledger.account, order)
  const shown = restingLiquidity(book, order.side)
  const quantity = shown === null ? wanted : smaller(shown, wanted)
  if (quantity.gt(0)) {
    const price = exact(order.price ?? '0')
    const rate = exact(book.instrument.maker_fee_rate)
    consume(book, order.side, quantity)
    applyFill(world, ledger, book, order, { fill: { price, quantity }, liquidity: 'MAKER', rate })
  }
  endAfterFills(world, ledger, book, order)
}
