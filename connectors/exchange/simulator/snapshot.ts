// The venue's own books of one account, in the shape of account.snapshot: the truth that reconciliation compares with.
import type { AccountSnapshot, SnapshotOrder } from '../../../schemas/types.gen.ts'
import { decimalText, exact, larger, zero } from '../../../schemas/decimal.ts'
import { leverageOf, liquidationPrice, totalsOf } from './margin.ts'
import { remainingOf } from './orders.ts'
import type { OrderRecord } from './state.ts'
import type { Ledger, World } from './world.ts'
import { bookOf } from './world.ts'

/** Wallet, equity, margin, positions and open orders at the reference prices of now. */
export function snapshotOf(world: World, ledger: Ledger, nowMs: number): AccountSnapshot {
  const { account } = ledger
  const totals = totalsOf(world, account)
  const free = totals.equity.minus(totals.positionMargin).minus(totals.orderMargin)
  return {
    account: account.account,
    venue: world.config.venue,
    environment: world.config.environment,
    complete: true,
    wallet_usd: account.wallet_usd,
    transfers_usd: account.deposits_usd,
    unrealised_usd: decimalText(totals.unrealised),
    equity_usd: decimalText(totals.equity),
    available_usd: decimalText(larger(free, zero)),
    margin_used_usd: decimalText(totals.positionMargin),
    positions: Object.keys(account.positions)
      .sort()
      .map((symbol) => snapshotPosition(world, ledger, symbol)),
    open_orders: account.orders.map(snapshotOrder),
    as_of_ms: nowMs,
    venue_sequence: account.sequence,
  }
}

function snapshotPosition(
  world: World,
  { account }: Ledger,
  symbol: string,
): AccountSnapshot['positions'][number] {
  const book = bookOf(world, symbol)
  const quantity = exact(account.positions[symbol]?.quantity ?? '0')
  const cost = exact(account.positions[symbol]?.cost_usd ?? '0')
  const liquidation = liquidationPrice(world, account, book)
  return {
    symbol,
    quantity: decimalText(quantity),
    // For the reader; the books keep the exact cost.
    entry_price: decimalText(cost.dividedBy(quantity).toSignificantDigits(16)),
    mark_price: decimalText(exact(book.reference)),
    leverage: leverageOf(account, book.instrument),
    liquidation_price: liquidation === null ? null : decimalText(liquidation),
  }
}

function snapshotOrder(order: OrderRecord): SnapshotOrder {
  return {
    symbol: order.symbol,
    client_order_id: order.client_order_id,
    type: order.type,
    side: order.side,
    quantity: decimalText(remainingOf(order)),
    trigger_price: order.trigger_price,
    reduce_only: order.reduce_only,
  }
}
