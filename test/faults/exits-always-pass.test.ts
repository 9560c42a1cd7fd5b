// Whatever stops entries never stops an exit. The whole topology on a generated market: a position is open, then something
// goes wrong, and the position is closed by its own exits while every entry is refused with its reason.
import { describe, expect, test } from 'vitest'
import type { Config } from '../../schemas/config.ts'
import {
  aiSignalGenerated,
  executionResult,
  exitSignal,
  instrumentState,
  orderCommand,
  portfolioState,
  positionState,
  safeModeCommand,
  signalRefused,
  tradeClosed,
  tradeIntent,
} from '../../schemas/topics.ts'
import type {
  Direction,
  PortfolioState,
  PositionState,
  ReasonCode,
  RefusalReason,
} from '../../schemas/types.gen.ts'
import { safeModeCommandOf, tradeIntentOf } from '../kit/records.ts'
import { demoConfig, wholeRun } from '../kit/whole-run.ts'
import type { WholeRun } from '../kit/whole-run.ts'

interface Trouble {
  readonly name: string
  readonly limits?: Partial<Config['limits']>
  /** Makes it happen around a position of that direction. False when the position did not outlive it. */
  readonly strike: (run: WholeRun, direction: Direction) => boolean
  /** Reasons with which the router may refuse a directional signal meanwhile. */
  readonly refusedBy: readonly RefusalReason[]
  /** Reason with which the gates refuse an intent that reached them nevertheless. */
  readonly gateReason: ReasonCode
}

const staleAfterMs = 3_000
/** The router knows nothing of the day's loss: it may let an entry pass, and the gates refuse it. */
const anyReason: readonly RefusalReason[] = []
const noonMs = Date.UTC(2025, 10, 24, 12)

function switchOnSafeMode(run: WholeRun): boolean {
  const command = safeModeCommandOf({ at_ms: run.nowMs() })
  run.simulation.engine.publish(safeModeCommand, command, run.nowMs())
  return true
}

/** From now on the venue can't tell its books whole. */
function loseSnapshots(run: WholeRun): void {
  const { venue } = run.simulation
  const whole = venue.snapshot.bind(venue)
  venue.snapshot = (account, nowMs) => ({ ...whole(account, nowMs), complete: false })
}

function outliveSnapshots(run: WholeRun, direction: Direction): boolean {
  loseSnapshots(run)
  run.run(staleAfterMs + 500)
  return holdsOne(run, direction)
}

function forgetInstruments(run: WholeRun): boolean {
  for (const { symbol } of run.instruments)
    run.simulation.engine.tombstone(instrumentState, symbol, run.nowMs())
  return true
}

/** The other position loses the day's limit in one jump of its price. */
function loseTheDay(run: WholeRun, direction: Direction): boolean {
  const kept = openPositions(run).find((one) => directionOf(one) === direction)
  run.runUntil(() => openPositions(run).length === 2, 'two positions')
  const lost = openPositions(run).find((one) => one.symbol !== kept?.symbol)
  if (kept === undefined || lost === undefined) return false
  run.priceFactors.set(lost.symbol, directionOf(lost) === 'LONG' ? 0.9 : 1.1)
  run.run(2_000)
  const ids = openPositions(run).map((one) => one.position_id)
  return isDayLost(run) && ids.length === 1 && ids[0] === kept.position_id
}

function isDayLost(run: WholeRun): boolean {
  const state = run.simulation.engine.table(portfolioState).get('main') as PortfolioState
  const share = Number(state.day_pnl_usd) / Number(state.day_start_equity_usd)
  return share <= -run.config.limits.daily_loss_fraction
}

const troubles: readonly Trouble[] = [
  {
    name: 'safe mode is on',
    strike: switchOnSafeMode,
    refusedBy: ['SAFE_MODE'],
    gateReason: 'SAFE_MODE_ACTIVE',
  },
  {
    name: 'equity is old',
    // One position at a time, so that the symbol of the pushed entry is free.
    limits: { max_open_positions: 1, equity_max_age_ms: staleAfterMs },
    strike: outliveSnapshots,
    refusedBy: ['EQUITY_UNKNOWN'],
    gateReason: 'EQUITY_STALE',
  },
  {
    name: 'the instruments are gone',
    strike: forgetInstruments,
    refusedBy: ['INSTRUMENT_UNKNOWN'],
    gateReason: 'INSTRUMENT_UNKNOWN',
  },
  {
    name: 'the day has lost its limit',
    strike: loseTheDay,
    refusedBy: anyReason,
    gateReason: 'DAILY_LOSS',
  },
  {
    name: 'all of that at once',
    limits: { equity_max_age_ms: staleAfterMs },
    strike(run, direction) {
      if (!loseTheDay(run, direction)) return false
      loseSnapshots(run)
      forgetInstruments(run)
      return switchOnSafeMode(run)
    },
    refusedBy: ['SAFE_MODE', 'INSTRUMENT_UNKNOWN'],
    gateReason: 'SAFE_MODE_ACTIVE',
  },
]

const openPositions = (run: WholeRun): PositionState[] =>
  [...run.simulation.engine.table(positionState).values()] as PositionState[]

const directionOf = ({ quantity }: PositionState): Direction =>
  quantity.startsWith('-') ? 'SHORT' : 'LONG'

