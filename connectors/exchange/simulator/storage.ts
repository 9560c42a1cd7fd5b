// From the running simulator to plain data and back. Only what cannot be derived is stored; the numbers are rebuilt.
import { invariant } from '../../../topologies/kernel/invariant.ts'
import type { InstrumentState } from '../../../schemas/types.gen.ts'
import { decimalText, exact } from '../../../schemas/decimal.ts'
import { refreshExposures, watchBook } from './exposure.ts'
import { nextDueMs } from './funding-time.ts'
import { referenceOf } from './quotes.ts'
import type { BookState, VenueConfig, VenueState } from './state.ts'
import type { Book, Ledger, World } from './world.ts'
import { bookOf, createBook } from './world.ts'

/** A new world, or the one that `stored` describes. Throws when the stored one belongs to another venue. */
export function buildWorld(
  config: VenueConfig,
  instruments: readonly InstrumentState[],
  stored: VenueState | undefined,
): World {
  const world: World = {
    config,
    books: new Map(instruments.map((one) => [one.symbol, createBook(one)])),
    ledgers: new Map(),
    queue: [],
    outbox: [],
    changed: new Set(),
    counters: { next_event: 1, next_order: 1, next_autoclose: 1, next_manual: 1, trades: {} },
    clockMs: 0,
    dueMs: Infinity,
  }
  if (stored !== undefined) restore(world, structuredClone(stored))
  return world
}

/** Everything that has to survive, as plain data of its own. */
export const storeWorld = (world: World): VenueState => structuredClone(viewWorld(world))

/** The same without a copy: it changes with the world. */
export function viewWorld(world: World): VenueState {
  const { venue, environment } = world.config
  const books: VenueState['books'] = {}
  for (const book of world.books.values()) books[book.symbol] = storeBook(book)
  const accounts: VenueState['accounts'] = {}
  for (const { account } of world.ledgers.values()) accounts[account.account] = account
  return {
    version: 1,
    venue,
    environment,
    now_ms: world.clockMs,
    counters: world.counters,
    queue: world.queue,
    outbox: world.outbox,
    books,
    accounts,
  }
}

function restore(world: World, stored: VenueState): void {
  const { venue, environment } = world.config
  invariant(
    stored.venue === venue && stored.environment === environment,
    `expected the state of ${venue} ${environment}, was ${stored.venue} ${stored.environment}`,
  )
  world.clockMs = stored.now_ms
  Object.assign(world.counters, stored.counters)
  world.queue.push(...stored.queue)
  world.outbox.push(...stored.outbox)
  for (const [symbol, state] of Object.entries(stored.books)) {
    const book = world.books.get(symbol)
    if (book !== undefined) restoreBook(book, state)
  }
  for (const account of Object.values(stored.accounts)) {
    const ledger: Ledger = {
      account,
      index: world.ledgers.size,
      wallet: 0,
      slack: 0,
      exposures: [],
    }
    world.ledgers.set(account.account, ledger)
    for (const order of account.orders) bookOf(world, order.symbol).resting.push(order)
    refreshExposures(world, ledger)
  }
  for (const book of world.books.values()) {
    book.resting.sort((left, right) => Number(left.venue_order_id) - Number(right.venue_order_id))
    watchBook(world, book)
  }
  world.dueMs = nextDueMs(world)
}

function storeBook(book: Book): BookState {
  return {
    bid: orNull(book.bid),
    bid_size: orNull(book.bidSize),
    ask: orNull(book.ask),
    ask_size: orNull(book.askSize),
    last: orNull(book.last),
    mark: orNull(book.mark),
    funding_rate: orNull(book.fundingRate),
    funding_interval_ms: orNull(book.fundingIntervalMs),
    announced_funding_at_ms: orNull(book.announcedFundingAtMs),
    quoted_at_ms: orNull(book.quotedAtMs),
    marked_at_ms: orNull(book.markedAtMs),
    seen_at_ms: orNull(book.seenAtMs),
    bid_taken: book.bidTaken === null ? null : decimalText(book.bidTaken),
    ask_taken: book.askTaken === null ? null : decimalText(book.askTaken),
  }
}

function restoreBook(book: Book, state: BookState): void {
  book.bid = state.bid ?? NaN
  book.ask = state.ask ?? NaN
  book.bidSize = state.bid_size ?? Infinity
  book.askSize = state.ask_size ?? Infinity
  book.last = state.last ?? NaN
  book.mark = state.mark ?? NaN
  book.fundingRate = state.funding_rate ?? NaN
  book.fundingIntervalMs = state.funding_interval_ms ?? NaN
  book.announcedFundingAtMs = state.announced_funding_at_ms ?? NaN
  book.quotedAtMs = state.quoted_at_ms ?? NaN
  book.markedAtMs = state.marked_at_ms ?? NaN
  book.seenAtMs = state.seen_at_ms ?? NaN
  book.bidTaken = state.bid_taken === null ? null : exact(state.bid_taken)
  book.askTaken = state.ask_taken === null ? null : exact(state.ask_taken)
  book.reference = referenceOf(book)
  book.valuedAt = book.reference
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
