// The account as a whole: equity, exposure, drawdown, the day's result. Built on the venue's books and on what came since.
// It has no default for equity: before the venue's books were seen whole, it says so and nothing else.
import {
  accountSnapshot,
  clockTick,
  fundingPaid,
  markState,
  orderCommand,
  orderReport,
  portfolioChangelog,
  portfolioState,
  tradeClosed,
} from '../../schemas/topics.ts'
import type {
  Environment,
  MarkState,
  PortfolioChangelog,
  TradeClosed,
} from '../../schemas/types.gen.ts'
import type { Table } from '../kernel/processor.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import { bookFunding, bookLeverage, bookReport, bookSnapshot } from './account-book.ts'
import { exact } from '../../schemas/decimal.ts'
import { valueBook } from './portfolio-value.ts'
import { dayStartOf } from './utc-day.ts'

/** Without any change the state is written at most this often, and not more often than the venue's books are asked for. */
const keepAliveMs = 5_000

export const portfolio = processor({
  name: 'portfolio',
  doc: "Keeps each account's equity, exposure, drawdown and day result from the venue's books and the events since.",
  reads: [accountSnapshot, orderCommand, orderReport, fundingPaid, tradeClosed, clockTick],
  tables: [markState],
  state: {
    topic: portfolioChangelog,
    key: (record) => record.value.account,
    initial: emptyBook,
    always: (config) => config.accounts.map((account) => account.name),
  },
  writes: [portfolioState],
  // The gates read it and command the orders whose leverage is read here; a command alone never makes a state.
  feedback: [portfolioState],
  decide(state, record, ctx, emit) {
    const { environment } = ctx.config
    const marks = ctx.table(markState)
    const publish = (): void => {
      reprice(state, marks, environment)
      emit(portfolioState, valueBook(state, environment, ctx.nowMs))
      state.changed = false
      state.emitted_at_ms = ctx.nowMs
    }
    switch (record.topic) {
      case 'account.snapshot': {
        // A part that could not be read, or another environment's books, change nothing: equity grows old instead.
        const usable = record.value.complete && record.value.environment === environment
        return usable && bookSnapshot(state, record.value) ? undefined : unchanged
      }
      case 'order.command': {
        const { purpose, symbol, leverage } = record.value
        if (purpose !== 'ENTRY' || leverage === null) return unchanged
        return bookLeverage(state, symbol, leverage) ? undefined : unchanged
      }
      case 'order.report': {
        if (record.value.environment !== environment) return unchanged
        const effect = bookReport(state, record.value)
        if (effect === 'copy') return unchanged
        if (effect === 'booked') publish()
        return
      }
      case 'funding.paid': {
        if (record.value.environment !== environment) return unchanged
        const effect = bookFunding(state, record.value)
        if (effect === 'copy') return unchanged
        if (effect === 'booked') state.changed = true
        return
      }
      case 'trade.closed':
        return countLoss(state, record.value) ? undefined : unchanged
      case 'clock.tick':
        if (
          !isDue(state, ctx.nowMs, ctx.config.watch.snapshot_ms) &&
          !reprice(state, marks, environment)
        )
          return unchanged
        publish()
    }
  },
})

function emptyBook(account: string): PortfolioChangelog {
  return {
    account,
    known: false,
    wallet_usd: '0',
    transfers_usd: null,
    snapshot_at_ms: 0,
    snapshot_sequence: 0,
    order_sequence: 0,
    funding_sequence: 0,
    pending: null,
    positions: [],
    high_water_usd: '0',
    day_start_at_ms: 0,
    day_start_equity_usd: '0',
    losses_in_a_row: 0,
    changed: true,
    emitted_at_ms: 0,
  }
}

/** Something changed, a new UTC day began, or the last state is old. Numbers only: an idle account is asked every tick. */
function isDue(state: PortfolioChangelog, nowMs: number, snapshotMs: number): boolean {
  return (
    state.changed ||
    nowMs - state.emitted_at_ms >= Math.max(keepAliveMs, snapshotMs) ||
    (state.known && dayStartOf(nowMs) > state.day_start_at_ms)
  )
}

/** Takes over the last prices of open positions; says whether one moved. Mark price first: it is what venues value at. */
function reprice(
  state: PortfolioChangelog,
  marks: Table<MarkState>,
  environment: Environment,
): boolean {
  let moved = false
  for (const position of state.positions) {
    if (position.quantity === '0') continue
    const mark = marks.get(position.symbol)
    if (mark === undefined || mark.environment !== environment) continue
    const price = mark.mark ?? mark.price
    if (price === position.price || !(price > 0 && price < Infinity)) continue
    position.price = price
    moved = true
  }
  return moved
}

/** Counts losses in a row; a trade that neither won nor lost leaves the count. Says whether it changed. */
function countLoss(state: PortfolioChangelog, trade: TradeClosed): boolean {
  const net = exact(trade.net_usd)
  const count = net.lt(0) ? state.losses_in_a_row + 1 : net.gt(0) ? 0 : state.losses_in_a_row
  if (count === state.losses_in_a_row) return false
  state.losses_in_a_row = count
  state.changed = true
  return true
}
