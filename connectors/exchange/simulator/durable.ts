// The simulator as a venue of its own: it behaves like an exchange that goes on while its client is killed. Every command
// it took, every fill and every event is in its file before anybody hears of it. A tick that moves only prices writes nothing.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ExchangeTick, InstrumentState, Side } from '../../../schemas/types.gen.ts'
import { LogError } from '../../log-error.ts'
import { logErrorOf, naming } from '../../embedded/sqlite-error.ts'
import { claimFile } from '../../embedded/owner.ts'
import type { ExchangePort } from '../port.ts'
import { openVenueFile } from './durable-file.ts'
import type { AccountBooks } from './ledger.ts'
import type { TickRefusal } from './quotes.ts'
import { refuse } from './refusals.ts'
import type { VenueConfig, VenueState } from './state.ts'
import { createVenue } from './venue.ts'

export interface DurableVenueOptions {
  /** The venue's own file; never the trader's log. */
  readonly path: string
  readonly config: VenueConfig
  readonly instruments: readonly InstrumentState[]
  /** Accounts that are opened with a deposit when the venue does not have them yet. */
  readonly accounts: readonly { readonly name: string; readonly depositUsd: string }[]
  readonly nowMs: () => number
}

export interface DurableVenue extends ExchangePort {
  /** Takes a tick at its receive time. A tick that cannot be true is answered with its refusal. */
  onTick(tick: ExchangeTick): TickRefusal | null
  /** Takes ticks in order, then does what is due by now, all in one commit. Gives one answer for each tick. */
  onTicks(ticks: readonly ExchangeTick[]): (TickRefusal | null)[]
  /** Does what is due by now; to be called when `nextEventAtMs` has come. */
  advance(): void
  /** When something will happen by itself, or null. */
  nextEventAtMs(): number | null
  /** A person's own market order. Returns its client id. */
  placeManual(account: string, symbol: string, side: Side, quantity: string): string
  /** Totals for the check of conservation. */
  books(account: string): AccountBooks
  /** Lets go of the file. Everything in it is already durable, so a killed process leaves the same. */
  close(): void
}

/** Quotes from before a stop that are older than this are gone: nobody may trade at the prices of another hour. */
const quoteMaxAgeMs = 2_000

/** Opens a venue, or makes it. Throws a LogError that names the file. */
export function openDurableVenue(options: DurableVenueOptions): DurableVenue {
  const { path, config, nowMs } = options
  naming(path, () => mkdirSync(dirname(path), { recursive: true }))
  const claim = claimFile(path)
  const file = naming(path, () => openVenueFile(path, nowMs()))
  const stored = withoutOldQuotes(file.load(), nowMs())
  const venue = createVenue(config, options.instruments, stored)
  const listeners = new Set<() => void>()
  /** Client ids of commands that the books do not show yet: on the way to the book, or in a report on its way back. */
  let underWay = new Set<string>()
  let failure: unknown = null

  /** Runs one step of the venue and makes it durable before the caller hears of anything. */
  const step = <T>(work: () => T): T => {
    if (failure !== null)
      throw new LogError('STOPPED', `${path}: the venue stopped after an error`, failure)
    try {
      const result = work()
      save()
      return result
    } catch (error) {
      // What is in memory may be ahead of the file: nobody may see it.
      failure = error
      throw logErrorOf(error, path)
    }
  }
  const save = (): void => {
    const events = venue.takeEvents()
    const changed = venue.changedAccounts()
    if (changed.length === 0) return
    const state = venue.view()
    file.save(state, changed, events)
    noteUnderWay(state)
    if (events.length > 0) for (const listener of listeners) listener()
  }
  const noteUnderWay = ({ queue, outbox }: VenueState): void => {
    underWay = new Set(queue.map(({ command }) => command.client_order_id))
    for (const event of outbox)
      if (event.topic === 'order.report') underWay.add(event.record.client_order_id)
  }
  const stateOf = (account: string, clientOrderId: string) =>
    venue.findOrder(account, clientOrderId)?.state ??
    (underWay.has(clientOrderId) ? 'UNKNOWN' : (seenState(account, clientOrderId) ?? null))
  const seenState = (account: string, clientOrderId: string) => {
    const event = file.lastEventOf(account, clientOrderId)
    return event?.topic === 'order.report' ? event.record.state : null
  }

  if (stored !== undefined) noteUnderWay(stored)
  step(() => {
    for (const { name, depositUsd } of options.accounts)
      venue.openAccount(name, depositUsd, nowMs())
  })
  const names = new Set(options.accounts.map((account) => account.name))

  return {
    venue: config.venue,
    environment: config.environment,
    findsAfterMs: 0,
    async submit(command) {
      if (!names.has(command.account)) {
        const detail = `expected an open account, was '${command.account}'`
        return { outcome: 'REJECTED', ...refuse('UNKNOWN_ACCOUNT', detail) }
      }
      const id = command.client_order_id
      if (stateOf(command.account, id) !== null)
        return {
          outcome: 'REJECTED',
          ...refuse('DUPLICATE_ID', `expected a new client order id, was ${id}`),
        }
      step(() => {
        venue.submit(command, nowMs())
      })
      return { outcome: 'ACCEPTED' }
    },
    findOrder: async (account, _symbol, clientOrderId) => stateOf(account, clientOrderId),
    eventsSince: async (account, sequence, limit) => file.eventsSince(account, sequence, limit),
    async snapshot(account) {
      return step(() => {
        venue.advance(nowMs())
        return venue.snapshot(account, nowMs())
      })
    },
    onEvents(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onTick: (tick) => step(() => venue.onTick(tick)),
    onTicks: (ticks) =>
      step(() => {
        const answers = ticks.map((tick) => venue.onTick(tick))
        if ((venue.nextEventAtMs() ?? Infinity) <= nowMs()) venue.advance(nowMs())
        return answers
      }),
    advance: () => {
      step(() => {
        venue.advance(nowMs())
      })
    },
    nextEventAtMs: () => venue.nextEventAtMs(),
    placeManual: (account, symbol, side, quantity) =>
      step(() => venue.placeManual(account, symbol, side, quantity, nowMs())),
    books: (account) => venue.books(account),
    close() {
      file.close()
      claim.release()
    },
  }
}

/** The state as it is found after a stop: old quotes are gone, the last price stays for valuation. */
function withoutOldQuotes(state: VenueState | undefined, nowMs: number): VenueState | undefined {
  if (state === undefined) return undefined
  const books: VenueState['books'] = {}
  for (const [symbol, book] of Object.entries(state.books)) {
    const isOld = nowMs - (book.seen_at_ms ?? 0) > quoteMaxAgeMs
    const { bid, ask } = book
    const mid = bid !== null && ask !== null ? (bid + ask) / 2 : (bid ?? ask)
    const gone = { bid: null, bid_size: null, ask: null, ask_size: null, last: book.last ?? mid }
    books[symbol] = isOld ? { ...book, ...gone, bid_taken: null, ask_taken: null } : book
  }
  return { ...state, books }
}
