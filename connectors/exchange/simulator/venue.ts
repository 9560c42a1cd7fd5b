// The exchange simulator: a state machine without I/O, clock or chance. The same ticks, commands and times give the same
// events, whether it runs inside a backtest, behind a durable wrapper or behind a venue's protocol.
import type {
  AccountSnapshot,
  ExchangeTick,
  InstrumentState,
  OrderCommand,
  Side,
} from '../../../schemas/types.gen.ts'
import { invariant } from '../../../topologies/kernel/invariant.ts'
import { decimalText } from '../../../schemas/decimal.ts'
import { parseAmount } from './amounts.ts'
import { commandArrives, orderArrives } from './arrival.ts'
import { payFunding } from './funding.ts'
import { fundingTime, nextDueMs } from './funding-time.ts'
import type { AccountBooks } from './ledger.ts'
import { booksOf, newAccount } from './ledger.ts'
import { valueHolders } from './liquidation.ts'
import { findOrderIn, foreignOrder } from './orders.ts'
import type { TickRefusal } from './quotes.ts'
import { applyTick, tickRefusal } from './quotes.ts'
import { matchResting } from './resting.ts'
import { snapshotOf } from './snapshot.ts'
import type { OrderView, VenueConfig, VenueEvent, VenueState } from './state.ts'
import { buildWorld, storeWorld, viewWorld } from './storage.ts'
import { fireTriggers } from './triggers.ts'
import type { Book, World } from './world.ts'
import { ledgerOf } from './world.ts'

export interface Venue {
  /** Opens an account with a deposit in USD. A name that is open already changes nothing. */
  openAccount(account: string, walletUsd: string, nowMs: number): void
  /**
   * Takes a tick of this venue, at its receive time: moves the clock, then the book, then triggers, resting orders and
   * liquidations. Ticks of other venues are not its business. A tick that cannot be true changes nothing and is
   * answered with the refusal; the caller records it. Null when all is well.
   */
  onTick(tick: ExchangeTick): TickRefusal | null
  /** Moves the clock and does everything that is due until then. An earlier time changes nothing. */
  advance(nowMs: number): void
  /** Sends a command. It reaches the book one latency later; with a latency of 0, at once. */
  submit(command: OrderCommand, nowMs: number): void
  /** A person's own market order, not reduce-only, at once. Returns its client id. */
  placeManual(account: string, symbol: string, side: Side, quantity: string, nowMs: number): string
  /** The open order with that client id, else the one that ended last; null when the venue knows none. */
  findOrder(account: string, clientOrderId: string): OrderView | null
  /** The events that have reached the client by now, each once, in order. */
  takeEvents(): readonly VenueEvent[]
  /** When something is due or an event reaches the client; null when nothing will happen by itself. */
  nextEventAtMs(): number | null
  /** The venue's own books of an account. Throws for a name that is not open. */
  snapshot(account: string, nowMs: number): AccountSnapshot
  /** Everything it knows, as plain data, independent of what happens next. */
  state(): VenueState
  /** The same without a copy: to be read before the next call, and not to be changed. */
  view(): VenueState
  /** Accounts with a command, order, event or booking since the last call: the state has to be stored if any. */
  changedAccounts(): readonly string[]
  /** Totals for the check wallet = deposits + realised - fees + funding + insurance. */
  books(account: string): AccountBooks
}

const nothing: readonly never[] = Object.freeze([])