const holdsOne = (run: WholeRun, direction: Direction): boolean => {
  const [position, ...others] = openPositions(run)
  return position !== undefined && others.length === 0 && directionOf(position) === direction
}

/** The first market in which the trouble meets a position that outlives it. */
function struckRun(trouble: Trouble, direction: Direction): WholeRun {
  const config = demoConfig()
  const limits = { ...config.limits, ...trouble.limits }
  for (let seed = 1; seed <= 20; seed++) {
    const run = wholeRun({ seed, config: { ...config, limits }, startMs: noonMs })
    run.runUntil(() => holdsOne(run, direction), `one ${direction} position`)
    if (trouble.strike(run, direction)) return run
  }
  throw new Error(`expected a ${direction} position in one of 20 markets, was none`)
}

/** An entry that reaches the gates past the router, now, on a symbol without a position. */
function pushEntry(run: WholeRun, id: string): void {
  const taken = new Set(openPositions(run).map((one) => one.symbol))
  const symbol = run.instruments.map((one) => one.symbol).find((one) => !taken.has(one))
  const at = run.nowMs()
  const intent = tradeIntentOf({
    intent_id: id,
    symbol: symbol ?? 'BTCUSDT',
    created_at_ms: at,
    expires_at_ms: at + 10_000,
    tick_at_ms: at,
  })
  run.simulation.engine.publish(tradeIntent, intent, at)
}

/** Runs until every position that is open now is flat by its own exits, and checks what happened meanwhile. */
function expectTheWayOut(run: WholeRun, trouble: Pick<Trouble, 'refusedBy' | 'gateReason'>): void {
  const held = openPositions(run).map((one) => one.position_id)
  const before = {
    signals: run.of(aiSignalGenerated).length,
    commands: run.of(orderCommand).length,
    exits: run.of(exitSignal).length,
    refusals: run.of(signalRefused).length,
  }
  pushEntry(run, 'pushed')
  const isClosed = (): boolean => {
    const closed = new Set(run.of(tradeClosed).map((one) => one.position_id))
    return held.every((id) => closed.has(id))
  }
  run.runUntil(isClosed, 'every open position to close', 120_000)
  run.settle()

  const commands = run.of(orderCommand).slice(before.commands)
  expect(commands.filter((one) => one.purpose === 'ENTRY')).toEqual([])
  const results = run.of(executionResult)
  expect(results.filter((one) => one.subject_id === 'pushed')).toMatchObject([
    { status: 'REFUSED', reason: trouble.gateReason, terminal: true },
  ])
  const directional = run
    .of(aiSignalGenerated)
    .slice(before.signals)
    .filter((one) => one.action !== 'HOLD')
    .map((one) => one.signal_id)
  const reasons = run
    .of(signalRefused)
    .slice(before.refusals)
    .filter((one) => directional.includes(one.signal_id))
    .map((one) => one.reason)
  const allowed = new Set<RefusalReason>(['POSITION_OPEN', ...trouble.refusedBy])
  if (trouble.refusedBy !== anyReason) {
    expect(reasons.length).toBe(directional.length)
    expect(reasons.filter((reason) => !allowed.has(reason))).toEqual([])
  }

  const exits = run.of(exitSignal).slice(before.exits)
  expect(exits.length).toBeGreaterThan(0)
  for (const exit of exits) {
    const sent = commands.filter((one) => one.parent_id === exit.exit_id)
    expect(sent, exit.exit_id).toMatchObject([{ purpose: 'EXIT', reduce_only: true }])
    // No gate, window or pause lies between the decision and the order.
    expect(sent[0]?.commanded_at_ms).toBe(exit.created_at_ms)
    expect(results.filter((one) => one.subject_id === exit.exit_id && one.terminal)).toMatchObject([
      { status: 'FILLED' },
    ])
  }
  for (const id of held) {
    const trade = run.of(tradeClosed).find((one) => one.position_id === id)
    expect(['BACKSTOP', 'LIQUIDATION', 'EXTERNAL']).not.toContain(trade?.final_exit_kind)
  }
  expect(run.simulation.venue.snapshot('main', run.nowMs())).toMatchObject({
    positions: [],
    open_orders: [],
  })
}

describe.each(troubles)('while $name', (trouble) => {
  test.each<Direction>(['LONG', 'SHORT'])('a %s position closes and nothing opens', (direction) => {
    expectTheWayOut(struckRun(trouble, direction), trouble)
  })
})

describe('while equity was never known', () => {
  test.each([
    { side: 'BUY', direction: 'LONG' },
    { side: 'SELL', direction: 'SHORT' },
  ] as const)('a $direction position that a person opened is closed', ({ side, direction }) => {
    const { exits, ...config } = demoConfig()
    const timed = { ...config, exits: { ...exits, max_hold_ms: 20_000 } }
    const run = wholeRun({ seed: 7, config: timed, startMs: noonMs })
    loseSnapshots(run)
    run.run(1_000)
    run.simulation.venue.placeManual('main', 'BTCUSDT', side, '0.01', run.nowMs())
    run.runUntil(() => openPositions(run).length > 0, 'the position to be seen')
    expect(openPositions(run).map(directionOf)).toEqual([direction])
    expectTheWayOut(run, {
      refusedBy: ['EQUITY_UNKNOWN', 'SAFE_MODE'],
      gateReason: 'EQUITY_UNKNOWN',
    })
  })
})
