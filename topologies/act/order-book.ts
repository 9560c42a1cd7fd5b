// The gates' own book: what their orders did, by the venue's reports. An order lives until a terminal report ends it,
// never until a time. A fill counts once, in whatever order and however often it is reported.
import type { GateLeg, GateOrder, OrderReport, ReconcileReport } from '../../schemas/types.gen.ts'
import { decimalText, exact, larger } from '../../schemas/decimal.ts'
import { plus } from './amounts.ts'
import { renewBackstop, syncBackstop } from './backstop.ts'
import { book } from './booking.ts'
import type { Desk } from './desk.ts'
import { firstSight } from './seen.ts'

/** Takes in a report of an order, ours or not. Returns whether the state changed. */
export function takeReport(desk: Desk, report: OrderReport): boolean {
  const { state } = desk
  const order = state.orders.find((one) => one.client_order_id === report.client_order_id)
  const isFill = bookFill(desk, report, order)
  const isFault = countFault(desk, report, order)
  if (order !== undefined) advance(desk, order, report)
  const isSettled = report.purpose === 'CANCEL' && settleCancel(desk, report)
  const isSynced = syncBackstop(desk, report.symbol, isFill ? 'fill' : 'other')
  return isFill || isFault || isSettled || isSynced || order !== undefined
}

/** Follows the reconciler: the venue is the truth. Returns whether the state changed. */
export function takeReconciliation(desk: Desk, report: ReconcileReport): boolean {
  switch (report.action) {
    case 'ADOPT':
    case 'CORRECT':
    case 'CLEAR':
      correct(desk, report)
      return true
    case 'CANCEL_ORDER':
      return cancelForeign(desk, report)
    case 'NONE':
    case 'ALERT':
    case 'UNKNOWN':
      break
  }
  if (report.finding === 'MISSING_STOP' && !report.resolved)
    return renewBackstop(desk, report.symbol)
  // The venue's books equal ours: fills that a last report counted and that were not seen will not come.
  return report.finding === 'MATCHED' && dropEnded(desk, report.symbol)
}

/** The leg of a symbol; it is made at the first record about it and stays, so that flat is known from unknown. */
export function legOf(desk: Desk, symbol: string): GateLeg {
  const { state, config } = desk
  const found = state.legs.find((leg) => leg.symbol === symbol)
  if (found !== undefined) return found
  const leg: GateLeg = {
    symbol,
    quantity: '0',
    cost_usd: '0',
    correlation_id: '',
    parent_id: '',
    venue: config.trading_venue,
    environment: config.environment,
    adopted: false,
    reference_price: null,
    stop_price: null,
    leverage: null,
    protect_at_ms: null,
    corrected_sequence: -1,
  }
  state.legs.push(leg)
  return leg
}

function bookFill(desk: Desk, report: OrderReport, order: GateOrder | undefined): boolean {
  const { venue_trade_id, fill_quantity, fill_price, side } = report
  if (venue_trade_id === null || fill_quantity === null || fill_price === null) return false
  if (side === 'UNKNOWN' || !exact(fill_quantity).gt(0)) return false
  const id = `fill|${report.account}|${report.symbol}|${venue_trade_id}`
  if (!firstSight(desk.seen, id, desk.nowMs)) return false
  if (order !== undefined) order.seen_quantity = plus(order.seen_quantity, fill_quantity)
  const leg = legOf(desk, report.symbol)
  if (report.venue_sequence <= leg.corrected_sequence) return true
  const before = { quantity: exact(leg.quantity), cost: exact(leg.cost_usd) }
  const fill = { side, quantity: exact(fill_quantity), price: exact(fill_price) }
  const { after, opened, afterClosing } = book(before, fill)
  leg.quantity = decimalText(after.quantity)
  leg.cost_usd = decimalText(after.cost)
  leg.venue = report.venue
  leg.environment = report.environment
  if (opened.gt(0) && afterClosing.quantity.isZero()) open(leg, report, order)
  return true
}

/** Fixes the plan of a position at its first fill: that of the entry, or none when we did not open it. */
function open(leg: GateLeg, report: OrderReport, order: GateOrder | undefined): void {
  const entry = order?.purpose === 'ENTRY' ? order : undefined
  leg.adopted = entry === undefined
  leg.correlation_id = entry?.correlation_id ?? report.report_id
  leg.parent_id = entry?.parent_id ?? report.report_id
  leg.reference_price = entry?.reference_price ?? null
  leg.stop_price = entry?.stop_price ?? null
  leg.leverage = entry?.leverage ?? null
}

