// Compares the own book with one snapshot of the venue and lists every difference. Pure arithmetic: it reports nothing.
import { exact } from '../../schemas/decimal.ts'
import type {
  AccountSnapshot,
  Environment,
  OpenDifference,
  ReconcilerChangelog,
  SnapshotPosition,
} from '../../schemas/types.gen.ts'
import { hasOurName, isLive, quantityOf } from './reconcile-book.ts'
import { findingOf } from './reconcile-table.ts'

/** A difference as one snapshot shows it. */
export type Difference = Pick<
  OpenDifference,
  'symbol' | 'finding' | 'client_order_id' | 'book_quantity' | 'venue_quantity'
> & { readonly detail: string }

/** What a difference is about: numbers and finding may change, the subject stays. */
export function subjectOf(difference: Pick<Difference, 'symbol' | 'finding' | 'client_order_id'>) {
  const { symbol, finding, client_order_id } = difference
  if (finding === 'MISSING_STOP' || finding === 'INCOMPLETE') return `${symbol}|${finding}`
  return client_order_id === '' ? symbol : `${symbol}|${client_order_id}`
}

/** Why a snapshot proves nothing, or null when it may be compared. */
export function doubtOf(
  snapshot: AccountSnapshot,
  environment: Environment,
  nowMs: number,
  maxAgeMs: number,
): string | null {
  if (snapshot.environment !== environment)
    return `expected environment ${environment}, was ${snapshot.environment}`
  if (!snapshot.complete) return 'the venue could not be read whole'
  const ageMs = nowMs - snapshot.as_of_ms
  if (ageMs > maxAgeMs)
    return `expected a snapshot of at most ${String(maxAgeMs)} ms, was ${String(ageMs)} ms old`
  const symbols = new Set<string>()
  for (const { symbol, quantity, entry_price } of snapshot.positions) {
    if (symbols.has(symbol)) return `${symbol}: expected one position (one-way mode), was two`
    symbols.add(symbol)
    if (!exact(quantity).isZero() && exact(entry_price).isZero())
      return `${symbol}: expected an entry price for ${quantity}, was ${entry_price}`
  }
  return null
}

/** Every difference, positions first. */
export function differences(book: ReconcilerChangelog, snapshot: AccountSnapshot): Difference[] {
  const open = snapshot.positions.filter((p) => !exact(p.quantity).isZero())
  const symbols = new Set([...book.positions, ...open].map((leg) => leg.symbol))
  return [
    ...[...symbols].sort().flatMap((symbol) => positionDifference(book, snapshot, symbol)),
    ...open.flatMap((position) => missingStop(position, snapshot)),
    ...unknownOrders(book, snapshot),
  ]
}

function positionDifference(
  book: ReconcilerChangelog,
  snapshot: AccountSnapshot,
  symbol: string,
): Difference[] {
  const ours = quantityOf(book, symbol)
  const theirs = exact(snapshot.positions.find((p) => p.symbol === symbol)?.quantity ?? '0')
  const finding = findingOf(ours, theirs)
  if (finding === 'MATCHED') return []
  const [book_quantity, venue_quantity] = [ours.toFixed(), theirs.toFixed()]
  const detail = `book ${book_quantity}, venue ${venue_quantity}`
  return [{ symbol, finding, client_order_id: '', book_quantity, venue_quantity, detail }]
}

function missingStop(position: SnapshotPosition, snapshot: AccountSnapshot): Difference[] {
  const { symbol, quantity } = position
  const size = exact(quantity)
  const closing = size.isPositive() ? 'SELL' : 'BUY'
  let covered = exact(0)
  for (const order of snapshot.open_orders)
    if (order.symbol === symbol && order.type === 'STOP_MARKET' && order.reduce_only)
      if (order.side === closing) covered = covered.plus(order.quantity)
  if (covered.greaterThanOrEqualTo(size.abs())) return []
  const detail = `position ${quantity}, resting stops for ${covered.toFixed()}`
  const numbers = { book_quantity: null, venue_quantity: size.toFixed() }
  return [{ symbol, finding: 'MISSING_STOP', client_order_id: '', ...numbers, detail }]
}

function unknownOrders(book: ReconcilerChangelog, snapshot: AccountSnapshot): Difference[] {
  return snapshot.open_orders
    .filter((order) => !isLive(book, order.client_order_id))
    .map(({ symbol, client_order_id, side, type, quantity }) => {
      const whose = hasOurName(client_order_id) ? 'ours by name, ended in the book' : 'not ours'
      const detail = `${side} ${type} ${quantity}, ${whose}`
      const numbers = { book_quantity: null, venue_quantity: null }
      return { symbol, finding: 'UNKNOWN_ORDER', client_order_id, ...numbers, detail }
    })
}
