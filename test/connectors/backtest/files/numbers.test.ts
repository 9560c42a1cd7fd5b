import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  parseDecimal,
  parseId,
  parseSubMillisecondNs,
  parseTimeMs,
} from '../../../../connectors/backtest/files/numbers.ts'

const decimal = (text: string): number => parseDecimal(Buffer.from(text), 0, text.length)
const id = (text: string): number => parseId(Buffer.from(text), 0, text.length)
const timeMs = (text: string): number => parseTimeMs(Buffer.from(text), 0, text.length)
const subNs = (text: string): number => parseSubMillisecondNs(Buffer.from(text), 0, text.length)

describe('decimals from bytes', () => {
  test.for(['0.00', '61800.20', '0.3067', '1.59236584', '61837.63000000', '-4.5', '.5', '7.'])(
    'reads %s as Number does',
    (text) => {
      expect(decimal(text)).toBe(Number(text))
    },
  )

  test.for(['123456789012345678.12345678', '1.2e-7', '9007199254740993', '0.1000000000000000055'])(
    'reads %s as Number does, past the digits that are exact',
    (text) => {
      expect(decimal(text)).toBe(Number(text))
    },
  )

  test('reads every decimal that an exchange can write as Number does', () => {
    const digits = fc.nat({ max: 999_999_999 })
    fc.assert(
      fc.property(
        digits,
        fc.stringMatching(/^[0-9]{0,12}$/),
        fc.boolean(),
        (whole, rest, minus) => {
          const text = `${minus ? '-' : ''}${whole}${rest === '' ? '' : `.${rest}`}`
          return Object.is(decimal(text), Number(text))
        },
      ),
    )
  })

  test.for(['', ' ', '-', '.', 'NaN', 'Infinity', '1e999', '1.2.3', '1,5', '0x10', '12abc', ' 1'])(
    'is NaN for "%s"',
    (text) => {
      expect(decimal(text)).toBeNaN()
    },
  )

  test('reads no byte outside its field', () => {
    expect(parseDecimal(Buffer.from('12,34.5,67'), 3, 7)).toBe(34.5)
  })
})

describe('ids from bytes', () => {
  test('reads the largest exact whole number and refuses the next', () => {
    expect(id('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER)
    expect(id('9007199254740993')).toBeNaN()
  })

  test.for(['', '-1', '1.0', '12345678901234567', 'abc'])('is NaN for "%s"', (text) => {
    expect(id(text)).toBeNaN()
  })
})

describe('times from bytes', () => {
  test.for([
    ['1723161255', 1_723_161_255_000, 0],
    ['1723161255088', 1_723_161_255_088, 0],
    ['1723161255088169', 1_723_161_255_088, 169_000],
    ['1723161255088169167', 1_723_161_255_088, 169_167],
  ] as const)('reads %s in the unit that its digits say', ([text, ms, ns]) => {
    expect(timeMs(text)).toBe(ms)
    expect(subNs(text)).toBe(ns)
  })

  test.for(['', '0', '17231612550881', '172316125508a', '172316125508816916x', '-723161255088'])(
    'is NaN for "%s"',
    (text) => {
      expect(timeMs(text)).toBeNaN()
    },
  )
})