/** Creates a venue, or goes on from a stored state. Throws for instruments or states that do not fit. */
export function createVenue(
  config: VenueConfig,
  instruments: readonly InstrumentState[],
  stored?: VenueState,
): Venue {
  const world = buildWorld(config, instruments, stored)
  const { books } = world
  const { venue, environment } = config

  function onTick(tick: ExchangeTick): TickRefusal | null {
    if (tick.venue !== venue) return null
    const book = books.get(tick.symbol)
    const refusal = tickRefusal(book, tick, environment)
    if (refusal !== null || book === undefined) return refusal
    const atMs = tick.received_at_ms
    if (atMs >= world.dueMs) advance(world, atMs)
    else if (atMs > world.clockMs) world.clockMs = atMs
    applyTick(book, tick)
    if (book.watched) react(world, book, tick)
    return null
  }

  return {
    onTick,
    openAccount(account, walletUsd, nowMs) {
      if (world.ledgers.has(account)) return
      const deposit = parseAmount(walletUsd)
      invariant(
        deposit !== null && deposit.gte(0),
        `expected a deposit of 0 or more for ${account}, was '${walletUsd}'`,
      )
      advance(world, nowMs)
      world.ledgers.set(account, {
        account: newAccount(account, decimalText(deposit)),
        index: world.ledgers.size,
        wallet: deposit.toNumber(),
        slack: 0,
        exposures: [],
      })
      world.changed.add(account)
    },
    advance: (nowMs) => advance(world, nowMs),
    submit(command, nowMs) {
      // The queue is one connection: a command never overtakes the one before it.
      const dueMs = Math.max(nowMs, world.clockMs) + config.latencyMs
      world.queue.push({ due_ms: dueMs, sent_at_ms: nowMs, command })
      world.changed.add(command.account)
      world.dueMs = nextDueMs(world)
      advance(world, nowMs)
    },
    placeManual(account, symbol, side, quantity, nowMs) {
      advance(world, nowMs)
      const clientOrderId = `manual-${world.counters.next_manual++}`
      orderArrives(
        world,
        foreignOrder(world, {
          ...{ account, symbol, clientOrderId, side, quantity },
          reduceOnly: false,
          exitKind: 'EXTERNAL',
        }),
        { venue, environment, leverage: null },
      )
      world.dueMs = nextDueMs(world)
      return clientOrderId
    },
    findOrder(account, clientOrderId) {
      const ledger = world.ledgers.get(account)
      const order = ledger === undefined ? null : findOrderIn(ledger.account, clientOrderId)
      return structuredClone(order)
    },
    takeEvents() {
      const { outbox, clockMs } = world
      if (!((outbox[0]?.at_ms ?? Infinity) <= clockMs)) return nothing
      const later = outbox.findIndex((event) => event.at_ms > clockMs)
      const taken = outbox.splice(0, later === -1 ? outbox.length : later)
      for (const event of taken) world.changed.add(event.record.account)
      return taken
    },
    nextEventAtMs() {
      const atMs = Math.min(world.dueMs, world.outbox[0]?.at_ms ?? Infinity)
      return atMs === Infinity ? null : atMs
    },
    snapshot: (account, nowMs) => snapshotOf(world, ledgerOf(world, account), nowMs),
    state: () => storeWorld(world),
    view: () => viewWorld(world),
    changedAccounts() {
      if (world.changed.size === 0) return nothing
      const names = [...world.changed]
      world.changed.clear()
      return names
    },
    books: (account) => booksOf(ledgerOf(world, account).account),
  }
}

/** Does what is due until `nowMs`, or until the clock where that is ahead, in order of time; funding comes before a command of the same moment. */
function advance(world: World, nowMs: number): void {
  invariant(Number.isFinite(nowMs), `expected a time in ms, was ${nowMs}`)
  const untilMs = nowMs > world.clockMs ? nowMs : world.clockMs
  while (world.dueMs <= untilMs) {
    const dueMs = world.dueMs
    if (dueMs > world.clockMs) world.clockMs = dueMs
    for (const book of world.books.values()) if (book.fundingAtMs <= dueMs) payFunding(world, book)
    while ((world.queue[0]?.due_ms ?? Infinity) <= dueMs) {
      const queued = world.queue.shift()
      if (queued !== undefined) commandArrives(world, queued)
    }
    world.dueMs = nextDueMs(world)
  }
  world.clockMs = untilMs
}

/** What a tick sets off where somebody rests or holds: number comparisons until a threshold is passed. */
function react(world: World, book: Book, tick: ExchangeTick): void {
  const { reference, fundingAtMs } = book
  const isTriggered = reference >= book.risesTo || reference <= book.fallsTo
  // Stops come before liquidation: between two ticks the price passed the nearer level first.
  if (isTriggered) fireTriggers(world, book)
  const isCrossed = book.ask <= book.askAt || book.bid >= book.bidAt
  if (isCrossed) matchResting(world, book)
  const isMoved = book.holders.length > 0 && reference !== book.valuedAt
  const isEndangered = isMoved && valueHolders(world, book)
  const announcedAtMs = tick.next_funding_at_ms ?? tick.funding_interval_ms
  if (book.holders.length > 0 && announcedAtMs !== null && announcedAtMs !== fundingAtMs)
    book.fundingAtMs = fundingTime(book, world.clockMs)
  if (isTriggered || isCrossed || isEndangered || book.fundingAtMs !== fundingAtMs)
    world.dueMs = nextDueMs(world)
}
