// The only writer of exit.signal: decides when, why and how much of a position to close. Nothing holds it back but an exit
// that is already under way. It must never loosen a stop, and never do work on a tick that hits nothing.
import {
  clockTick,
  exitBrainChangelog,
  exitLevelChanged,
  exitSignal,
  instrumentState,
  markState,
  opsAlert,
  positionState,
  priceUpdate,
} from '../../schemas/topics.ts'
import type {
  ExitBrainChangelog,
  PositionState,
  PriceUpdate,
  WatchedPosition,
} from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import type { Ctx, Emit } from '../kernel/processor.ts'
import { exact } from '../../schemas/decimal.ts'
import { failedAlert, levelChanged, signalOf, silentAlert } from './exit-records.ts'
import type { Seen } from './exit-records.ts'
import { quantityOf } from './exit-quantity.ts'
import { expire, hasMoved, observe, owedHit, send, watchClock } from './exit-under-way.ts'
import { isSilent, notePrice } from './price-watch.ts'
import { harvest } from './rules/harvest.ts'
import { liquidationGuard } from './rules/liquidation-guard.ts'
import type { ExitRule, Hit, Moment } from './rules/rule.ts'
import { stop } from './rules/stop.ts'
import { target } from './rules/target.ts'
import { timeStop } from './rules/time-stop.ts'
import { levelRules, setGuard, setNumbers, tighten, update, watch } from './watched-position.ts'
import type { Settings } from './watched-position.ts'

/** Rules that close, in order: the first hit decides, the others that hit too are evidence. */
export const exitRules: readonly ExitRule[] = [liquidationGuard, stop, target, harvest, timeStop]

type Context = Ctx<typeof instrumentState | typeof markState, never>
type Write = Emit<typeof exitSignal | typeof exitLevelChanged | typeof opsAlert>

export const exitBrain = processor({
  name: 'exit-brain',
  doc: 'The only writer of exit.signal: decides when, why and how much of a position to close.',
  reads: [positionState, priceUpdate, clockTick],
  tables: [instrumentState, markState],
  writes: [exitSignal, exitLevelChanged, opsAlert],
  // An exit closes a position, and that comes back as its state.
  feedback: [exitSignal],
  state: {
    topic: exitBrainChangelog,
    live: ({ positions }) => positions.length > 0,
    key: (record) =>
      record.topic === 'price.update' ? record.key : record.key.slice(record.key.indexOf('|') + 1),
    initial: (symbol) => ({
      ...{ symbol, positions: [] },
      ...{ silent_since_ms: null, unpriced_since_ms: null, unpriced_clock_at_ms: null },
    }),
  },
  decide(state, record, ctx, emit) {
    if (record.topic === 'price.update') return onPrice(state, record.value, ctx, emit)
    if (record.topic === 'clock.tick') return onClock(state, ctx, emit)
    const account = record.key.slice(0, record.key.indexOf('|'))
    onPosition(state, account, record.value, ctx, emit)
  },
})

/** Each tick of the symbol: number comparisons only, until one of them says that something is to be done. */
function onPrice(
  state: ExitBrainChangelog,
  price: PriceUpdate,
  ctx: Context,
  emit: Write,
): void | typeof unchanged {
  const { positions } = state
  if (positions.length === 0) return unchanged
  const isStale = price.age_ms > ctx.config.aggregator.stale_after_ms
  let changed = false
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!
    const side = isStale ? null : position.sign > 0 ? price.bid : price.ask
    const closing = side ?? price.price
    const mark = (isStale ? null : price.mark) ?? closing
    if (judge(state.symbol, position, closing, mark, price.tick_at_ms, ctx, emit)) changed = true
  }
  if (!changed) return unchanged
}

