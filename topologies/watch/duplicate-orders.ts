// Audits that nothing is ordered twice: one entry per intent, one venue order per client order id, never more filled than commanded.
// It must never stop an order: the gates do that before, this proves it afterwards.
import { decimalText, exact, larger } from '../../schemas/decimal.ts'
import {
  clockTick,
  duplicateOrdersChangelog,
  duplicateOrdersSeenChangelog,
  exitSignal,
  opsAlert,
  orderCommand,
  orderReport,
  safeModeCommand,
} from '../../schemas/topics.ts'
import type {
  DuplicateOrdersChangelog,
  DuplicateOrdersSeenChangelog,
  ExitSignal,
  OrderCommand,
  OrderReport,
} from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import type { Ledger } from '../kernel/processor.ts'
import { alertOf } from './open-alerts.ts'

type Entry = DuplicateOrdersSeenChangelog

/** How long an alert stays open: nothing that happens later makes a second order unsent. */
const openForMs = 24 * 3_600_000

/** Alerts of one account that are open at once; beyond them the oldest is cleared early. */
const maxOpen = 100

export const duplicateOrders = processor({
  name: 'duplicate-orders',
  doc: 'Raises a critical alert and asks for safe mode when anything was ordered or filled twice.',
  reads: [exitSignal, orderCommand, orderReport, clockTick],
  writes: [opsAlert, safeModeCommand],
  feedback: [safeModeCommand],
  state: {
    topic: duplicateOrdersChangelog,
    key: (record) => record.value.account,
    always: (config) => config.accounts.map((account) => account.name),
    initial: (account) => ({ account, open: [] }),
  },
  ledger: duplicateOrdersSeenChangelog,
  forgets: true,
  decide(state, record, ctx, emit) {
    let hasChanged = false
    const accuse = (entry: Entry, fault: string | null): void => {
      const raise = fault !== null && entry.raised_at_ms === null
      ctx.ledger.set(idOf(entry), raise ? { ...entry, raised_at_ms: ctx.nowMs } : entry)
      if (!raise) return
      const subject = subjectOf(entry)
      state.open.push({ subject, raised_at_ms: ctx.nowMs })
      hasChanged = true
      emit(opsAlert, alertOf({ ...cause, subject, detail: fault }, 'RAISED', ctx.nowMs))
      emit(safeModeCommand, {
        account: entry.account,
        active: true,
        trigger: 'DUPLICATE_ORDER',
        reason: fault,
        actor: 'duplicate-orders',
        at_ms: ctx.nowMs,
      })
    }
    switch (record.topic) {
      case 'exit.signal': {
        const entry = parentOf(ctx.ledger, 'EXIT', record.value.exit_id, record.value, ctx.nowMs)
        ctx.ledger.set(idOf(entry), { ...entry, quantity: record.value.quantity })
        break
      }
      case 'order.command': {
        const command = record.value
        if (command.type === 'CANCEL') break
        const known = orderOf(ctx.ledger, command, ctx.nowMs)
        const order = { ...known, command_id: command.command_id, quantity: command.quantity }
        accuse(order, twiceCommanded(known, command))
        if (command.purpose === 'PROTECT') break
        const seen = parentOf(ctx.ledger, command.purpose, command.parent_id, command, ctx.nowMs)
        const parent = { ...seen, orders: withOrder(seen.orders, command.client_order_id) }
        accuse(parent, tooManyOrders(ctx.ledger, parent))
        break
      }
      case 'order.report': {
        const report = record.value
        const known = orderOf(ctx.ledger, report, ctx.nowMs)
        accuse(reported(known, report), renamed(known, report) ?? overFilled(known, report))
        if (report.purpose !== 'ENTRY' && report.purpose !== 'EXIT') break
        const seen = parentOf(ctx.ledger, report.purpose, report.parent_id, report, ctx.nowMs)
        const filled = report.fill_quantity !== null ? report.client_order_id : null
        const parent = { ...seen, client_order_id: seen.client_order_id ?? filled }
        accuse(parent, filledTwice(seen, filled) ?? tooManyOrders(ctx.ledger, parent))
        break
      }
      case 'clock.tick':
        while (isOver(state.open, ctx.nowMs)) {
          const { subject, raised_at_ms } = state.open.shift()!
          const detail = `over after ${String(ctx.nowMs - raised_at_ms)} ms`
          emit(opsAlert, alertOf({ ...cause, subject, detail, raised_at_ms }, 'CLEARED', ctx.nowMs))
          hasChanged = true
        }
        break
    }
    return hasChanged ? undefined : unchanged
  },
})

/** Whether the oldest open alert has been open for long enough. */
function isOver(open: DuplicateOrdersChangelog['open'], nowMs: number): boolean {
  const oldest = open[0]
  if (oldest === undefined) return false
  return open.length > maxOpen || nowMs - oldest.raised_at_ms >= openForMs
}

