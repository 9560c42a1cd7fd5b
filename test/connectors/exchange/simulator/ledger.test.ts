import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decimalText, exact } from '../../../../schemas/decimal.ts'
import { bookFill, newAccount } from '../../../../connectors/exchange/simulator/ledger.ts'

const nothing = exact(0)

describe('realised PnL', () => {
  it('of a round trip is exactly what came in minus what went out, however it was closed', () => {
    const anyFills = fc.array(
      fc.record({
        quantity: fc.integer({ min: -9_999, max: 9_999 }).filter((n) => n !== 0),
        price: fc.integer({ min: 1, max: 9_999_999 }),
      }),
      { minLength: 1, maxLength: 20 },
    )
    fc.assert(
      fc.property(anyFills, fc.integer({ min: 1, max: 9_999_999 }), (fills, lastPrice) => {
        const account = newAccount('main', '0')
        let cash = nothing
        let held = nothing
        const fill = (quantity: typeof nothing, priceInCents: number): void => {
          const price = exact(priceInCents).dividedBy(100)
          bookFill(account, { symbol: 'X', signedQuantity: quantity, price, feeUsd: nothing })
          cash = cash.minus(quantity.times(price))
          held = held.plus(quantity)
        }
        for (const { quantity, price } of fills) fill(exact(quantity).dividedBy(1_000), price)
        if (!held.isZero()) fill(held.negated(), lastPrice)
        expect(account.positions).toEqual({})
        expect(account.realised_usd).toBe(decimalText(cash))
        expect(account.wallet_usd).toBe(decimalText(cash))
      }),
    )
  })

  it('of a third of a position is rounded to eight decimals, and the rest makes up for it', () => {
    const account = newAccount('main', '0')
    const fill = (quantity: string, price: string): void =>
      bookFill(account, {
        ...{ symbol: 'X', signedQuantity: exact(quantity), price: exact(price) },
        feeUsd: nothing,
      })
    fill('1', '10')
    fill('2', '10.1')
    fill('-1', '11')
    expect(account.realised_usd).toBe('0.93333333')
    fill('-2', '11')
    expect(account.realised_usd).toBe('2.8')
  })

  it('is exact where twenty digits are not enough', () => {
    const account = newAccount('main', '123456789012.12345678')
    const fill = (quantity: string, price: string): void =>
      bookFill(account, {
        ...{ symbol: 'X', signedQuantity: exact(quantity), price: exact(price) },
        feeUsd: exact('0.00000001'),
      })
    fill('987654321.123', '1234.5678901')
    fill('-987654321.123', '1234.5678902')
    expect(account.realised_usd).toBe('98.7654321123')
    expect(account.wallet_usd).toBe('123456789110.8888888723')
  })
})
