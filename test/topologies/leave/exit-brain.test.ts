import { describe, expect, test } from 'vitest'
import {
  clockTick,
  exitLevelChanged,
  exitSignal,
  instrumentState,
  markState,
  opsAlert,
  positionState,
  priceUpdate,
} from '../../../schemas/topics.ts'
import { exitBrain, exitRules } from '../../../topologies/leave/exit-brain.ts'
import { levelRules } from '../../../topologies/leave/watched-position.ts'
import { exitConfig, mirrored, planOf, sides, venue } from '../../kit/exit-venue.ts'
import { given, tick } from '../../kit/given.ts'
import { instrumentOf, markOf, priceUpdateOf, startMs } from '../../kit/records.ts'

const noLadder = { ladder: [] }

describe('the order of the rules is data', () => {
  test('liquidation guard, stop, target, harvest, time; break-even and trailing move the stop', () => {
    expect(exitRules.map((rule) => rule.name)).toEqual([
      'liquidation-guard',
      'stop',
      'target',
      'harvest',
      'time-stop',
    ])
    expect(levelRules.map((rule) => rule.name)).toEqual(['break-even', 'trailing'])
  })

  test('it is the only writer of exit.signal that the page allows', () => {
    expect(exitBrain.writes).toContain(exitSignal)
    expect(exitSignal.singleWriter).toBe(true)
  })
})

describe.each(sides)('stop and target of a %s', (side) => {
  const at = (price: number): string => String(side === 'LONG' ? price : mirrored(price))

  test('the stop closes everything, urgently, with both prices on the record', () => {
    const v = venue(side)
    v.answer = () => 'SILENT'
    expect(v.prices(995, 990.01)).toEqual([])
    expect(v.prices(990)).toMatchObject([
      {
        exit_id: 'position-1|STOP|0|1',
        kind: 'STOP',
        side: side === 'LONG' ? 'SELL' : 'BUY',
        quantity: '2',
        closes_all: true,
        urgency: 'HIGH',
        trigger_price: at(990),
        observed_price: at(990),
        r_multiple: -1,
        attempt: 1,
      },
    ])
  })

  test('the target closes what the ladder left', () => {
    const v = venue(side)
    v.prices(1010, 1020)
    expect(v.prices(1029.99)).toEqual([])
    expect(v.prices(1030)).toMatchObject([{ kind: 'TARGET', quantity: '0.8', closes_all: true }])
    expect(v.position).toBeNull()
  })

  test('the first hit decides and the others are evidence', () => {
    const v = venue(side, { instrument: null })
    v.answer = () => 'SILENT'
    const [signal] = v.prices(1030)
    expect(signal).toMatchObject({ kind: 'TARGET' })
    expect(signal!.evidence).toContainEqual({
      name: 'also_hit_harvest_1',
      value: Number(at(1010)),
    })
  })

  test('a position without a stop of its own gets the adopted stop, and that is recorded', () => {
    const v = venue(side, {
      position: { initial_stop_price: null, target_price: null, risk_usd: null, adopted: true },
    })
    expect(v.levels).toMatchObject([
      { level: 'STOP', old_price: null, new_price: at(980), reason: 'ADOPTED' },
      { level: 'TARGET', rung: 1 },
      { level: 'TARGET', rung: 2 },
    ])
    expect(v.prices(980)).toMatchObject([{ kind: 'STOP', r_multiple: null }])
  })

  test('every level is recorded when it is set', () => {
    const v = venue(side)
    expect(v.levels).toMatchObject([
      { level: 'STOP', rung: 0, old_price: null, new_price: at(990), reason: 'INITIAL' },
      { level: 'TARGET', rung: 0, old_price: null, new_price: at(1030), reason: 'INITIAL' },
      { level: 'TARGET', rung: 1, old_price: null, new_price: at(1010), reason: 'INITIAL' },
      { level: 'TARGET', rung: 2, old_price: null, new_price: at(1020), reason: 'INITIAL' },
    ])
  })
})