function advance(desk: Desk, order: GateOrder, report: OrderReport): void {
  order.filled_quantity = decimalText(
    larger(exact(order.filled_quantity), exact(report.filled_quantity)),
  )
  order.heard_at_ms = desk.nowMs
  switch (report.state) {
    case 'ACKED':
    case 'PARTIALLY_FILLED':
    case 'TRIGGERED':
      if (order.phase !== 'ENDED') order.phase = 'LIVE'
      break
    case 'UNKNOWN':
      if (order.phase !== 'ENDED') order.phase = 'UNSETTLED'
      break
    case 'FILLED':
    case 'REJECTED':
    case 'CANCELLED':
    case 'EXPIRED':
      order.phase = 'ENDED'
      break
  }
  // A last report that counts more than was seen keeps the leg taken until those fills come or the venue's books are read.
  if (order.phase === 'ENDED' && exact(order.seen_quantity).gte(order.filled_quantity))
    desk.state.orders = desk.state.orders.filter((one) => one !== order)
}

/** A cancel that finds no order: the venue has ended it already. Only one that was resting; one on its way may still land. */
function settleCancel(desk: Desk, report: OrderReport): boolean {
  if (report.state !== 'REJECTED' || report.reason !== 'UNKNOWN_ORDER') return false
  const { orders } = desk.state
  desk.state.orders = orders.filter(
    (order) => order.cancel_client_order_id !== report.client_order_id || order.phase !== 'LIVE',
  )
  return desk.state.orders.length < orders.length
}

/** Counts what the venue failed to answer. What it refused for a reason of business is a result, never a fault. */
function countFault(desk: Desk, report: OrderReport, order: GateOrder | undefined): boolean {
  const { state, config, nowMs } = desk
  if (report.purpose === 'EXTERNAL') return false
  const isUnsettled =
    report.state === 'UNKNOWN' && order !== undefined && order.phase !== 'UNSETTLED'
  const isTransport = report.state === 'REJECTED' && report.reason === 'TRANSPORT'
  if (!isUnsettled && !isTransport) return false
  const { venue_faults, venue_faults_window_ms } = config.safe_mode
  const recent = state.fault_times_ms.filter((atMs) => nowMs - atMs < venue_faults_window_ms)
  recent.push(nowMs)
  state.fault_times_ms = recent
  if (recent.length < venue_faults) return true
  state.fault_times_ms = []
  desk.askSafeMode({
    active: true,
    trigger: 'VENUE_FAULTS',
    reason: `${recent.length} venue faults in ${venue_faults_window_ms} ms, the last on ${report.client_order_id}`,
    actor: 'execution-gates',
  })
  return true
}

/** Takes quantity and entry price from the venue's books. */
function correct(desk: Desk, report: ReconcileReport): void {
  const leg = legOf(desk, report.symbol)
  const before = exact(leg.quantity)
  const after = exact(report.action === 'CLEAR' ? '0' : (report.venue_quantity ?? leg.quantity))
  const isNew = !after.isZero() && (before.isZero() || before.gt(0) !== after.gt(0))
  const known = report.venue_entry_price ?? (isNew ? desk.priceOf(report.symbol) : null)
  const price = exact(known ?? '0')
  const kept = before.isZero() ? exact(0) : exact(leg.cost_usd).dividedBy(before).times(after)
  leg.quantity = decimalText(after)
  leg.cost_usd = decimalText(price.gt(0) ? after.times(price) : kept)
  if (isNew) {
    leg.adopted = true
    leg.correlation_id = report.report_id
    leg.parent_id = report.report_id
    leg.reference_price = null
    leg.stop_price = null
    leg.leverage = report.venue_leverage
  }
  leg.corrected_sequence = report.venue_sequence ?? leg.corrected_sequence
  dropEnded(desk, report.symbol)
  syncBackstop(desk, report.symbol, 'fill')
}

/** Drops ended orders that wait for fills: of one symbol, or of all when it is empty. Returns whether there were any. */
function dropEnded({ state }: Desk, symbol: string): boolean {
  const { orders } = state
  state.orders = orders.filter(
    (order) => order.phase !== 'ENDED' || (symbol !== '' && order.symbol !== symbol),
  )
  return state.orders.length < orders.length
}

/** Cancels an order at the venue that no processor wants. One that is in our book is wanted or being cancelled already. */
function cancelForeign(desk: Desk, report: ReconcileReport): boolean {
  const target = report.client_order_id
  if (target === null || desk.state.orders.some((one) => one.client_order_id === target))
    return false
  const leg = legOf(desk, report.symbol)
  desk.command({
    correlation_id: report.report_id,
    symbol: report.symbol,
    venue: leg.venue,
    environment: leg.environment,
    purpose: 'CANCEL',
    type: 'CANCEL',
    side: 'UNKNOWN',
    quantity: '0',
    reduce_only: true,
    cancel_client_order_id: target,
    parent_id: report.report_id,
    decided_at_ms: report.at_ms,
    tick_at_ms: report.at_ms,
  })
  return true
}