function judge(
  symbol: string,
  position: WatchedPosition,
  price: number,
  mark: number,
  tickAtMs: number,
  ctx: Context,
  emit: Write,
): boolean {
  const x = position.sign * price
  let changed = false
  if (x > position.signed_best && x >= position.signed_best + position.best_step) {
    position.signed_best = x
    changed = true
  }
  if (position.signed_move !== null && x >= position.signed_move)
    if (moveStop(symbol, position, price, ctx, emit)) changed = true
  if (ctx.nowMs < position.waits_until_ms) return changed
  const isQuiet =
    position.under_way === null &&
    x > position.signed_stop &&
    (position.signed_target === null || x < position.signed_target) &&
    (position.signed_rung === null || x < position.signed_rung) &&
    (position.signed_guard === null || position.sign * mark > position.signed_guard)
  if (isQuiet) return changed
  const moment = momentOf(symbol, ctx, x, position.sign * mark)
  return decideExit(symbol, position, moment, { price, mark, tickAtMs }, ctx, emit) || changed
}

function moveStop(
  symbol: string,
  position: WatchedPosition,
  price: number,
  ctx: Context,
  emit: Write,
): boolean {
  const signedPrice = position.sign * price
  const moment = momentOf(symbol, ctx, signedPrice, null)
  let changed = false
  for (const rule of levelRules) {
    const move = rule.move(position, moment)
    const change = move === null ? null : tighten(position, move, signedPrice)
    if (change === null) continue
    position.signed_best = Math.max(position.signed_best, signedPrice)
    setNumbers(position, ctx.config.exits)
    emit(exitLevelChanged, levelChanged(symbol, position, change, price, ctx.nowMs))
    changed = true
  }
  return changed
}

/** Sends the first rule that is hit, or what is owed. True when the state changed. */
function decideExit(
  symbol: string,
  position: WatchedPosition,
  moment: Moment,
  seen: Seen,
  ctx: Context,
  emit: Write,
): boolean {
  const wait = { nowMs: ctx.nowMs, followUpMs: ctx.config.exits.follow_up_ms }
  const expired = expire(position, wait)
  const hits = exitRules.map((rule) => rule.hit(position, moment)).filter((hit) => hit !== null)
  const hit = choose(position, hits)
  if (hit === null) return expired
  const quantity = quantityOf(position, hit, moment.instrument)
  if (hit.kind === 'HARVEST') {
    for (const rung of position.rungs) if (rung.rung === hit.rung) rung.status = 'FIRED'
    setNumbers(position, ctx.config.exits)
  }
  if (quantity === null) {
    // Too small for the venue, or closed already by somebody else: this share goes with the next rung.
    position.under_way = null
    return true
  }
  const owed = owedHit(position)
  if (owed !== null && !hasMoved(position) && position.failed_since_ms === null) {
    position.failed_since_ms = ctx.nowMs
    emit(opsAlert, failedAlert(symbol, position, 'RAISED', ctx.nowMs))
  }
  const sent = send(position, hit, wait)
  const others = hits.filter((other) => other.kind !== hit.kind || other.rung !== hit.rung)
  emit(
    exitSignal,
    signalOf({ symbol, position, hit, others, quantity, seen, ...sent, nowMs: ctx.nowMs }),
  )
  return true
}

/** An owed exit is a hit like any other; only what closes more, or is more urgent, goes before it. */
function choose(position: WatchedPosition, hits: readonly Hit[]): Hit | null {
  const owed = owedHit(position)
  const isPartAtWork = position.under_way !== null && owed === null
  if (isPartAtWork) return hits.find((hit) => hit.closesAll) ?? null
  if (owed === null) return hits[0] ?? null
  const above = owed.closesAll
    ? hits.find((hit) => hit.kind === 'LIQUIDATION_GUARD')
    : hits.find((hit) => hit.closesAll)
  return above ?? owed
}