describe('which price decides', () => {
  const open = (side: 'LONG' | 'SHORT') =>
    given(exitBrain, { config: exitConfig() })
      .table(instrumentState, instrumentOf())
      .records([positionState, planOf(side)])

  test('a long is judged at the bid', () => {
    open('LONG')
      .when([priceUpdate, priceUpdateOf({ price: 989, bid: 991, ask: 992 })])
      .thenNothing()
      .when([priceUpdate, priceUpdateOf({ price: 992, bid: 990, ask: 994 })])
      .then([exitSignal, { kind: 'STOP', observed_price: '990' }])
  })

  test('a short is judged at the ask', () => {
    open('SHORT')
      .when([priceUpdate, priceUpdateOf({ price: 1011, bid: 1008, ask: 1009 })])
      .thenNothing()
      .when([priceUpdate, priceUpdateOf({ price: 1008, bid: 1006, ask: 1010 })])
      .then([exitSignal, { kind: 'STOP', observed_price: '1010' }])
  })

  test('without a quote the consolidated price decides', () => {
    open('LONG')
      .when([priceUpdate, priceUpdateOf({ price: 989, bid: null, ask: null, mark: null })])
      .then([exitSignal, { kind: 'STOP', observed_price: '989' }])
  })

  test('a stale quote does not decide, the consolidated price does', () => {
    open('LONG')
      .when([priceUpdate, priceUpdateOf({ price: 1000, bid: 985, ask: 986, age_ms: 5_001 })])
      .thenNothing()
  })

  test('the price of another symbol does not touch it', () => {
    open('LONG')
      .when([priceUpdate, priceUpdateOf({ symbol: 'ETHUSDT', price: 1 })])
      .thenNothing()
  })
})

describe.each(sides)('liquidation guard of a %s', (side) => {
  const config = exitConfig(noLadder)
  /** At 20x the liquidation price of a long is 4.62 % away: 953.8; the guard is at 30 % of that: 967.67. */
  const leveraged = (stop: number) =>
    venue(side, {
      config,
      instrument: { brackets: instrumentOf().brackets.slice(0, 1) },
      position: {
        leverage: 20,
        initial_stop_price: String(side === 'LONG' ? stop : mirrored(stop)),
        target_price: null,
      },
    })

  test('closes when its share of the way to liquidation is left, before a stop that lies beyond', () => {
    const v = leveraged(960)
    expect(v.prices(968.5)).toEqual([])
    expect(v.prices(967)).toMatchObject([
      { kind: 'LIQUIDATION_GUARD', urgency: 'EMERGENCY', quantity: '2', closes_all: true },
    ])
  })

  test('the stop decides where it lies before the guard', () => {
    expect(leveraged(975).prices(974)).toMatchObject([{ kind: 'STOP' }])
  })

  test('it looks at the mark price, not at the quote', () => {
    const v = leveraged(960)
    const price = side === 'LONG' ? 1000 : mirrored(1000)
    const mark = side === 'LONG' ? 967 : mirrored(967)
    v.given
      .when([priceUpdate, priceUpdateOf({ price, mark })])
      .then([exitSignal, { kind: 'LIQUIDATION_GUARD', observed_price: String(mark) }])
  })

  test('a stale mark price does not trigger it', () => {
    const v = leveraged(960)
    const price = side === 'LONG' ? 1000 : mirrored(1000)
    const mark = side === 'LONG' ? 900 : mirrored(900)
    v.given.when([priceUpdate, priceUpdateOf({ price, mark, age_ms: 5_001 })]).thenNothing()
  })

  test('brackets that come later arm it on the next clock tick', () => {
    const v = venue(side, {
      config,
      instrument: null,
      position: { leverage: 20, initial_stop_price: String(side === 'LONG' ? 900 : 1100) },
    })
    expect(v.prices(967)).toEqual([])
    v.given.table(instrumentState, instrumentOf())
    v.seconds(1)
    expect(v.prices(967)).toMatchObject([{ kind: 'LIQUIDATION_GUARD' }])
  })
})

