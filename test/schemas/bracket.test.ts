import { describe, expect, test } from 'vitest'
import { bracketOf } from '../../schemas/bracket.ts'
import { exact } from '../../schemas/decimal.ts'
import { instrumentOf } from '../kit/records.ts'

describe('the bracket of a notional', () => {
  const { brackets } = instrumentOf()
  const [low, high] = brackets

  test.each([
    ['0', low],
    ['49999.99999999', low],
    ['50000', high],
    ['50000.00000001', high],
    ['9999999.99', high],
  ])('%s USD: it holds from its floor on and ends before its cap', (notional, expected) => {
    expect(bracketOf({ brackets }, exact(notional))).toBe(expected)
  })

  test('from the last cap on is the last one, and none without brackets', () => {
    expect(bracketOf({ brackets }, exact('10000000'))).toBe(high)
    expect(bracketOf({ brackets: [] }, exact('1'))).toBeNull()
  })
})
