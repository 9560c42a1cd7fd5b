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
  OrderCommand,
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
  readonly config?: (config: Config) => Config
  /** Makes it happen, while a position is open. */
  readonly strike: (run: WholeRun, direction: Direction) => void
  /** Reasons with which the router may refuse a directional signal meanwhile. */
  readonly refusedBy: readonly RefusalReason[]
  /** Reason with which the gates refuse an intent that reached them nevertheless. */
  readonly gateReason: ReasonCode
}

const staleAfterMs = 3_000
const noonMs = Date.UTC(2025, 10, 24, 12)

/** One position at a time, so that an entry on the other symbol meets the limit in question. */
const withLimits =
  (limits: Partial<Config['limits']>) =>
  (config: Config): Config => ({
    ...config,
    limits: { ...config.limits, max_open_positions: 1, ...limits },
  })

const switchOnSafeMode = (run: WholeRun): void => {
  const command = safeModeCommandOf({ at_ms: run.nowMs() })
  run.simulation.engine.publish(safeModeCommand, command, run.nowMs())
}

/** From now on the venue can't tell its books whole. Returns the way back. */
function loseSnapshots(run: WholeRun): () => void {
  const { venue } = run.simulation
  const whole = venue.snapshot
  venue.snapshot = (account, nowMs) => ({ ...whole(account, nowMs), complete: false })
  return () => {
    venue.snapshot = whole
  }
}

/** Loses snapshots for longer than equity may be old, around a position that outlives that. */
function outliveSnapshots(run: WholeRun, direction: Direction): void {
  for (let attempt = 0; attempt < 20; attempt++) {
    const find = loseSnapshots(run)
    run.run(staleAfterMs + 500)
    if (holdsOnly(run, direction)) return
    find()
    run.runUntil(() => holdsOnly(run, direction), `one ${direction} position`)
  }
  throw new Error('expected a position that outlives the books, was none')
}

const forgetInstruments = (run: WholeRun): void => {
  for (const { symbol } of run.instruments)
    run.simulation.engine.tombstone(instrumentState, symbol, run.nowMs())
}

/** The market turns against the position until the day's loss is at its limit. */
function turnAgainst(run: WholeRun, direction: Direction): void {
  const isLost = (): boolean => {
    const state = run.simulation.engine.table(portfolioState).get('main') as PortfolioState
    return isAtLossLimit(state, run.config)
  }
  for (let step = 0; step < 500 && !isLost(); step++) {
    run.priceFactor *= direction === 'LONG' ? 1 - 1e-4 : 1 + 1e-4
    run.run(250)
  }
  expect(holdsOnly(run, direction), 'a loss while the position is open').toBe(true)
}

const isAtLossLimit = (state: PortfolioState, { limits }: Config): boolean =>
  Number(state.day_pnl_usd) <= -Number(state.day_start_equity_usd) * limits.daily_loss_fraction

const troubles: readonly Trouble[] = [
  {
    name: 'safe mode is on',
    strike: switchOnSafeMode,
    refusedBy: ['SAFE_MODE'],
    gateReason: 'SAFE_MODE_ACTIVE',
  },
  {
    name: 'equity is old',
    config: withLimits({ equity_max_age_ms: staleAfterMs }),
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
    config: withLimits({ daily_loss_fraction: 0.002 }),
    strike: turnAgainst,
    refusedBy: [],
    gateReason: 'DAILY_LOSS',
  },
  {
    name: 'all of that at once',
    config: withLimits({ daily_loss_fraction: 0.002, equity_max_age_ms: staleAfterMs }),
    strike(run, direction) {
      turnAgainst(run, direction)
      switchOnSafeMode(run)
      loseSnapshots(run)
      forgetInstruments(run)
    },
    refusedBy: ['SAFE_MODE', 'INSTRUMENT_UNKNOWN'],
    gateReason: 'SAFE_MODE_ACTIVE',
  },
]

const openPositions = (run: WholeRun): PositionState[] =>
  [...run.simulation.engine.table(positionState).values()] as PositionState[]

const directionOf = ({ quantity }: PositionState): Direction =>
  quantity.startsWith('-') ? 'SHORT' : 'LONG'

const holdsOnly = (run: WholeRun, direction: Direction): boolean => {
  const [position, ...others] = openPositions(run)
  return position !== undefined && others.length === 0 && directionOf(position) === direction
}

/** Entries after a record of the run while the day's loss was at its limit: a position that wins may lift it. */
function entriesInLoss(run: WholeRun, fromRecord: number): OrderCommand[] {
  let isLost = true
  return run.records.slice(fromRecord).flatMap(({ topic, value }) => {
    if (topic === 'portfolio.state') isLost = isAtLossLimit(value as PortfolioState, run.config)
    if (topic !== 'order.command' || !isLost) return []
    const command = value as OrderCommand
    return command.purpose === 'ENTRY' ? [command] : []
  })
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
    records: run.records.length,
  }
  pushEntry(run, 'pushed')
  const isClosed = (): boolean => {
    const closed = new Set(run.of(tradeClosed).map((one) => one.position_id))
    return held.every((id) => closed.has(id))
  }
  run.runUntil(isClosed, 'every open position to close', 120_000)
  run.settle()

  const commands = run.of(orderCommand).slice(before.commands)
  const entries = commands.filter((one) => one.purpose === 'ENTRY')
  const isLiftable = trouble.gateReason === 'DAILY_LOSS'
  expect(isLiftable ? entriesInLoss(run, before.records) : entries).toEqual([])
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
  if (trouble.refusedBy.length > 0) {
    expect(reasons.length).toBe(directional.length)
    const expected = new Set<RefusalReason>(['POSITION_OPEN', ...trouble.refusedBy])
    expect(reasons.filter((reason) => !expected.has(reason))).toEqual([])
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
    const config = trouble.config?.(demoConfig()) ?? demoConfig()
    const run = wholeRun({ seed: Number(process.env['SEED'] ?? 7), config, startMs: noonMs })
    run.runUntil(() => holdsOnly(run, direction), `one ${direction} position`)
    trouble.strike(run, direction)
    expectTheWayOut(run, trouble)
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
