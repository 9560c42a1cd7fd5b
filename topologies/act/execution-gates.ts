// Decides which entries become orders, and turns every exit into one. The single writer of order.command: hard limits are
// decided here, on state that only this processor writes. An exit must never be stopped here.
import {
  clockTick,
  executionGatesChangelog,
  executionGatesSeenChangelog,
  executionResult,
  exitSignal,
  instrumentState,
  markState,
  orderCommand,
  orderReport,
  portfolioState,
  reconcileReport,
  safeModeCommand,
  safeModeState,
  tradeIntent,
} from '../../schemas/topics.ts'
import type {
  ExecutionGatesChangelog,
  PortfolioState,
  SafeModeState,
} from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import { syncBackstop } from './backstop.ts'
import { openDesk } from './desk.ts'
import type { Desk } from './desk.ts'
import { closeWindow, refuseWaiting, takeIntent, windowIsOver } from './entries.ts'
import { takeExit } from './exits.ts'
import { takeReconciliation, takeReport } from './order-book.ts'

export const executionGates = processor({
  name: 'execution-gates',
  doc: 'The only writer of order.command: entries pass every gate or end with a reason, exits always pass.',
  reads: [
    tradeIntent,
    exitSignal,
    orderReport,
    portfolioState,
    safeModeState,
    reconcileReport,
    clockTick,
  ],
  tables: [instrumentState, markState],
  writes: [orderCommand, executionResult, safeModeCommand],
  feedback: [orderCommand, safeModeCommand],
  state: {
    topic: executionGatesChangelog,
    key: (record) => accountOf(record.key),
    always: (config) => config.accounts.map((account) => account.name),
    initial,
  },
  ledger: executionGatesSeenChangelog,
  forgets: true,
  decide(state, record, ctx, emit) {
    const desk = openDesk(state, ctx, emit)
    const isOver = windowIsOver(desk)
    if (isOver) closeWindow(desk)
    switch (record.topic) {
      case 'trade.intent':
        takeIntent(desk, record.value)
        return
      case 'exit.signal':
        takeExit(desk, record.value)
        return
      case 'order.report':
        return takeReport(desk, record.value) || isOver ? undefined : unchanged
      case 'reconcile.report':
        return takeReconciliation(desk, record.value) || isOver ? undefined : unchanged
      case 'portfolio.state':
        state.portfolio = portfolioOf(record.value)
        return
      case 'safe_mode.state':
        takeSafeMode(desk, record.value)
        return
      case 'clock.tick':
        return syncAll(desk) || isOver ? undefined : unchanged
    }
  },
})

/** The account of a key such as `main` or `main|BTCUSDT`. */
function accountOf(key: string): string {
  const bar = key.indexOf('|')
  return bar < 0 ? key : key.slice(0, bar)
}

/** Nothing is known yet: entries are refused until safe mode and equity have been heard. */
function initial(account: string): ExecutionGatesChangelog {
  return {
    account,
    safe_mode: { known: false, active: false, trigger: 'UNKNOWN', until_ms: 0, ended_at_ms: 0 },
    portfolio: portfolioOf(null),
    entries_today: 0,
    entries_day_start_at_ms: 0,
    entry_times_ms: [],
    fault_times_ms: [],
    window_ends_at_ms: null,
    waiting: [],
    orders: [],
    legs: [],
  }
}

/** A tombstone leaves the equity unknown. */
function portfolioOf(portfolio: PortfolioState | null): ExecutionGatesChangelog['portfolio'] {
  return {
    known: portfolio?.known ?? false,
    equity_usd: portfolio?.equity_usd ?? '0',
    available_usd: portfolio?.available_usd ?? '0',
    drawdown_fraction: portfolio?.drawdown_fraction ?? 0,
    day_pnl_usd: portfolio?.day_pnl_usd ?? '0',
    day_start_equity_usd: portfolio?.day_start_equity_usd ?? '0',
    truth_at_ms: portfolio === null ? 0 : portfolio.at_ms - portfolio.venue_truth_age_ms,
  }
}

/** A tombstone leaves safe mode unknown, which refuses like an active one. */
function takeSafeMode(desk: Desk, value: SafeModeState | null): void {
  const { safe_mode } = desk.state
  if (safe_mode.active && value?.active === false) safe_mode.ended_at_ms = value.changed_at_ms
  safe_mode.known = value !== null
  if (value !== null) {
    safe_mode.active = value.active
    safe_mode.trigger = value.trigger
    safe_mode.until_ms = value.until_ms
  }
  if (!safe_mode.known || safe_mode.active) refuseWaiting(desk)
}

/** Once a clock tick every symbol's resting stop is compared with its position: what was rejected is tried again. */
function syncAll(desk: Desk): boolean {
  const { legs, orders } = desk.state
  if (orders.length === 0 && legs.every((leg) => leg.quantity === '0')) return false
  let hasChanged = false
  for (const leg of legs) if (syncBackstop(desk, leg.symbol, 'other')) hasChanged = true
  return hasChanged
}
