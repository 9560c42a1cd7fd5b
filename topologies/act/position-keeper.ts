// Books every fill on a signed position and tells what is open. The only writer of position.state and position.flattened.
// It must never book a fill twice, and never call a position closed because an order was sent.
import {
  fundingPaid,
  markState,
  orderCommand,
  orderReport,
  positionFlattened,
  positionKeeperChangelog,
  positionKeeperSeenChangelog,
  positionState,
  reconcileReport,
} from '../../schemas/topics.ts'
import type {
  FundingPaid,
  OrderReport,
  PositionKeeperChangelog,
  PositionState,
  ReconcileReport,
} from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import type { Ctx, Emit } from '../kernel/processor.ts'
import { exact } from '../../schemas/decimal.ts'
import { plus } from './amounts.ts'
import { correctionFills } from './correction.ts'
import { addCommand, dropEnded, endOrder, noteReport, showOrders } from './keeper-orders.ts'
import { bookPosition } from './position-book.ts'
import type { PositionFill } from './position-book.ts'
import { firstSight } from './seen.ts'

type KeeperCtx = Ctx<typeof markState, { at_ms: number }>
type KeeperEmit = Emit<typeof positionState | typeof positionFlattened>

export const positionKeeper = processor({
  name: 'position-keeper',
  doc: 'The only writer of position.state: books every fill, payment and correction on a signed position.',
  reads: [orderCommand, orderReport, fundingPaid, reconcileReport],
  tables: [markState],
  writes: [positionState, positionFlattened],
  state: {
    topic: positionKeeperChangelog,
    key: (record) => record.key,
    initial,
  },
  ledger: positionKeeperSeenChangelog,
  forgets: true,
  decide(state, record, ctx, emit) {
    const before = shown(state)
    let hasChanged = false
    switch (record.topic) {
      case 'order.command':
        hasChanged = addCommand(state, record.value)
        break
      case 'order.report':
        hasChanged = takeReport(state, record.value, ctx, emit)
        break
      case 'funding.paid':
        hasChanged = takeFunding(state, record.value, ctx)
        break
      case 'reconcile.report':
        hasChanged = takeReconciliation(state, record.value, ctx, emit)
        break
    }
    if (hasChanged) showPosition(state, before, ctx, emit)
    if (state.positions.length === 0 && state.orders.length === 0 && state.corrected_sequence < 0)
      ctx.forget()
    return hasChanged ? undefined : unchanged
  },
})

function initial(key: string): PositionKeeperChangelog {
  const bar = key.indexOf('|')
  return {
    account: key.slice(0, bar),
    symbol: key.slice(bar + 1),
    positions: [],
    cost_usd: '0',
    corrected_sequence: -1,
    legs: [],
    orders: [],
  }
}

/** A copy: what was emitted must not change when the state does. */
function shown(state: PositionKeeperChangelog): PositionState | null {
  const [position] = state.positions
  return position === undefined ? null : { ...position }
}

/** Emits the open position after a change of it, and a tombstone once it is flat. */
function showPosition(
  state: PositionKeeperChangelog,
  before: PositionState | null,
  ctx: KeeperCtx,
  emit: KeeperEmit,
): void {
  showOrders(state)
  const [position] = state.positions
  if (position === undefined) {
    if (before !== null) emit.tombstone(positionState, `${state.account}|${state.symbol}`)
    return
  }
  if (before !== null && isSame(before, position)) return
  position.updated_at_ms = ctx.nowMs
  emit(positionState, { ...position })
}

function isSame(left: PositionState, right: PositionState): boolean {
  return (Object.keys(left) as (keyof PositionState)[]).every((name) => left[name] === right[name])
}

function takeReport(
  state: PositionKeeperChangelog,
  report: OrderReport,
  ctx: KeeperCtx,
  emit: KeeperEmit,
): boolean {
  const order = state.orders.find((one) => one.client_order_id === report.client_order_id)
  const fill = fillOf(state, report, ctx)
  if (order !== undefined) noteReport(order, report)
  if (fill !== null) {
    if (order !== undefined) order.seen_quantity = plus(order.seen_quantity, fill.quantity)
    // Fills that a correction has counted already are not booked again.
    if (report.venue_sequence > state.corrected_sequence)
      bookPosition(state, { ...fill, order: order ?? null }, emit, ctx.id(0))
  }
  if (order !== undefined) endOrder(state, order)
  return fill !== null || order !== undefined
}

/** The fill in a report, or null when there is none or it was booked before. */
function fillOf(
  state: PositionKeeperChangelog,
  report: OrderReport,
  ctx: KeeperCtx,
): Omit<PositionFill, 'order'> | null {
  const { venue_trade_id, fill_quantity, fill_price, side } = report
  if (venue_trade_id === null || fill_quantity === null || fill_price === null) return null
  if (side === 'UNKNOWN' || !exact(fill_quantity).gt(0)) return null
  const id = `fill|${state.account}|${state.symbol}|${venue_trade_id}`
  if (!firstSight(ctx.ledger, id, ctx.nowMs)) return null
  return {
    clientOrderId: report.client_order_id,
    parentId: report.parent_id,
    openedBy: report.report_id,
    side,
    quantity: exact(fill_quantity),
    price: exact(fill_price),
    feeUsd: exact(report.fee_usd ?? '0'),
    exitKind: report.exit_kind,
    exitRung: report.exit_rung,
    venue: report.venue,
    environment: report.environment,
    leverage: null,
    atMs: report.venue_at_ms,
  }
}

/** Funding belongs to the position that is open. What arrives when flat is the portfolio's alone. */
function takeFunding(state: PositionKeeperChangelog, paid: FundingPaid, ctx: KeeperCtx): boolean {
  if (!firstSight(ctx.ledger, `funding|${state.account}|${paid.funding_id}`, ctx.nowMs))
    return false
  const [position] = state.positions
  if (position === undefined) return false
  position.funding_usd = plus(position.funding_usd, paid.amount_usd)
  return true
}

/** The venue is the truth: brings the book to its quantity with a leg of its own. */
function takeReconciliation(
  state: PositionKeeperChangelog,
  report: ReconcileReport,
  ctx: KeeperCtx,
  emit: KeeperEmit,
): boolean {
  const isCorrection =
    report.action === 'ADOPT' || report.action === 'CORRECT' || report.action === 'CLEAR'
  if (!isCorrection && report.finding !== 'MATCHED') return false
  const hasDropped = dropEnded(state)
  if (!isCorrection) return hasDropped
  const id = `correction|${state.account}|${report.report_id}`
  if (!firstSight(ctx.ledger, id, ctx.nowMs)) return hasDropped
  const mark = ctx.table(markState).get(state.symbol)
  const fills = correctionFills(state, report, mark ?? null, ctx.config)
  fills.forEach((fill, n) => {
    bookPosition(state, { ...fill, order: null }, emit, ctx.id(n))
  })
  state.corrected_sequence = report.venue_sequence ?? state.corrected_sequence
  return true
}
