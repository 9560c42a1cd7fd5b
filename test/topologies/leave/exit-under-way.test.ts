// One exit at a time, followed up until its goal is reached.
import { describe, expect, test } from 'vitest'
import { positionState } from '../../../schemas/topics.ts'
import { exitConfig, sides, venue } from '../../kit/exit-venue.ts'
import { instrumentOf } from '../../kit/records.ts'

const ids = (signals: { exit_id: string }[]): string[] => signals.map((signal) => signal.exit_id)

describe.each(sides)('an exit of a %s', (side) => {
  const signed = (size: number): string => String(side === 'LONG' ? size : -size)

  test('that nobody answers is sent again after follow_up_ms, with a higher attempt', () => {
    const v = venue(side)
    v.answer = () => 'SILENT'
    expect(ids(v.prices(990, 989, 995, 988))).toEqual(['position-1|STOP|0|1'])
    expect(v.seconds(1)).toEqual([])
    expect(v.seconds(1)).toMatchObject([
      { exit_id: 'position-1|STOP|0|2', attempt: 2, quantity: '2', closes_all: true },
    ])
    expect(ids(v.seconds(4))).toEqual(['position-1|STOP|0|3', 'position-1|STOP|0|4'])
  })

  test('that is at work at the venue is waited for, but not for ever', () => {
    const v = venue(side)
    v.answer = () => 'SILENT'
    const [signal] = v.prices(990)
    v.state({ status: 'CLOSING', pending_exit_id: signal!.exit_id })
    expect(v.prices(989, 980)).toEqual([])
    expect(v.seconds(9)).toEqual([])
    expect(ids(v.seconds(1))).toEqual(['position-1|STOP|0|2'])
  })

  test('that was refused is repeated at once, then at an interval, whatever the price does', () => {
    const v = venue(side)
    v.answer = () => 'REFUSED'
    expect(ids(v.prices(990))).toEqual(['position-1|STOP|0|1'])
    expect(ids(v.prices(1000, 1000, 1000))).toEqual(['position-1|STOP|0|2'])
    expect(ids(v.seconds(2))).toEqual(['position-1|STOP|0|3'])
    v.answer = () => 'FILLED'
    expect(v.seconds(2)).toMatchObject([{ exit_id: 'position-1|STOP|0|4', quantity: '2' }])
    expect(v.position).toBeNull()
  })

  test('that was filled in part goes on at once with the rest', () => {
    const v = venue(side)
    v.answer = (signal) => (signal.attempt < 3 ? 0.5 : 'FILLED')
    expect(v.prices(990, 991, 992).map((signal) => signal.quantity)).toEqual(['2', '1', '0.5'])
    expect(v.position).toBeNull()
    expect(v.alerts).toEqual([])
  })

  test('of a rung that was filled in part closes the rest of the rung and no more', () => {
    const v = venue(side)
    v.answer = (signal) => (signal.attempt === 1 ? 0.5 : 'FILLED')
    expect(v.prices(1010, 1009, 1009, 1009)).toMatchObject([
      { exit_id: 'position-1|HARVEST|1|1', quantity: '0.6' },
      { exit_id: 'position-1|HARVEST|1|2', quantity: '0.3' },
    ])
    expect(v.position!.quantity).toBe(signed(1.4))
  })

  test('without effect raises one alert, cleared when it has one', () => {
    const v = venue(side)
    v.answer = () => 'REFUSED'
    v.prices(990, 990)
    v.seconds(10)
    expect(v.alerts.filter((alert) => alert.kind === 'EXIT_FAILED')).toMatchObject([
      { alert_id: 'EXIT_FAILED|main|BTCUSDT', state: 'RAISED', severity: 'CRITICAL' },
    ])
    v.answer = () => 'FILLED'
    v.seconds(2)
    expect(v.position).toBeNull()
    const alerts = v.alerts.filter((alert) => alert.kind === 'EXIT_FAILED')
    expect(alerts.map((alert) => alert.state)).toEqual(['RAISED', 'CLEARED'])
  })

  test('of a rung gives way to a stop while it hangs', () => {
    const v = venue(side)
    v.answer = () => 'SILENT'
    const [rung] = v.prices(1010)
    v.state({ status: 'CLOSING', pending_exit_id: rung!.exit_id })
    expect(v.prices(1001)).toEqual([])
    v.seconds(2)
    expect(v.prices(1001)).toMatchObject([{ kind: 'BREAK_EVEN', quantity: '2' }])
  })

  test('of a rung that hangs at the venue is not sent a second time', () => {
    const v = venue(side, { config: exitConfig({ ladder: [{ r: 1, fraction: 0.3 }] }) })
    v.answer = () => 'SILENT'
    const [rung] = v.prices(1010)
    v.state({ status: 'CLOSING', pending_exit_id: rung!.exit_id })
    expect(v.seconds(60)).toEqual([])
    v.state({ status: 'OPEN', pending_exit_id: null, quantity: signed(1.4) })
    expect(v.prices(1011)).toEqual([])
  })

  test('gives way to the liquidation guard', () => {
    const v = venue(side, {
      instrument: { brackets: instrumentOf().brackets },
      position: { leverage: 20 },
    })
    v.answer = () => 'REFUSED'
    v.prices(990, 985)
    v.seconds(2)
    v.nowMs += 2_000
    expect(v.prices(960)).toMatchObject([{ kind: 'LIQUIDATION_GUARD', urgency: 'EMERGENCY' }])
  })

  test('closes what an entry still filled after it', () => {
    const v = venue(side)
    v.answer = () => 'SILENT'
    const [stop] = v.prices(990)
    v.state({ quantity: signed(2.5), status: 'CLOSING', pending_exit_id: stop!.exit_id })
    v.state({
      quantity: signed(0.5),
      status: 'OPEN',
      pending_exit_id: null,
      last_exit_id: stop!.exit_id,
      last_exit_status: 'FILLED',
    })
    expect(v.prices(995)).toMatchObject([{ kind: 'STOP', attempt: 2, quantity: '0.5' }])
  })

  test('after a pause of the clock waits for news once before it is repeated', () => {
    const v = venue(side)
    v.answer = () => 'SILENT'
    v.prices(990)
    v.restart()
    v.nowMs += 3_600_000
    expect(v.seconds(1)).toEqual([])
    // The news: it was filled meanwhile.
    v.given.records([positionState, null, 'main|BTCUSDT'])
    expect(v.seconds(10)).toEqual([])
  })

  test('is repeated even where the clock always stands still for longer than follow_up_ms', () => {
    const v = venue(side)
    v.answer = () => 'SILENT'
    v.prices(990)
    for (let hour = 0; hour < 4; hour++) {
      v.nowMs += 3_600_000
      v.seconds(1)
    }
    expect(v.signals.map((signal) => signal.attempt)).toEqual([1, 2, 3])
  })

  test('leaves an order of somebody else its time', () => {
    const v = venue(side)
    v.state({ status: 'CLOSING', pending_exit_id: 'panic-1' })
    expect(v.prices(990, 985)).toEqual([])
    v.nowMs += 10_000
    expect(v.prices(985)).toMatchObject([{ kind: 'STOP', quantity: '2' }])
  })
})