describe.each(sides)('harvest of a %s', (side) => {
  test('each rung closes its exact fraction of the entered quantity, once', () => {
    const v = venue(side)
    expect(v.prices(1010, 1012, 1010, 1009, 1011)).toMatchObject([
      { exit_id: 'position-1|HARVEST|1|1', rung: 1, quantity: '0.6', closes_all: false },
    ])
    expect(v.prices(1020, 1019.9, 1020)).toMatchObject([
      { exit_id: 'position-1|HARVEST|2|1', rung: 2, quantity: '0.6', closes_all: false },
    ])
    expect(v.position!.quantity).toBe(side === 'LONG' ? '0.8' : '-0.8')
  })

  test('two rungs that one jump passes close one after the other', () => {
    const v = venue(side)
    expect(v.prices(1021, 1021, 1021).map((signal) => signal.rung)).toEqual([1, 2])
  })

  test('quantities are stepped down, and what was lost at one rung goes with the next', () => {
    const instrument = { step_size: '0.1', min_quantity: '0.1' }
    const of = (size: number) => ({ peak_quantity: String(size), quantity: quantity(side, size) })
    // 0.3 x 0.7 = 0.21 and 0.6 x 0.7 = 0.42: 0.2, then up to 0.4 in all.
    const v = venue(side, { instrument, position: of(0.7) })
    expect(v.prices(1010, 1020).map((signal) => signal.quantity)).toEqual(['0.2', '0.2'])
    // 0.3 x 0.3 = 0.09 is less than a step; 0.6 x 0.3 = 0.18 is one step.
    const w = venue(side, { instrument, position: of(0.3) })
    expect(w.prices(1010, 1011, 1012)).toEqual([])
    expect(w.prices(1020)).toMatchObject([{ rung: 2, quantity: '0.1' }])
  })

  test('a remainder below the minimum notional is closed whole', () => {
    const v = venue(side, { position: { peak_quantity: '0.005', quantity: quantity(side, 0.005) } })
    // After the first rung 0.004 would be left: below 5 USD.
    expect(v.prices(1010)).toMatchObject([{ kind: 'HARVEST', quantity: '0.005', closes_all: true }])
  })

  test('a remainder below the minimum quantity is closed whole', () => {
    const v = venue(side, { instrument: { min_quantity: '1.5' } })
    expect(v.prices(1010)).toMatchObject([{ kind: 'HARVEST', quantity: '2', closes_all: true }])
  })

  test('a ladder that sums to 1 leaves nothing', () => {
    const ladder = [
      { r: 1, fraction: 0.7 },
      { r: 2, fraction: 0.3 },
    ]
    const v = venue(side, { config: exitConfig({ ladder }) })
    expect(v.prices(1010, 1020)).toMatchObject([
      { quantity: '1.4', closes_all: false },
      { quantity: '0.6', closes_all: true },
    ])
    expect(v.position).toBeNull()
  })

  test('a rung inside the round-trip cost is refused with its reason and never fires', () => {
    const ladder = [
      { r: 0.1, fraction: 0.5 },
      { r: 1, fraction: 0.3 },
    ]
    const v = venue(side, { config: exitConfig({ ladder }) })
    // R is 10 and the round trip costs 12 bps of 1000 = 1.2: 0.1 R = 1 lies inside.
    expect(v.levels).toContainEqual(
      expect.objectContaining({ level: 'TARGET', rung: 1, reason: 'INSIDE_COSTS' }),
    )
    expect(v.prices(1001.1, 1009)).toEqual([])
    expect(v.prices(1010)).toMatchObject([{ rung: 2, quantity: '0.6' }])
  })

  test('what enters later widens the ladder and is not taken for something to close', () => {
    const v = venue(side, { position: { quantity: quantity(side, 1), peak_quantity: '1' } })
    v.answer = () => 'SILENT'
    expect(v.prices(1010)).toMatchObject([{ rung: 1, quantity: '0.3' }])
    // The entry fills up while the rung is under way, then the rung is filled: nothing is owed.
    v.state({ quantity: quantity(side, 2), peak_quantity: '2' })
    v.state({ quantity: quantity(side, 1.7), last_exit_id: 'position-1|HARVEST|1|1' })
    v.answer = () => 'FILLED'
    expect(v.prices(1011, 1011)).toEqual([])
    // 0.6 of the 2 that entered, less the 0.3 that are gone.
    expect(v.prices(1020)).toMatchObject([{ rung: 2, quantity: '0.9' }])
  })
})