/** The order of a command or report; a new entry when it was not seen yet. */
function orderOf(ledger: Ledger<Entry>, of: OrderCommand | OrderReport, nowMs: number): Entry {
  const fresh: Entry = {
    ...blank(of, nowMs),
    kind: 'ORDER',
    purpose: of.purpose,
    parent_id: of.parent_id,
    client_order_id: of.client_order_id,
    live: true,
  }
  return { ...(ledger.get(idOf(fresh)) ?? fresh), at_ms: nowMs }
}

/** The intent or exit behind orders; a new entry when it was not seen yet. */
function parentOf(
  ledger: Ledger<Entry>,
  purpose: Entry['purpose'],
  parentId: string,
  of: ExitSignal | OrderCommand | OrderReport,
  nowMs: number,
): Entry {
  const fresh: Entry = { ...blank(of, nowMs), kind: 'PARENT', purpose, parent_id: parentId }
  return { ...(ledger.get(idOf(fresh)) ?? fresh), at_ms: nowMs }
}

function blank(of: { account: string; symbol: string }, nowMs: number): Entry {
  return {
    kind: 'UNKNOWN',
    account: of.account,
    symbol: of.symbol,
    purpose: 'UNKNOWN',
    parent_id: '',
    command_id: null,
    client_order_id: null,
    venue_order_id: null,
    quantity: null,
    filled_quantity: '0',
    live: false,
    triggered: false,
    orders: [],
    raised_at_ms: null,
    at_ms: nowMs,
  }
}

function idOf(entry: Entry): string {
  return entry.kind === 'ORDER'
    ? `${entry.account}|order|${entry.symbol}|${entry.client_order_id ?? ''}`
    : `${entry.account}|${entry.purpose}|${entry.parent_id}`
}

const withOrder = (orders: string[], id: string): string[] =>
  orders.includes(id) ? orders : [...orders, id]

function reported(order: Entry, report: OrderReport): Entry {
  const { state } = report
  const ended =
    state === 'FILLED' || state === 'REJECTED' || state === 'CANCELLED' || state === 'EXPIRED'
  const otherId = report.venue_order_id !== null && report.venue_order_id !== order.venue_order_id
  return {
    ...order,
    venue_order_id: report.venue_order_id ?? order.venue_order_id,
    quantity: order.quantity ?? report.order_quantity,
    filled_quantity: decimalText(
      larger(exact(order.filled_quantity), exact(report.filled_quantity)),
    ),
    live: order.live && !ended,
    triggered: state === 'TRIGGERED' || (order.triggered && !otherId),
  }
}

function twiceCommanded(known: Entry, command: OrderCommand): string | null {
  if (known.command_id === null) return null
  return `client order id ${command.client_order_id} was commanded twice: by ${known.command_id} and ${command.command_id}`
}

/** Two venue orders under one client order id. A stop that was triggered may go on under a new id, once. */
function renamed(known: Entry, report: OrderReport): string | null {
  const before = known.venue_order_id
  const now = report.venue_order_id
  if (before === null || now === null || before === now || known.triggered) return null
  return `client order id ${report.client_order_id} names two orders at the venue: ${before} and ${now}`
}

function overFilled(known: Entry, report: OrderReport): string | null {
  const commanded = known.quantity ?? report.order_quantity
  if (!exact(report.filled_quantity).greaterThan(commanded)) return null
  return `order ${report.client_order_id}: expected at most ${commanded} filled, was ${report.filled_quantity}`
}

function filledTwice(known: Entry, filledOrder: string | null): string | null {
  if (known.purpose !== 'ENTRY' || filledOrder === null || known.client_order_id === null)
    return null
  if (known.client_order_id === filledOrder) return null
  return `intent ${known.parent_id} was filled by two orders: ${known.client_order_id} and ${filledOrder}`
}

/** Entries: one order for an intent. Exits: several, as long as they can't fill more than the exit asked for. */
function tooManyOrders(ledger: Ledger<Entry>, parent: Entry): string | null {
  if (parent.purpose === 'ENTRY')
    return parent.orders.length > 1
      ? `intent ${parent.parent_id} has ${String(parent.orders.length)} entry orders: ${parent.orders.join(', ')}`
      : null
  if (parent.quantity === null) return null
  let committed = exact(0)
  for (const id of parent.orders) {
    const order = ledger.get(`${parent.account}|order|${parent.symbol}|${id}`)
    if (order !== undefined)
      committed = committed.plus(order.live ? (order.quantity ?? '0') : order.filled_quantity)
  }
  if (!committed.greaterThan(parent.quantity)) return null
  return `exit ${parent.parent_id}: expected orders for at most ${parent.quantity}, was ${committed.toFixed()} by ${parent.orders.join(', ')}`
}

const cause = { kind: 'DUPLICATE_ORDER', severity: 'CRITICAL' } as const

function subjectOf(entry: Entry): string {
  const id = entry.kind === 'ORDER' ? `order ${entry.client_order_id ?? ''}` : entry.parent_id
  return `${entry.account}|${entry.symbol}|${id}`
}
