// A position as the exit brain watches it: made from position.state, with its levels as decimals (what is recorded) and as
// signed numbers (what each tick is compared with). A stop is never loosened here, whatever comes in.
import type { Decimal } from 'decimal.js'
import type { Config } from '../../schemas/config.ts'
import type {
  ExitLevel,
  InstrumentState,
  LadderRung,
  LevelReason,
  PositionState,
  WatchedPosition,
} from '../../schemas/types.gen.ts'
import { decimalText, exact, roundToDigits } from '../../schemas/decimal.ts'
import { levelDigits, roundToProfit } from './tick.ts'
import { breakEven } from './rules/break-even.ts'
import { guardOf } from './rules/liquidation-guard.ts'
import type { LevelRule, Move } from './rules/rule.ts'
import { deadlineOf } from './rules/time-stop.ts'
import { trailing } from './rules/trailing.ts'

/** Rules that move the stop, in order. */
export const levelRules: readonly LevelRule[] = [breakEven, trailing]

/** One change of a level, for exit.level_changed. */
export interface LevelChange {
  readonly level: ExitLevel
  readonly rung: number
  readonly oldPrice: string | null
  readonly newPrice: string
  readonly reason: LevelReason
}

export interface Settings {
  readonly config: Config
  readonly instrument: InstrumentState | undefined
}

/** Starts to watch a position. Gives its levels as changes. */
export function watch(state: PositionState, settings: Settings): [WatchedPosition, LevelChange[]] {
  const { exits } = settings.config
  const sign = state.quantity.startsWith('-') ? -1 : 1
  const entry = exact(state.average_entry_price)
  const adoptedStop = entry.minus(entry.times(exits.adopted_stop_bps).div(10_000).times(sign))
  const tick = settings.instrument?.tick_size ?? null
  const initialStop =
    state.initial_stop_price ?? decimalText(roundToProfit(adoptedStop, sign, tick))
  const reason = state.initial_stop_price === null ? 'ADOPTED' : 'INITIAL'
  const position: WatchedPosition = {
    position_id: state.position_id,
    correlation_id: state.correlation_id,
    account: state.account,
    environment: state.environment,
    direction: sign > 0 ? 'LONG' : 'SHORT',
    adopted: state.initial_stop_price === null,
    status: state.status,
    quantity: decimalText(exact(state.quantity).abs()),
    entered_quantity: state.peak_quantity,
    average_entry_price: state.average_entry_price,
    leverage: state.leverage,
    opened_at_ms: state.opened_at_ms,
    deadline_at_ms: deadlineOf(
      state.opened_at_ms,
      state.horizon_ms,
      exits.time_stop_horizons,
      exits.max_hold_ms,
    ),
    initial_stop_price: initialStop,
    stop_price: initialStop,
    stop_reason: reason,
    target_price: null,
    liquidation_price: null,
    guard_price: null,
    guard_known: false,
    rungs: [],
    attempts: [],
    under_way: null,
    waits_until_ms: 0,
    failed_since_ms: null,
    sign,
    risk: 0,
    signed_entry: 0,
    signed_stop: 0,
    signed_target: null,
    signed_rung: null,
    signed_guard: null,
    signed_move: null,
    signed_best: sign * entry.toNumber(),
    best_step: 0,
  }
  const stop: LevelChange = {
    level: 'STOP',
    rung: 0,
    oldPrice: null,
    newPrice: initialStop,
    reason,
  }
  const planned = plan(position, state.target_price, settings, true)
  return [position, [stop, ...planned]]
}

/** Takes over a later state of the same position. Gives the levels that changed with it. */
export function update(
  position: WatchedPosition,
  state: PositionState,
  settings: Settings,
): LevelChange[] {
  const open = exact(state.quantity).abs()
  const growth = open.minus(position.quantity)
  // More entered: the ladder's base grows, and so does what an exit under way must leave open.
  if (growth.gt(0)) {
    position.entered_quantity = decimalText(exact(position.entered_quantity).plus(growth))
    const underWay = position.under_way
    if (underWay !== null && !underWay.closes_all)
      underWay.keep_quantity = decimalText(exact(underWay.keep_quantity).plus(growth))
  }
  const isSame = growth.isZero() && position.average_entry_price === state.average_entry_price
  position.status = state.status
  if (isSame) return []
  position.quantity = decimalText(open)
  position.average_entry_price = state.average_entry_price
  return plan(position, state.target_price, settings, false)
}