describe.each(sides)('the stop of a %s moves', (side) => {
  const config = exitConfig(noLadder)
  const at = (price: number): string => String(side === 'LONG' ? price : mirrored(price))

  test('to entry plus costs from break_even_r on, and that exit is a BREAK_EVEN', () => {
    const v = venue(side, { config })
    v.levels.length = 0
    v.prices(1009.99)
    expect(v.levels).toEqual([])
    v.prices(1010)
    expect(v.levels).toMatchObject([
      { level: 'STOP', old_price: at(990), new_price: at(1001.2), reason: 'BREAK_EVEN' },
    ])
    expect(v.levels[0]!.r_multiple).toBeCloseTo(1)
    expect(v.prices(1001.3)).toEqual([])
    expect(v.prices(1001.2)).toMatchObject([{ kind: 'BREAK_EVEN', quantity: '2' }])
  })

  test('behind the best price from trail_start_r on, and that exit is a TRAILING', () => {
    const v = venue(side, { config })
    v.prices(1010)
    v.levels.length = 0
    v.prices(1015, 1015.5, 1016, 1018, 1012)
    // 1 R behind the best price, in steps of 0.1 R or more.
    expect(v.levels.map((change) => change.new_price)).toEqual([1005, 1006, 1008].map(at))
    expect(v.levels.every((change) => change.reason === 'TRAILING')).toBe(true)
    expect(v.prices(1008)).toMatchObject([{ kind: 'TRAILING', trigger_price: at(1008) }])
  })

  test('a venue tick never loosens it: the new stop is rounded towards profit', () => {
    const v = venue(side, { config, instrument: { tick_size: '0.5' } })
    v.levels.length = 0
    v.prices(1010)
    expect(v.levels[0]!.new_price).toBe(at(1001.5))
  })

  test('it stays where it is after a restart', () => {
    const v = venue(side, { config })
    v.prices(1010, 1018)
    v.restart()
    expect(v.prices(1008)).toMatchObject([{ kind: 'TRAILING' }])
  })
})

describe('time stop', () => {
  test('closes after the horizons of the signal on the clock alone, with the last price it can find', () => {
    const v = venue('LONG')
    v.given.table(markState, markOf({ price: 1001, bid: 1000.5 }))
    v.nowMs = startMs + 1_438_000
    expect(v.seconds(1)).toEqual([])
    expect(v.seconds(1)).toMatchObject([
      { kind: 'TIME', trigger_price: null, observed_price: '1000.5', closes_all: true },
    ])
  })

  test('fires when no price was ever seen', () => {
    const v = venue('SHORT', { instrument: null })
    v.nowMs = startMs + 1_439_000
    expect(v.seconds(1)).toMatchObject([
      { kind: 'TIME', observed_price: null, r_multiple: null, quantity: '2' },
    ])
  })

  test('an adopted position is held for max_hold_ms at most', () => {
    const v = venue('LONG', { position: { horizon_ms: null } })
    v.nowMs = startMs + 86_398_000
    expect(v.seconds(1)).toEqual([])
    expect(v.seconds(1)).toMatchObject([{ kind: 'TIME' }])
  })
})

