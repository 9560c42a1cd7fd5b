// Compares the own book with one snapshot of the venue and lists every difference. Pure arithmetic: it reports nothing.
import type { Decimal } from 'decimal.js'
import { exact } from '../../schemas/decimal.ts'
import type {
  AccountSnapshot,
  Environment,
  OpenDifference,
  ReconcilerChangelog,
  SnapshotOrder,
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
    ...missingOrders(book, snapshot),
  ]
}

/** What a comparison without a difference has compared, in words. */
export function comparedWords(book: ReconcilerChangelog, snapshot: AccountSnapshot): string {
  const open = snapshot.positions.filter((p) => !exact(p.quantity).isZero())
  const symbols = new Set([...book.positions, ...open].map((leg) => leg.symbol))
  const resting = countOf(snapshot.open_orders.length, 'resting order')
  const live = `${String(book.orders.length)} live in the book`
  return `equal: quantities of ${countOf(symbols.size, 'symbol')}, stops of ${countOf(open.length, 'position')}, ${resting} against ${live}`
}

const countOf = (count: number, noun: string): string =>
  `${String(count)} ${noun}${count === 1 ? '' : 's'}`

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
  const covered = coveredQuantity(position, snapshot.open_orders)
  if (covered.greaterThanOrEqualTo(size.abs())) return []
  const detail = `position ${quantity}, resting stops for ${covered.toFixed()}`
  const numbers = { book_quantity: null, venue_quantity: size.toFixed() }
  return [{ symbol, finding: 'MISSING_STOP', client_order_id: '', ...numbers, detail }]
}

/** Quantity of a position that resting stops would close. */
function coveredQuantity(position: SnapshotPosition, orders: readonly SnapshotOrder[]): Decimal {
  const closing = exact(position.quantity).isPositive() ? 'SELL' : 'BUY'
  let covered = exact(0)
  for (const order of orders)
    if (order.symbol === position.symbol && isStop(order) && order.side === closing)
      covered = covered.plus(order.quantity)
  return covered
}

const isStop = (order: SnapshotOrder): boolean => order.type === 'STOP_MARKET' && order.reduce_only

/** Whether the position of that symbol, if there is one, is covered by stops that are live in our book. */
function isCoveredByOurs(book: ReconcilerChangelog, snapshot: AccountSnapshot, symbol: string) {
  const position = snapshot.positions.find((one) => one.symbol === symbol)
  if (position === undefined) return true
  const ours = snapshot.open_orders.filter((order) => isLive(book, order.client_order_id))
  return coveredQuantity(position, ours).gte(exact(position.quantity).abs())
}

function unknownOrders(book: ReconcilerChangelog, snapshot: AccountSnapshot): Difference[] {
  return snapshot.open_orders
    .filter((order) => !isLive(book, order.client_order_id))
    .map((order) => {
      const { symbol, client_order_id, side, type, quantity } = order
      const isOurs = hasOurName(client_order_id)
      const isSpare = isOurs && isStop(order) && isCoveredByOurs(book, snapshot, symbol)
      const whose = isOurs ? 'ours by name, not live in the book' : 'not ours'
      const detail = `${side} ${type} ${quantity}, ${whose}`
      const numbers = { book_quantity: null, venue_quantity: null }
      return {
        symbol,
        finding: isSpare ? 'STRAY_STOP' : 'UNKNOWN_ORDER',
        client_order_id,
        ...numbers,
        detail,
      }
    })
}

/** Orders that the venue has said to rest, and that a snapshot at or past that word does not show. */
function missingOrders(book: ReconcilerChangelog, snapshot: AccountSnapshot): Difference[] {
  const there = new Set(snapshot.open_orders.map((order) => order.client_order_id))
  return book.orders.flatMap(({ symbol, client_order_id, purpose, resting_sequence: since }) => {
    if (since === null || since > snapshot.venue_sequence || there.has(client_order_id)) return []
    const detail = `${purpose} rests in the book since event ${String(since)}, not at the venue`
    const numbers = { book_quantity: null, venue_quantity: null }
    return [{ symbol, finding: 'MISSING_ORDER', client_order_id, ...numbers, detail }]
  })
}
