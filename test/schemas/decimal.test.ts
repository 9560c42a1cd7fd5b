import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  exact,
  roundDownToStep,
  roundToBooked,
  roundToDigits,
  roundUpToBooked,
  roundUpToStep,
} from '../../schemas/decimal.ts'

describe('a rounding keeps its direction', () => {
  test.each([
    ['1.27', '0.1', '1.2', '1.3'],
    ['1.2', '0.1', '1.2', '1.2'],
    ['0.05', '0.1', '0', '0.1'],
    ['-0.05', '0.1', '-0.1', '0'],
    ['-1.27', '0.1', '-1.3', '-1.2'],
    ['-1.2', '0.1', '-1.2', '-1.2'],
  ])('%s in steps of %s is %s down and %s up', (value, step, down, up) => {
    expect(roundDownToStep(exact(value), exact(step)).toNumber() + 0).toBe(Number(down))
    expect(roundUpToStep(exact(value), exact(step)).toNumber() + 0).toBe(Number(up))
  })

  test('whatever the value and the step: never beyond one step, never the other way', () => {
    const number = fc.integer({ min: -1e9, max: 1e9 })
    fc.assert(
      fc.property(number, fc.integer({ min: 1, max: 1e6 }), (n, s) => {
        const [value, step] = [exact(n).dividedBy(1e4), exact(s).dividedBy(1e5)]
        const [down, up] = [roundDownToStep(value, step), roundUpToStep(value, step)]
        expect(down.lte(value) && up.gte(value)).toBe(true)
        expect(up.minus(down).lte(step)).toBe(true)
        expect(down.mod(step).isZero() && up.mod(step).isZero()).toBe(true)
      }),
    )
  })

  test('booked amounts have eight decimals: half to even, or up when something is demanded', () => {
    expect(roundToBooked(exact('0.000000005')).toFixed()).toBe('0')
    expect(roundToBooked(exact('0.000000015')).toFixed()).toBe('0.00000002')
    expect(roundUpToBooked(exact('0.0000000101')).toFixed()).toBe('0.00000002')
  })

  test('significant digits are rounded half to even', () => {
    expect(roundToDigits(exact('1.25'), 2).toFixed()).toBe('1.2')
    expect(roundToDigits(exact('1.35'), 2).toFixed()).toBe('1.4')
    expect(roundToDigits(exact('123456'), 2).toFixed()).toBe('120000')
  })
})
