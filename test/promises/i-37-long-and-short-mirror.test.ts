import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exact } from '../../schemas/decimal.ts'
import { levelFault, levelsFor } from '../../topologies/decide/levels.ts'
import { intentIn } from '../kit/routing.ts'

/** A reference on the tick grid, so that a mirror image exists on the grid. */
const anyLevels = fc.record({
  ticks: fc.integer({ min: 1_000, max: 50_000_000 }),
  tickSize: fc.constantFrom('0.0000001', '0.001', '0.01', '0.1', '0.25', '1', '5'),
  stopDistanceBps: fc.double({ min: 0.5, max: 2_000, noNaN: true }),
  targetR: fc.double({ min: 0.2, max: 4, noNaN: true }),
})

const build = ({
  ticks,
  tickSize,
  ...rest
}: {
  ticks: number
  tickSize: string
  stopDistanceBps: number
  targetR: number
}) => {
  const options = { ...rest, tickSize, reference: Number(exact(tickSize).times(ticks).toFixed()) }
  return {
    long: levelsFor({ ...options, side: 'BUY' }),
    short: levelsFor({ ...options, side: 'SELL' }),
  }
}

describe('I-37', () => {
  it('a stop always loses: below the entry of a long, above the entry of a short', () => {
    fc.assert(
      fc.property(anyLevels, (options) => {
        const { long, short } = build(options)
        expect(long.stop.lt(long.reference)).toBe(true)
        expect(short.stop.gt(short.reference)).toBe(true)
      }),
    )
  })

  it('a target wins, or the levels have a fault on both sides', () => {
    fc.assert(
      fc.property(anyLevels, (options) => {
        const { long, short } = build(options)
        const band = { maxStopBps: 1e9, targetR: 10 }
        const faults = [levelFault(long, 'BUY', band), levelFault(short, 'SELL', band)]
        expect(faults[0] === null).toBe(faults[1] === null)
        if (faults[0] !== null) return
        expect(long.target.gt(long.reference)).toBe(true)
        expect(short.target.lt(short.reference)).toBe(true)
      }),
    )
  })

  it('long and short mirror each other exactly, to the last digit', () => {
    fc.assert(
      fc.property(anyLevels, (options) => {
        const { long, short } = build(options)
        const { reference } = long
        expect(reference.minus(long.stop).toFixed()).toBe(short.stop.minus(reference).toFixed())
        expect(long.target.minus(reference).toFixed()).toBe(reference.minus(short.target).toFixed())
      }),
    )
  })

  it('levels taken for the other side are always a fault', () => {
    fc.assert(
      fc.property(anyLevels, (options) => {
        const { long, short } = build(options)
        const band = { maxStopBps: 1e9, targetR: 10 }
        expect(levelFault(long, 'SELL', band)).not.toBeNull()
        expect(levelFault(short, 'BUY', band)).not.toBeNull()
      }),
    )
  })

  it('intents of both sides in a mirrored market have mirrored levels and equal size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.double({ min: 1, max: 40, noNaN: true }),
        (rate, atr_bps) => {
          const flat = { bid: 100, ask: 100 }
          const signal = { atr_bps, expected_move_bps: 900 }
          const funding = rate / 100_000
          const long = intentIn({ signal, price: { ...flat, funding_rate_8h: funding } })
          const short = intentIn({
            signal: { ...signal, action: 'SELL' },
            price: { ...flat, funding_rate_8h: -funding },
          })
          expect(exact(long.stop_price).plus(short.stop_price).toFixed()).toBe('200')
          expect(exact(long.target_price).plus(short.target_price).toFixed()).toBe('200')
          expect(short.notional_usd).toBe(long.notional_usd)
          expect(short.risk_usd).toBe(long.risk_usd)
          expect(short.leverage).toBe(long.leverage)
          expect(short.score).toBe(long.score)
        },
      ),
      { numRuns: 60 },
    )
  })
})
