// The running simulator: the stored state plus numbers derived from it, so that a tick costs comparisons and no decimals.
// Absent is NaN and unlimited is Infinity here: a field that is always a double is stored in place.
import type { Decimal } from 'decimal.js'
import type { InstrumentState } from '../../../schemas/types.gen.ts'
import { invariant } from '../../../topologies/kernel/invariant.ts'
import { exact } from '../../../schemas/decimal.ts'
import type {
  AccountState,
  Counters,
  OrderRecord,
  QueuedCommand,
  VenueConfig,
  VenueEvent,
} from './state.ts'

export interface World {
  readonly config: VenueConfig
  readonly books: Map<string, Book>
  readonly ledgers: Map<string, Ledger>
  readonly queue: QueuedCommand[]
  readonly outbox: VenueEvent[]
  readonly changed: Set<string>
  readonly counters: Counters
  /** The venue's clock. It never goes back. */
  clockMs: number
  /** The next time at which something inside the venue is due, Infinity when nothing is. */
  dueMs: number
}

/** One account and the numbers that guard it. */
export interface Ledger {
  readonly account: AccountState
  /** Order of opening; makes every loop over accounts deterministic. */
  readonly index: number
  wallet: number
  /** Width of the band in which the numbers may be wrong: inside it decimals decide. */
  slack: number
  exposures: Exposure[]
}

/** A position in numbers. */
export interface Exposure {
  readonly ledger: Ledger
  readonly book: Book
  quantity: number
  cost: number
  bracket: NumericBracket
  /** Unrealised PnL minus maintenance margin at the book's reference price. */
  contribution: number
}

export interface NumericBracket {
  readonly floor: number
  readonly cap: number
  readonly rate: number
  readonly amount: number
}

/** One symbol: last market data, who rests or holds in it, and the prices at which something happens. */
export interface Book {
  readonly symbol: string
  readonly instrument: InstrumentState
  readonly tickSize: Decimal
  readonly stepSize: Decimal
  readonly brackets: readonly NumericBracket[]
  bid: number
  bidSize: number
  ask: number
  askSize: number
  last: number
  mark: number
  fundingRate: number
  fundingIntervalMs: number
  announcedFundingAtMs: number
  quotedAtMs: number
  markedAtMs: number
  seenAtMs: number
  /** Price for triggers, unrealised PnL, margin and funding: mark, else mid, else last; NaN before the first. */
  reference: number
  /** Reference at which the holders were valued last. */
  valuedAt: number
  /** Quantity taken out of the shown quote, null when none was. */
  bidTaken: Decimal | null
  askTaken: Decimal | null
  /** Next funding while someone holds, else Infinity. */
  fundingAtMs: number
  /** Whether anybody rests or holds here: false is the fast path. */
  watched: boolean
  resting: OrderRecord[]
  holders: Exposure[]
  /** A conditional order triggers when the reference is at or above `risesTo`, or at or below `fallsTo`. */
  risesTo: number
  fallsTo: number
  /** A limit order fills when the ask is at or below `askAt`, or the bid at or above `bidAt`. */
  askAt: number
  bidAt: number
}

/** An empty book. Throws an InvariantError when the instrument cannot be traded as it stands. */
export function createBook(instrument: InstrumentState): Book {
  const { symbol } = instrument
  const tickSize = exact(instrument.tick_size)
  const stepSize = exact(instrument.step_size)
  invariant(
    tickSize.gt(0) && stepSize.gt(0),
    `${symbol}: expected tick and step above 0, was ${instrument.tick_size} and ${instrument.step_size}`,
  )
  invariant(instrument.brackets.length > 0, `${symbol}: expected leverage brackets, was none`)
  invariant(
    instrument.funding_interval_ms > 0,
    `${symbol}: expected a funding interval above 0, was ${instrument.funding_interval_ms}`,
  )
  return {
    symbol,
    instrument,
    tickSize,
    stepSize,
    brackets: instrument.brackets.map((bracket) => ({
      floor: Number(bracket.notional_floor_usd),
      cap: Number(bracket.notional_cap_usd),
      rate: Number(bracket.maintenance_rate),
      amount: Number(bracket.maintenance_amount_usd),
    })),
    bid: NaN,
    bidSize: NaN,
    ask: NaN,
    askSize: NaN,
    last: NaN,
    mark: NaN,
    fundingRate: NaN,
    fundingIntervalMs: NaN,
    announcedFundingAtMs: NaN,
    quotedAtMs: NaN,
    markedAtMs: NaN,
    seenAtMs: NaN,
    reference: NaN,
    valuedAt: NaN,
    bidTaken: null,
    askTaken: null,
    fundingAtMs: Infinity,
    watched: false,
    resting: [],
    holders: [],
    risesTo: Infinity,
    fallsTo: -Infinity,
    askAt: -Infinity,
    bidAt: Infinity,
  }
}

/** The book of a symbol that is known to exist: of a position or an accepted order. */
export function bookOf(world: World, symbol: string): Book {
  const book = world.books.get(symbol)
  invariant(book !== undefined, `expected an instrument for ${symbol}, was none`)
  return book
}

/** The open account of that name. Throws when the account was never opened. */
export function ledgerOf(world: World, account: string): Ledger {
  const ledger = world.ledgers.get(account)
  invariant(ledger !== undefined, `expected an open account, was '${account}'`)
  return ledger
}
