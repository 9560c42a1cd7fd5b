// The account's wallet and positions between two snapshots of the venue: fills and funding on top of the last one.
// The venue is the truth: a snapshot replaces the book as soon as both stand at the same event, and never before.
import type {
  AccountSnapshot,
  BookedPosition,
  FundingPaid,
  OrderReport,
  PendingSnapshot,
  PortfolioChangelog,
} from '../../schemas/types.gen.ts'
import { decimalText, exact, larger, zero } from '../../schemas/decimal.ts'
import { plus } from './amounts.ts'
import { book } from './booking.ts'

/** What an event did: nothing (a copy), only its number was noted, or wallet and position changed. */
export type Effect = 'copy' | 'noted' | 'booked'

/** Books the fill of a report, unless the last snapshot already held it or no snapshot came yet. */
export function bookReport(state: PortfolioChangelog, report: OrderReport): Effect {
  const sequence = report.venue_sequence
  if (sequence <= state.order_sequence) return 'copy'
  adoptPendingBefore(state, sequence)
  state.order_sequence = sequence
  const { side, fill_quantity: quantity, fill_price: price } = report
  const books = isNews(state, sequence) && quantity !== null && price !== null
  if (books) {
    const position = positionOf(state, report.symbol)
    const { after, realised } = book(
      { quantity: exact(position.quantity), cost: exact(position.cost_usd) },
      { side, quantity: exact(quantity), price: exact(price) },
    )
    position.quantity = decimalText(after.quantity)
    position.cost_usd = decimalText(after.cost)
    position.price = Number(price)
    state.wallet_usd = plus(state.wallet_usd, realised.minus(report.fee_usd ?? '0'))
  }
  adoptPendingAt(state)
  return books ? 'booked' : 'noted'
}

/** Books a funding payment, unless the last snapshot already held it or no snapshot came yet. */
export function bookFunding(state: PortfolioChangelog, funding: FundingPaid): Effect {
  const sequence = funding.venue_sequence
  if (sequence <= state.funding_sequence) return 'copy'
  adoptPendingBefore(state, sequence)
  state.funding_sequence = sequence
  const books = isNews(state, sequence)
  if (books) state.wallet_usd = plus(state.wallet_usd, funding.amount_usd)
  adoptPendingAt(state)
  return books ? 'booked' : 'noted'
}

/**
 * Takes a complete snapshot. One that is behind the events seen is old and changes nothing. One that is ahead of them
 * waits for the events it already holds; a second one at the same event shows that none will come. Returns whether
 * the state changed.
 */
export function bookSnapshot(state: PortfolioChangelog, snapshot: AccountSnapshot): boolean {
  const seen = sequenceSeen(state)
  if (snapshot.venue_sequence < seen) return false
  const taken = pendingOf(snapshot)
  const confirmed = state.pending?.venue_sequence === taken.venue_sequence
  if (!state.known || snapshot.venue_sequence === seen || confirmed) adopt(state, taken)
  else state.pending = taken
  return true
}

/** Notes the leverage that an entry asks the venue to set, until a snapshot tells what it is. */
export function bookLeverage(state: PortfolioChangelog, symbol: string, leverage: number): boolean {
  const position = positionOf(state, symbol)
  if (position.leverage === leverage) return false
  position.leverage = leverage
  return true
}

/** All events up to the pending snapshot have come once a later one does: each topic keeps their order. */
function adoptPendingBefore(state: PortfolioChangelog, sequence: number): void {
  if (state.pending !== null && sequence > state.pending.venue_sequence) adopt(state, state.pending)
}

function adoptPendingAt(state: PortfolioChangelog): void {
  if (state.pending !== null && sequenceSeen(state) >= state.pending.venue_sequence)
    adopt(state, state.pending)
}

/** Puts the venue's books in the place of ours. */
function adopt(state: PortfolioChangelog, taken: PendingSnapshot): void {
  followTransfers(state, taken.transfers_usd)
  const flat = state.positions.filter(
    (ours) => !taken.positions.some((theirs) => theirs.symbol === ours.symbol),
  )
  for (const position of flat) {
    position.quantity = '0'
    position.cost_usd = '0'
  }
  state.positions = [...taken.positions, ...flat].sort((a, b) => (a.symbol < b.symbol ? -1 : 1))
  state.known = true
  state.wallet_usd = taken.wallet_usd
  state.snapshot_at_ms = taken.as_of_ms
  state.snapshot_sequence = taken.venue_sequence
  state.pending = null
  state.changed = true
}

/**
 * A deposit is no profit and a withdrawal no loss: the marks that result and drawdown are measured from move along, by
 * what the venue states and by nothing else. Whatever else the wallet gained or lost beyond our events is result: a
 * loss must not hide as a withdrawal. So an unstated withdrawal can stop entries, and an unstated deposit counts as a
 * gain of the day, from which the drawdown is measured then.
 */
function followTransfers(state: PortfolioChangelog, stated: string | null): void {
  if (stated === null) return
  if (state.transfers_usd !== null) {
    const moved = exact(stated).minus(state.transfers_usd)
    state.high_water_usd = decimalText(larger(exact(state.high_water_usd).plus(moved), zero))
    state.day_start_equity_usd = decimalText(exact(state.day_start_equity_usd).plus(moved))
  }
  state.transfers_usd = stated
}

function pendingOf(snapshot: AccountSnapshot): PendingSnapshot {
  return {
    wallet_usd: snapshot.wallet_usd,
    transfers_usd: snapshot.transfers_usd,
    positions: snapshot.positions.map((one) => ({
      symbol: one.symbol,
      quantity: decimalText(exact(one.quantity)),
      cost_usd: decimalText(exact(one.quantity).times(one.entry_price)),
      leverage: one.leverage,
      price: Number(one.mark_price),
    })),
    as_of_ms: snapshot.as_of_ms,
    venue_sequence: snapshot.venue_sequence,
  }
}

function positionOf(state: PortfolioChangelog, symbol: string): BookedPosition {
  const found = state.positions.find((one) => one.symbol === symbol)
  if (found !== undefined) return found
  const fresh = { symbol, quantity: '0', cost_usd: '0', leverage: null, price: 0 }
  state.positions.push(fresh)
  return fresh
}

const isNews = (state: PortfolioChangelog, sequence: number): boolean =>
  state.known && sequence > state.snapshot_sequence

const sequenceSeen = (state: PortfolioChangelog): number =>
  Math.max(state.order_sequence, state.funding_sequence, state.snapshot_sequence)
