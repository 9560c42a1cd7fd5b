// The reconciler's own book of one account: kept from reports alone, so that it can be compared with what the venue says.
// It must never take anything from a snapshot but what a reported difference settles.
import type { Decimal } from 'decimal.js'
import { exact } from '../../schemas/decimal.ts'
import type {
  OrderCommand,
  OrderReport,
  ReconcilerChangelog,
  ReconcilerSeenChangelog,
} from '../../schemas/types.gen.ts'
import type { Ledger } from '../kernel/processor.ts'

/** Client order ids that the execution gates make. */
const ourName = /^q[0-9a-z]{20,31}$/

/** Most live orders in the book; an older one that still rests is then reported as unknown, which is the safe side. */
const maxOrders = 1_000

export function emptyBook(account: string): ReconcilerChangelog {
  return {
    account,
    positions: [],
    orders: [],
    last_sequence: -1,
    last_event_at_ms: 0,
    snapshot_as_of_ms: 0,
    differences: [],
    matched_at_ms: null,
    escalated_at_ms: null,
    judged_at_ms: null,
  }
}

/** Signed quantity in the own book. */
export function quantityOf(book: ReconcilerChangelog, symbol: string): Decimal {
  return exact(book.positions.find((leg) => leg.symbol === symbol)?.quantity ?? '0')
}

export const isLive = (book: ReconcilerChangelog, clientOrderId: string): boolean =>
  book.orders.some((order) => order.client_order_id === clientOrderId)

export const hasOurName = (clientOrderId: string): boolean => ourName.test(clientOrderId)

/** Takes in a command: its order may rest at the venue from now on. */
export function bookCommand(book: ReconcilerChangelog, command: OrderCommand): void {
  if (command.type !== 'CANCEL') keepOrder(book, command)
}

/** Takes in a report. True when it changed a quantity: each fill counts once, and none that a snapshot contained. */
export function bookReport(
  book: ReconcilerChangelog,
  report: OrderReport,
  seen: Ledger<ReconcilerSeenChangelog>,
  nowMs: number,
): boolean {
  // Reports without a venue's id may be made on this side, with a time of this side.
  const venueAtMs = report.venue_order_id === null ? 0 : report.venue_at_ms
  bookSequence(book, report.venue_sequence, venueAtMs)
  const { state } = report
  if (state === 'FILLED' || state === 'REJECTED' || state === 'CANCELLED' || state === 'EXPIRED')
    book.orders = book.orders.filter((order) => order.client_order_id !== report.client_order_id)
  else if (report.purpose !== 'EXTERNAL') {
    noteResting(book, report)
    keepOrder(book, report)
  }

  if (report.fill_quantity === null) return false
  const fillId = `${report.account}|${report.symbol}|${report.venue_trade_id ?? report.report_id}`
  if (seen.get(fillId) !== undefined) return false
  seen.set(fillId, { account: report.account, at_ms: nowMs })
  const leg = legOf(book, report.symbol)
  if (report.venue_sequence <= leg.as_of_sequence) return false
  const signed = exact(report.fill_quantity).times(report.side === 'BUY' ? 1 : -1)
  leg.quantity = signed.plus(leg.quantity).toFixed()
  return true
}

/** A fill makes what was seen of its symbol before, and was not reported yet, worthless. */
export function doubtDifferences(book: ReconcilerChangelog, symbol: string): void {
  for (const d of book.differences) if (d.symbol === symbol && d.reported_at_ms === null) d.seen = 0
  book.differences = book.differences.filter((d) => d.seen > 0 || d.raised_at_ms !== null)
}

/** Remembers the venue's last account event. */
export function bookSequence(book: ReconcilerChangelog, sequence: number, atMs: number): void {
  book.last_sequence = Math.max(book.last_sequence, sequence)
  book.last_event_at_ms = Math.max(book.last_event_at_ms, atMs)
}

/** The venue's quantity becomes ours; fills up to the snapshot's sequence are contained in it. */
export function settleLeg(
  book: ReconcilerChangelog,
  symbol: string,
  quantity: string,
  sequence: number,
): void {
  const leg = legOf(book, symbol)
  leg.quantity = quantity
  leg.as_of_sequence = sequence
}

function legOf(
  book: ReconcilerChangelog,
  symbol: string,
): ReconcilerChangelog['positions'][number] {
  let leg = book.positions.find((other) => other.symbol === symbol)
  if (leg === undefined) book.positions.push((leg = { symbol, quantity: '0', as_of_sequence: -1 }))
  return leg
}

/** Only what was in the book before its report: one that comes after the last one starts no second life. */
function noteResting(book: ReconcilerChangelog, report: OrderReport): void {
  const order = book.orders.find((one) => one.client_order_id === report.client_order_id)
  if (order === undefined || report.venue_order_id === null) return
  const rests = report.state === 'ACKED' || report.state === 'PARTIALLY_FILLED'
  order.resting_sequence = rests ? report.venue_sequence : null
}

function keepOrder(book: ReconcilerChangelog, order: OrderCommand | OrderReport): void {
  const { symbol, client_order_id, purpose } = order
  if (isLive(book, client_order_id)) return
  book.orders.push({ symbol, client_order_id, purpose, resting_sequence: null })
  if (book.orders.length > maxOrders) book.orders.shift()
}
