import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exitConfig, sides, venue } from '../kit/exit-venue.ts'

/** A price that wanders around the first rung, at 1010. */
const around = (tick: number): number => 1010 + 2 * Math.sin(tick * 1.7) + 0.5 * Math.sin(tick / 9)
const thousand = Array.from({ length: 1_000 }, (_, tick) => around(tick))

describe.each(sides)('I-03: one exit for each rung of a %s', (side) => {
  test('a thousand ticks around one rung give one exit', () => {
    const v = venue(side)
    const signals = v.prices(...thousand)
    expect(signals.map((signal) => signal.exit_id)).toEqual(['position-1|HARVEST|1|1'])
    expect(v.position!.quantity.replace('-', '')).toBe('1.4')
  })

  test('also with a restart between any two of them', () => {
    const v = venue(side)
    for (const price of thousand.slice(0, 200)) {
      v.restart()
      v.prices(price)
    }
    expect(v.signals).toHaveLength(1)
  })

  test('also while the order is still at work at the venue', () => {
    const v = venue(side)
    v.answer = (signal) => {
      v.state({ status: 'CLOSING', pending_exit_id: signal.exit_id })
      return 'SILENT'
    }
    v.prices(...thousand)
    expect(v.signals).toHaveLength(1)
  })

  test('the identity is position, kind, rung and attempt: the price and profit at which it fires are not part of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1010, max: 1019 }),
        fc.integer({ min: 1010, max: 1019 }),
        (a, b) => {
          const [first] = venue(side).prices(a)
          const [second] = venue(side).prices(b)
          expect(first!.exit_id).toBe(second!.exit_id)
        },
      ),
      { numRuns: 20 },
    )
  })

  test('each of many rungs fires once, however often it is crossed', () => {
    const ladder = [1, 2, 3, 4, 5].map((r) => ({ r: r / 2, fraction: 0.15 }))
    const v = venue(side, { config: exitConfig({ ladder, trail_start_r: 9 }) })
    for (let round = 0; round < 20; round++) v.prices(1004, 1009, 1014, 1019, 1026, 1014, 1006)
    expect(v.signals.map((signal) => signal.rung)).toEqual([1, 2, 3, 4, 5])
    expect(v.position!.quantity.replace('-', '')).toBe('0.5')
  })
})
