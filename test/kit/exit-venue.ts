// The exit brain with a venue behind it: prices go in, exits are answered as the test wants, positions come back.
// Prices are given for a long from 1000; a short sees them mirrored at 1000, so that one test serves both sides.
import type { Config } from '../../schemas/config.ts'
import {
  exitLevelChanged,
  exitSignal,
  instrumentState,
  opsAlert,
  positionState,
  priceUpdate,
} from '../../schemas/topics.ts'
import type {
  ExitLevelChanged,
  ExitSignal,
  InstrumentState,
  OpsAlert,
  PositionState,
} from '../../schemas/types.gen.ts'
import { Decimal } from 'decimal.js'
import { exitBrain } from '../../topologies/leave/exit-brain.ts'
import { given, testConfig, tick } from './given.ts'
import type { Given } from './given.ts'
import { instrumentOf, positionStateOf, priceUpdateOf, startMs } from './records.ts'

export type Side = 'LONG' | 'SHORT'
export const sides: readonly Side[] = ['LONG', 'SHORT']

/** The price a short sees where a long sees the given one. */
export const mirrored = (price: number): number => 2000 - price

/** Exit settings spelled out, so that a test does not depend on defaults; a test changes what it is about. */
export const exitConfig = (exits: Partial<Config['exits']> = {}): Config =>
  testConfig({
    exits: {
      ladder: [
        { r: 1, fraction: 0.3 },
        { r: 2, fraction: 0.3 },
      ],
      break_even_r: 1,
      trail_start_r: 1.5,
      trail_r: 1,
      trail_step_r: 0.1,
      time_stop_horizons: 2,
      max_hold_ms: 86_400_000,
      liquidation_guard_fraction: 0.3,
      adopted_stop_bps: 200,
      follow_up_ms: 2_000,
      silent_after_ms: 15_000,
      round_trip_cost_bps: 12,
      ...exits,
    },
  })

/** What becomes of an exit: filled whole, in part (a share of it), refused, or no answer at all. */
export type Answer = 'FILLED' | 'REFUSED' | 'SILENT' | number

export interface Venue {
  readonly given: Given
  readonly signals: ExitSignal[]
  readonly levels: ExitLevelChanged[]
  readonly alerts: OpsAlert[]
  position: PositionState | null
  nowMs: number
  answer: (signal: ExitSignal) => Answer
  /** One tick at each of the prices, 100 ms apart. Gives the exits that followed. */
  prices(...prices: number[]): ExitSignal[]
  /** Ticks of the clock, one a second. */
  seconds(count: number): ExitSignal[]
  /** A later state of the position. */
  state(changes: Partial<PositionState>): ExitSignal[]
  restart(): void
}

/** 2 units from 1000, stop 990 (R = 10), target 1030, without leverage; mirrored for a short. */
export function planOf(side: Side, changes: Partial<PositionState> = {}): PositionState {
  const at = (price: number): string => String(side === 'LONG' ? price : mirrored(price))
  return positionStateOf({
    quantity: side === 'LONG' ? '2' : '-2',
    peak_quantity: '2',
    average_entry_price: '1000',
    initial_stop_price: at(990),
    target_price: at(1030),
    risk_usd: '20',
    leverage: 1,
    horizon_ms: 720_000,
    ...changes,
  })
}

export function venue(
  side: Side,
  options: {
    config?: Config
    position?: Partial<PositionState>
    instrument?: Partial<InstrumentState> | null
  } = {},
): Venue {
  const { config = exitConfig(), instrument = {} } = options
  const brain = given(exitBrain, { config })
  // Without brackets there is no liquidation price: a short has one even without leverage, a long has not.
  if (instrument !== null)
    brain.table(instrumentState, instrumentOf({ brackets: [], ...instrument }))
  const self: Venue = {
    given: brain,
    signals: [],
    levels: [],
    alerts: [],
    position: null,
    nowMs: startMs,
    answer: () => 'FILLED',
    prices(...prices) {
      return prices.flatMap((price) => {
        self.nowMs += 100
        const seen = side === 'LONG' ? price : mirrored(price)
        brain.at(self.nowMs).when([priceUpdate, priceUpdateOf({ price: seen })])
        return take()
      })
    },
    seconds(count) {
      const found: ExitSignal[] = []
      for (let i = 0; i < count; i++) {
        self.nowMs += 1_000
        brain.when(tick(self.nowMs))
        found.push(...take())
      }
      return found
    },
    state(changes) {
      self.position = { ...self.position!, ...changes, updated_at_ms: self.nowMs }
      brain.at(self.nowMs).when([positionState, self.position])
      return take()
    },
    restart() {
      brain.restarted()
    },
  }

  /** Collects what came out and answers the exits. */
  const take = (): ExitSignal[] => {
    const signals = brain.outputs(exitSignal)
    self.levels.push(...brain.outputs(exitLevelChanged))
    self.alerts.push(...brain.outputs(opsAlert))
    self.signals.push(...signals)
    for (const signal of signals) settle(signal)
    return signals
  }

  const settle = (signal: ExitSignal): void => {
    const answer = self.answer(signal)
    if (answer === 'SILENT') return
    self.state({ status: 'CLOSING', pending_exit_id: signal.exit_id })
    const share = answer === 'FILLED' ? 1 : answer === 'REFUSED' ? 0 : answer
    const filled = new Decimal(signal.quantity).times(share)
    const open = new Decimal(self.position!.quantity).abs().minus(filled)
    if (open.lte(0)) {
      self.position = null
      brain.at(self.nowMs).when([positionState, null, 'main|BTCUSDT'])
      take()
      return
    }
    self.state({
      status: 'OPEN',
      pending_exit_id: null,
      last_exit_id: signal.exit_id,
      last_exit_status: share === 1 ? 'FILLED' : share === 0 ? 'REJECTED' : 'PARTIALLY_FILLED',
      quantity: side === 'LONG' ? open.toFixed() : open.neg().toFixed(),
    })
  }

  self.position = planOf(side, options.position)
  self.state({})
  return self
}
