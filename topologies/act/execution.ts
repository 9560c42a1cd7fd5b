// Ends every intent and exit that became an order with exactly one terminal result, made from the venue's reports and
// fills alone: nothing is called filled because it was sent.
import {
  clockTick,
  executionChangelog,
  executionResult,
  orderCommand,
  orderReport,
} from '../../schemas/topics.ts'
import type {
  ExecutionChangelog,
  ExecutionOrder,
  ExecutionSubject,
  OrderCommand,
  OrderReport,
} from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import type { Emit } from '../kernel/processor.ts'
import { decimalText, exact, larger } from '../../schemas/decimal.ts'
import { plus } from './amounts.ts'
import { terminalResult } from './terminal-result.ts'

/** How long an ended order waits for fills that its last report counts and that were not seen yet. */
const fillsWaitMs = 10_000

export const execution = processor({
  name: 'execution',
  doc: 'Writes exactly one terminal execution.result for every intent and exit that became an order.',
  reads: [orderCommand, orderReport, clockTick],
  writes: [executionResult],
  state: {
    topic: executionChangelog,
    key: (record) => record.key,
    initial: (key) => ({
      account: key.slice(0, key.indexOf('|')),
      symbol: key.slice(key.indexOf('|') + 1),
      subjects: [],
    }),
  },
  decide(state, record, ctx, emit) {
    const ids = { next: 0, of: (n: number) => ctx.id(n) }
    let hasChanged = false
    switch (record.topic) {
      case 'order.command':
        hasChanged = addOrder(state, record.value)
        break
      case 'order.report':
        hasChanged = takeReport(state, record.value, ctx.nowMs)
        break
      case 'clock.tick':
        break
    }
    const hasEnded = endSubjects(state, ctx.nowMs, ids, emit)
    if (state.subjects.length === 0) ctx.forget()
    return hasChanged || hasEnded ? undefined : unchanged
  },
})

/** Entries and exits have results. Stops and cancels serve a position and have none. */
function addOrder(state: ExecutionChangelog, command: OrderCommand): boolean {
  if (command.purpose !== 'ENTRY' && command.purpose !== 'EXIT') return false
  const subject = subjectOf(state, command)
  subject.orders.push({
    client_order_id: command.client_order_id,
    quantity: command.quantity,
    filled_quantity: '0',
    seen_quantity: '0',
    value_usd: '0',
    fees_usd: '0',
    trade_ids: [],
    ended_as: null,
    ended_at_ms: null,
    heard_at_ms: command.commanded_at_ms,
    venue_code: null,
    reason: null,
    detail: null,
  })
  return true
}

function subjectOf(state: ExecutionChangelog, command: OrderCommand): ExecutionSubject {
  const found = state.subjects.find((one) => one.subject_id === command.parent_id)
  if (found !== undefined) return found
  const subject: ExecutionSubject = {
    subject: command.purpose === 'ENTRY' ? 'INTENT' : 'EXIT',
    subject_id: command.parent_id,
    correlation_id: command.correlation_id,
    environment: command.environment,
    side: command.side,
    reference_price: command.reference_price,
    tick_at_ms: command.tick_at_ms,
    decided_at_ms: command.decided_at_ms,
    commanded_at_ms: command.commanded_at_ms,
    orders: [],
  }
  state.subjects.push(subject)
  return subject
}

function takeReport(state: ExecutionChangelog, report: OrderReport, nowMs: number): boolean {
  for (const subject of state.subjects)
    for (const order of subject.orders)
      if (order.client_order_id === report.client_order_id) {
        addFill(order, report)
        advance(order, report, nowMs)
        return true
      }
  return false
}

/** A fill counts once, however often and in whatever order it is reported. */
function addFill(order: ExecutionOrder, report: OrderReport): void {
  const { venue_trade_id, fill_quantity, fill_price, fee_usd } = report
  if (venue_trade_id === null || fill_quantity === null || fill_price === null) return
  if (order.trade_ids.includes(venue_trade_id)) return
  order.trade_ids.push(venue_trade_id)
  order.seen_quantity = plus(order.seen_quantity, fill_quantity)
  order.value_usd = plus(order.value_usd, exact(fill_quantity).times(fill_price))
  order.fees_usd = plus(order.fees_usd, fee_usd ?? '0')
}

function advance(order: ExecutionOrder, report: OrderReport, nowMs: number): void {
  order.filled_quantity = decimalText(
    larger(exact(order.filled_quantity), exact(report.filled_quantity)),
  )
  order.heard_at_ms = Math.max(order.heard_at_ms, report.received_at_ms)
  switch (report.state) {
    case 'FILLED':
    case 'REJECTED':
    case 'CANCELLED':
    case 'EXPIRED':
      if (order.ended_as !== null) return
      order.ended_as = report.state
      order.ended_at_ms = nowMs
      order.venue_code = report.venue_code
      order.reason = report.reason
      order.detail = report.detail
      return
    case 'ACKED':
    case 'PARTIALLY_FILLED':
    case 'TRIGGERED':
    case 'UNKNOWN':
      return
  }
}

/** Writes the result of each subject all of whose orders have ended with all their fills. */
function endSubjects(
  state: ExecutionChangelog,
  nowMs: number,
  ids: { next: number; readonly of: (n: number) => string },
  emit: Emit<typeof executionResult>,
): boolean {
  const ended = state.subjects.filter((subject) =>
    subject.orders.every((order) => isComplete(order, nowMs)),
  )
  if (ended.length === 0) return false
  for (const subject of ended)
    emit(executionResult, {
      ...terminalResult(subject),
      result_id: ids.of(ids.next++),
      account: state.account,
      symbol: state.symbol,
      at_ms: nowMs,
    })
  state.subjects = state.subjects.filter((subject) => !ended.includes(subject))
  return true
}

function isComplete(order: ExecutionOrder, nowMs: number): boolean {
  if (order.ended_as === null || order.ended_at_ms === null) return false
  if (exact(order.seen_quantity).gte(order.filled_quantity)) return true
  return nowMs - order.ended_at_ms >= fillsWaitMs
}
