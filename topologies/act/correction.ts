// A correction by the reconciler as fills: they bring the book to the venue's quantity and, where something opens, to the
// venue's average entry. What they cost is not known, so they carry no fee.
import type { Decimal } from 'decimal.js'
import type { Config } from '../../schemas/config.ts'
import type {
  MarkState,
  PositionKeeperChangelog,
  ReconcileReport,
} from '../../schemas/types.gen.ts'
import { exact } from '../../schemas/decimal.ts'
import type { PositionFill } from './position-book.ts'

/**
 * Fills from the book to the venue: none when they agree, two when the side is another. What closes is booked at the last
 * known price, because the venue no longer says at which it closed; without one at the average entry.
 */
export function correctionFills(
  state: PositionKeeperChangelog,
  report: ReconcileReport,
  mark: MarkState | null,
  config: Config,
): Omit<PositionFill, 'order'>[] {
  const [position] = state.positions
  const quantity = exact(position?.quantity ?? '0')
  const target = exact(report.action === 'CLEAR' ? '0' : (report.venue_quantity ?? quantity))
  const known = mark !== null && mark.price > 0 ? exact(mark.price) : null
  const closingPrice = known ?? exact(position?.average_entry_price ?? '0')
  const fill = (change: Decimal, price: Decimal): Omit<PositionFill, 'order'> => ({
    clientOrderId: report.report_id,
    parentId: report.report_id,
    openedBy: report.report_id,
    side: change.gt(0) ? 'BUY' : 'SELL',
    quantity: change.abs(),
    price,
    feeUsd: exact(0),
    exitKind: 'EXTERNAL',
    exitRung: 0,
    venue: position?.venue ?? config.trading_venue,
    environment: position?.environment ?? config.environment,
    leverage: report.venue_leverage,
    atMs: report.at_ms,
  })
  const change = target.minus(quantity)
  if (change.isZero()) return []
  const venueEntry = exact(report.venue_entry_price ?? '0')
  const entryPrice = venueEntry.gt(0) ? venueEntry : closingPrice
  const isOtherSide = target.isZero() || quantity.gt(0) !== target.gt(0)
  if (!quantity.isZero() && isOtherSide) {
    const close = fill(quantity.negated(), closingPrice)
    return target.isZero() ? [close] : [close, fill(target, entryPrice)]
  }
  if (target.abs().lt(quantity.abs())) return [fill(change, closingPrice)]
  // The price of what is missing that brings the average to the venue's.
  const implied = target.times(entryPrice).minus(state.cost_usd).dividedBy(change)
  const price = implied.gt(0) ? implied : entryPrice
  return price.gt(0) ? [fill(change, price)] : []
}
