import { describe, expect, test } from 'vitest'
import {
  exchangeTick,
  exitSignal,
  markState,
  positionState,
  priceUpdate,
} from '../../schemas/topics.ts'
import { processor, unchanged } from '../../topologies/kernel/processor.ts'
import { topology } from '../../topologies/kernel/topology.ts'
import { exitBrain } from '../../topologies/leave/exit-brain.ts'
import { exitConfig, sides, venue } from '../kit/exit-venue.ts'
import { instrumentOf } from '../kit/records.ts'

describe('I-05: one processor decides exits, one exit at a time', () => {
  test('a page with a second writer of exit.signal does not build', () => {
    const second = processor({
      name: 'second-exit',
      doc: 'Would close positions too.',
      reads: [positionState],
      writes: [exitSignal],
      decide: () => unchanged,
    })
    const prices = processor({
      name: 'prices',
      doc: 'Gives prices.',
      reads: [exchangeTick],
      writes: [priceUpdate, markState],
      decide: () => unchanged,
    })
    const positions = processor({
      name: 'positions',
      doc: 'Gives positions.',
      reads: [exitSignal],
      writes: [positionState],
      decide: () => unchanged,
    })
    const page = { see: [prices], act: [positions] }
    expect(() => topology('page', { ...page, leave: [exitBrain] })).not.toThrow()
    expect(() => topology('page', { ...page, leave: [exitBrain, second] })).toThrow(
      'exit.signal: expected one writer, was exit-brain and second-exit',
    )
  })

  test.each(sides)('all rules at once give one exit of a %s, and name the others', (side) => {
    // A target within reach, a rung and the time stop, all hit by the same tick.
    const v = venue(side, { position: { horizon_ms: 1 } })
    const signals = v.prices(1030)
    expect(signals).toMatchObject([{ kind: 'TARGET', closes_all: true }])
    const names = signals[0]!.evidence.map((one) => one.name)
    expect(names).toEqual(expect.arrayContaining(['also_hit_harvest_1', 'also_hit_time_0']))
  })

  test.each(sides)('guard, stop and time at once give the guard of a %s', (side) => {
    const v = venue(side, {
      config: exitConfig({ ladder: [] }),
      instrument: { brackets: instrumentOf().brackets },
      position: { leverage: 20, horizon_ms: 1 },
    })
    const signals = v.prices(955)
    expect(signals).toMatchObject([{ kind: 'LIQUIDATION_GUARD' }])
    const names = signals[0]!.evidence.map((one) => one.name)
    expect(names).toEqual(expect.arrayContaining(['also_hit_stop_0', 'also_hit_time_0']))
  })

  test.each(sides)('while a %s is closing no second exit is decided, whatever hits', (side) => {
    const v = venue(side)
    v.answer = (signal) => {
      v.state({ status: 'CLOSING', pending_exit_id: signal.exit_id })
      return 'SILENT'
    }
    v.prices(990, 985, 1010, 1020, 1030, 950, 1030)
    v.seconds(5)
    expect(v.signals.map((signal) => signal.kind)).toEqual(['STOP'])
  })
})