/** A later state of the account's position, or its tombstone. */
function onPosition(
  state: ExitBrainChangelog,
  account: string,
  value: PositionState | null,
  ctx: Context,
  emit: Write,
): void {
  const index = state.positions.findIndex((one) => one.account === account)
  const known = state.positions[index]
  const isFlat = value === null || exact(value.quantity).isZero()
  const isSame =
    !isFlat &&
    known?.position_id === value.position_id &&
    known.sign === (value.quantity.startsWith('-') ? -1 : 1)
  if (known !== undefined && !isSame) {
    state.positions.splice(index, 1)
    clearFailed(state.symbol, known, ctx, emit)
  }
  if (isFlat) {
    if (state.positions.length > 0) return
    if (state.silent_since_ms !== null) emit(opsAlert, silentAlert(state, 'CLEARED', ctx.nowMs))
    ctx.forget()
    return
  }
  const settings = settingsOf(state.symbol, ctx)
  const [position, changes] =
    isSame && known !== undefined ? [known, update(known, value, settings)] : watch(value, settings)
  if (!isSame) state.positions.push(position)
  for (const change of changes) {
    const entry = exact(position.average_entry_price).toNumber()
    emit(exitLevelChanged, levelChanged(state.symbol, position, change, entry, ctx.nowMs))
  }
  const wait = { nowMs: ctx.nowMs, followUpMs: ctx.config.exits.follow_up_ms }
  if (observe(position, value, wait)) clearFailed(state.symbol, position, ctx, emit)
}

/** Time alone: the time stop, exits that are owed, and the alert about missing prices. */
function onClock(state: ExitBrainChangelog, ctx: Context, emit: Write): void | typeof unchanged {
  if (state.positions.length === 0) return unchanged
  const { nowMs, config } = ctx
  const mark = ctx.table(markState).get(state.symbol)
  let changed = false
  for (const position of state.positions) {
    if (!position.guard_known) {
      setGuard(position, settingsOf(state.symbol, ctx))
      if (position.guard_known) changed = true
    }
    const wait = { nowMs, followUpMs: config.exits.follow_up_ms }
    if (watchClock(position, config.clock_ms, wait)) changed = true
    const isDue = position.under_way !== null || nowMs >= position.deadline_at_ms
    if (nowMs < position.waits_until_ms || !isDue) continue
    const side = position.sign > 0 ? mark?.bid : mark?.ask
    const seen: Seen = {
      price: side ?? mark?.price ?? null,
      mark: mark?.mark ?? null,
      tickAtMs: mark?.price_at_ms ?? nowMs,
    }
    // No price is judged here: a price of the table may be old.
    const moment = momentOf(state.symbol, ctx, null, null)
    if (decideExit(state.symbol, position, moment, seen, ctx, emit)) changed = true
  }
  if (notePrice(state, mark, config, nowMs)) changed = true
  const silent = isSilent(state, mark, config, nowMs)
  if (silent !== (state.silent_since_ms !== null)) {
    const raised = state.silent_since_ms ?? nowMs
    emit(
      opsAlert,
      silentAlert({ ...state, silent_since_ms: raised }, silent ? 'RAISED' : 'CLEARED', nowMs),
    )
    state.silent_since_ms = silent ? nowMs : null
    changed = true
  }
  if (!changed) return unchanged
}

function clearFailed(symbol: string, position: WatchedPosition, ctx: Context, emit: Write): void {
  if (position.failed_since_ms === null) return
  emit(opsAlert, failedAlert(symbol, position, 'CLEARED', ctx.nowMs))
  position.failed_since_ms = null
}

const settingsOf = (symbol: string, ctx: Context): Settings => ({
  config: ctx.config,
  instrument: ctx.table(instrumentState).get(symbol),
})

const momentOf = (
  symbol: string,
  ctx: Context,
  signedPrice: number | null,
  signedMark: number | null,
): Moment => ({
  nowMs: ctx.nowMs,
  signedPrice,
  signedMark,
  instrument: ctx.table(instrumentState).get(symbol),
  exits: ctx.config.exits,
})