/** Works out target, ladder and guard from entry and initial stop, and the numbers that ticks are compared with. */
function plan(
  position: WatchedPosition,
  wantedTarget: string | null,
  settings: Settings,
  isFirst: boolean,
): LevelChange[] {
  const { sign } = position
  const entry = exact(position.average_entry_price)
  const risk = entry.minus(position.initial_stop_price).abs()
  const costs = entry.times(settings.config.exits.round_trip_cost_bps).div(10_000)
  const isInsideCosts = (price: Decimal): boolean => price.minus(entry).times(sign).lt(costs)
  position.risk = risk.toNumber()
  const changes: LevelChange[] = []
  if (wantedTarget !== null) {
    const isRefused = isInsideCosts(exact(wantedTarget))
    const target = isRefused ? null : wantedTarget
    if (isFirst || target !== position.target_price)
      changes.push({
        level: 'TARGET',
        rung: 0,
        oldPrice: position.target_price,
        newPrice: wantedTarget,
        reason: isRefused ? 'INSIDE_COSTS' : 'INITIAL',
      })
    position.target_price = target
  }
  const rungs = risk.isZero() ? [] : ladderOf(position, entry, risk, settings)
  for (const rung of rungs) {
    if (rung.status === 'FIRED') continue
    rung.status = isInsideCosts(exact(rung.price)) ? 'REFUSED' : 'WAITING'
    const before = position.rungs.find((one) => one.rung === rung.rung)
    if (before?.price === rung.price && before.status === rung.status) continue
    changes.push({
      level: 'TARGET',
      rung: rung.rung,
      oldPrice: before?.price ?? null,
      newPrice: rung.price,
      reason: rung.status === 'REFUSED' ? 'INSIDE_COSTS' : 'INITIAL',
    })
  }
  position.rungs = rungs
  setGuard(position, settings)
  setNumbers(position, settings.config.exits)
  return changes
}

function ladderOf(
  position: WatchedPosition,
  entry: Decimal,
  risk: Decimal,
  { config, instrument }: Settings,
): LadderRung[] {
  const { sign, rungs } = position
  return [...config.exits.ladder]
    .sort((a, b) => a.r - b.r)
    .map(({ r, fraction }, index) => {
      const price = roundToDigits(entry.plus(risk.times(r).times(sign)), levelDigits)
      const before = rungs.find((one) => one.rung === index + 1)
      if (before?.status === 'FIRED') return before
      return {
        rung: index + 1,
        r,
        fraction,
        price: decimalText(roundToProfit(price, sign, instrument?.tick_size ?? null)),
        status: 'WAITING',
      }
    })
}

/** The liquidation guard; unknown until the venue's brackets are. Without a leverage the account's cap is assumed. */
export function setGuard(position: WatchedPosition, { config, instrument }: Settings): void {
  if (instrument === undefined) return
  const cap = config.accounts.find((account) => account.name === position.account)?.max_leverage
  const guard = guardOf(
    {
      sign: position.sign,
      quantity: position.quantity,
      entryPrice: position.average_entry_price,
      leverage: position.leverage ?? cap ?? 1,
    },
    instrument,
    config.exits.liquidation_guard_fraction,
  )
  position.guard_known = true
  position.liquidation_price = guard?.liquidationPrice ?? null
  position.guard_price = guard?.guardPrice ?? null
  position.signed_guard = guard === null ? null : position.sign * Number(guard.guardPrice)
}

/** Applies a move of the stop if it tightens it and leaves it on the losing side of the price; else gives null. */
export function tighten(
  position: WatchedPosition,
  move: Move,
  signedPrice: number,
): LevelChange | null {
  const signedStop = position.sign * Number(move.stopPrice)
  const isTighter = exact(move.stopPrice).minus(position.stop_price).times(position.sign).gt(0)
  if (!isTighter || signedStop >= signedPrice) return null
  const oldPrice = position.stop_price
  position.stop_price = move.stopPrice
  position.stop_reason = move.reason
  return { level: 'STOP', rung: 0, oldPrice, newPrice: move.stopPrice, reason: move.reason }
}

/** The signed numbers of all levels. To be called after any change of a level. */
export function setNumbers(position: WatchedPosition, exits: Config['exits']): void {
  const { sign } = position
  const signed = (price: string | null | undefined): number | null =>
    price === null || price === undefined ? null : sign * Number(price)
  position.signed_entry = sign * Number(position.average_entry_price)
  position.signed_stop = sign * Number(position.stop_price)
  position.signed_target = signed(position.target_price)
  position.signed_rung = signed(position.rungs.find((one) => one.status === 'WAITING')?.price)
  position.best_step = exits.trail_step_r * position.risk
  position.signed_move = levelRules
    .map((rule) => rule.movesFrom(position, exits))
    .reduce(
      (least, from) => (least === null || (from !== null && from < least) ? from : least),
      null,
    )
}
