// What holds for every path of the price: long and short mirror each other, stops only tighten, no more is closed than is open.
import fc from 'fast-check'
import { Decimal } from 'decimal.js'
import { describe, expect, test } from 'vitest'
import type { Config } from '../../schemas/config.ts'
import type { ExitSignal } from '../../schemas/types.gen.ts'
import { exitConfig, mirrored, venue } from '../kit/exit-venue.ts'
import type { Answer, Side, Venue } from '../kit/exit-venue.ts'

type Settings = Config['exits']

/** Prices on a grid of 0.25 mirror exactly at 1000. */
const price = fc.integer({ min: -80, max: 200 }).map((quarters) => 1000 + quarters / 4)
const path = fc.array(price, { minLength: 1, maxLength: 60 })
const answers = fc.array(
  fc.constantFrom<Answer>('FILLED', 'FILLED', 'REFUSED', 'SILENT', 0.25, 0.5),
  { minLength: 1, maxLength: 10 },
)
const exits = fc.record({
  ladder: fc.constantFrom<Settings['ladder']>(
    [],
    [
      { r: 0.5, fraction: 0.25 },
      { r: 1, fraction: 0.5 },
    ],
    [
      { r: 1, fraction: 0.3 },
      { r: 2, fraction: 0.3 },
    ],
  ),
  trail_start_r: fc.constantFrom(1, 1.5, 2),
  trail_r: fc.constantFrom(0.5, 1, 2),
  trail_step_r: fc.constantFrom(0.1, 0.5),
})

/** Plays a path: a tick for each price, every tenth followed by three seconds of the clock; a restart where asked. */
function play(
  side: Side,
  prices: readonly number[],
  replies: readonly Answer[],
  settings: Partial<Settings>,
  restartAt = -1,
): Venue {
  const v = venue(side, { config: exitConfig(settings) })
  let count = 0
  v.answer = () => replies[count++ % replies.length]!
  prices.forEach((one, i) => {
    if (v.position === null) return
    if (i === restartAt) v.restart()
    v.prices(one)
    if (i % 10 === 9) v.seconds(3)
  })
  return v
}

const stopsOf = (v: Venue): Decimal[] =>
  v.levels
    .filter((change) => change.level === 'STOP')
    .map((change) => new Decimal(change.new_price))

describe('for every path of the price', () => {
  test('long and short mirror each other', () => {
    fc.assert(
      fc.property(path, answers, exits, (prices, replies, settings) => {
        const long = play('LONG', prices, replies, settings)
        const short = play('SHORT', prices, replies, settings)
        const number = (text: string | null): number | null => (text === null ? null : Number(text))
        const mirror = (text: string | null): number | null =>
          text === null ? null : mirrored(Number(text))
        const decision = (signal: ExitSignal) => [
          signal.exit_id,
          signal.quantity,
          signal.closes_all,
          signal.r_multiple,
          signal.created_at_ms,
        ]
        expect(short.signals.map(decision)).toEqual(long.signals.map(decision))
        expect(short.signals.map((signal) => mirror(signal.observed_price))).toEqual(
          long.signals.map((signal) => number(signal.observed_price)),
        )
        expect(short.levels.map((change) => [change.reason, mirror(change.new_price)])).toEqual(
          long.levels.map((change) => [change.reason, Number(change.new_price)]),
        )
      }),
      { numRuns: 300 },
    )
  })

  test('stops only tighten, over restarts too', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Side>('LONG', 'SHORT'),
        path,
        answers,
        exits,
        fc.nat(60),
        (side, prices, replies, settings, restartAt) => {
          const v = play(side, prices, replies, settings, restartAt)
          const stops = stopsOf(v)
          for (let i = 1; i < stops.length; i++)
            expect(
              stops[i]!.minus(stops[i - 1]!)
                .times(side === 'LONG' ? 1 : -1)
                .gt(0),
            ).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('no signal closes more than is open, and no identity is used twice', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Side>('LONG', 'SHORT'),
        path,
        answers,
        exits,
        (side, prices, replies, settings) => {
          const v = venue(side, { config: exitConfig(settings) })
          let count = 0
          v.answer = (signal) => {
            const open = new Decimal(v.position!.quantity).abs()
            expect(new Decimal(signal.quantity).gt(0)).toBe(true)
            expect(open.gte(signal.quantity)).toBe(true)
            expect(signal.closes_all).toBe(open.eq(signal.quantity))
            return replies[count++ % replies.length]!
          }
          for (const one of prices) if (v.position !== null) v.prices(one)
          const ids = v.signals.map((signal) => signal.exit_id)
          expect(new Set(ids).size).toBe(ids.length)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a restart changes nothing', () => {
    fc.assert(
      fc.property(path, answers, exits, fc.nat(60), (prices, replies, settings, restartAt) => {
        const without = play('LONG', prices, replies, settings)
        const restarted = play('LONG', prices, replies, settings, restartAt)
        expect(restarted.signals).toEqual(without.signals)
        expect(restarted.levels).toEqual(without.levels)
      }),
      { numRuns: 100 },
    )
  })
})