describe('open positions without a price', () => {
  test('raise one alert and clear it when a price is there again', () => {
    const v = venue('LONG')
    v.seconds(15)
    expect(v.alerts).toEqual([])
    v.seconds(30)
    expect(v.alerts).toMatchObject([
      { alert_id: 'EXIT_SILENT|BTCUSDT', state: 'RAISED', severity: 'CRITICAL' },
    ])
    v.given.table(markState, markOf({ price: 1000, price_at_ms: v.nowMs }))
    v.seconds(3)
    expect(v.alerts.map((alert) => alert.state)).toEqual(['RAISED', 'CLEARED'])
  })

  test('after a restart onto a dead feed it is raised, though the last price of the run before was fresh', () => {
    const v = venue('LONG')
    v.given.table(markState, markOf({ price: 1000, fresh: true, price_at_ms: v.nowMs }))
    v.seconds(3)
    v.nowMs += 600_000
    v.restart()
    v.seconds(9)
    expect(v.alerts).toEqual([])
    v.seconds(10)
    expect(v.alerts).toMatchObject([{ alert_id: 'EXIT_SILENT|BTCUSDT', state: 'RAISED' }])
  })

  test.each([
    ['was fresh', { fresh: true }],
    ['was stale', { fresh: false }],
    ['is not known', null],
  ])('a price that comes soon after the start prevents it: before, it %s', (_, before) => {
    const v = venue('LONG')
    if (before !== null) v.given.table(markState, markOf({ ...before, price_at_ms: v.nowMs }))
    v.seconds(12)
    v.nowMs += 600_000
    v.restart()
    v.seconds(4)
    v.given.table(markState, markOf({ price: 1000, price_at_ms: v.nowMs }))
    v.seconds(5)
    expect(v.alerts).toEqual([])
  })

  test('a stop clears nothing: what was raised stays so until there is a price', () => {
    const v = venue('LONG')
    v.seconds(20)
    v.nowMs += 600_000
    v.restart()
    v.seconds(20)
    expect(v.alerts.map((alert) => alert.state)).toEqual(['RAISED'])
    v.given.table(markState, markOf({ price: 1000, price_at_ms: v.nowMs }))
    v.seconds(1)
    expect(v.alerts.map((alert) => alert.state)).toEqual(['RAISED', 'CLEARED'])
  })

  test('a symbol without a position needs no price', () => {
    given(exitBrain, { config: exitConfig() })
      .records([priceUpdate, priceUpdateOf({ price: 1000 })])
      .when(tick(startMs + 1_000), tick(startMs + 60_000))
      .thenNothing()
  })

  test('the alert ends with the position', () => {
    const v = venue('LONG')
    v.seconds(20)
    v.given
      .when([positionState, null, 'main|BTCUSDT'])
      .then([opsAlert, { alert_id: 'EXIT_SILENT|BTCUSDT', state: 'CLEARED' }])
  })
})

describe('several accounts on one symbol', () => {
  test('are judged apart, and one going flat leaves the other watched', () => {
    const other = planOf('SHORT', { account: 'second', position_id: 'position-2' })
    const brain = given(exitBrain, { config: exitConfig() })
      .table(instrumentState, instrumentOf({ brackets: [] }))
      .records([positionState, planOf('LONG')], [positionState, other])
    brain
      .when([priceUpdate, priceUpdateOf({ price: 990 })])
      .then(
        [exitSignal, { account: 'main', kind: 'STOP', side: 'SELL' }],
        [exitLevelChanged, { account: 'second', reason: 'BREAK_EVEN' }],
        [exitSignal, { account: 'second', kind: 'HARVEST', side: 'BUY', quantity: '0.6' }],
      )
      .when([positionState, null, 'main|BTCUSDT'])
      .thenNothing()
      .when([priceUpdate, priceUpdateOf({ price: 985 })])
      .at(startMs + 10_000)
      .when([priceUpdate, priceUpdateOf({ price: 970 })])
    expect(brain.outputs(exitSignal)).toMatchObject([{ account: 'second', kind: 'TARGET' }])
  })
})

describe('what it reads', () => {
  test('prices, positions and the clock, nothing that could delay an exit', () => {
    expect(exitBrain.reads).toEqual([positionState, priceUpdate, clockTick])
  })
})

function quantity(side: 'LONG' | 'SHORT', size: number): string {
  return String(side === 'LONG' ? size : -size)
}
