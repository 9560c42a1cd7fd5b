import { describe, expect, test } from 'vitest'
import { samplePrices } from '../../../../connectors/backtest/files/sample-prices.ts'
import { klinesHeader, marketFile, quotesHeader, tradesHeader } from '../../../kit/market-files.ts'

const at = 1_723_161_256_000

describe('a sample of prices', () => {
  test('zeros at the end are no decimals, and the step divides every price', () => {
    const rows = ['17204.50000000', '17210.0', '17199.5', '17207'].map(
      (price, index) => `${index},${price},${index + 1}.250,,${at},true`,
    )
    const file = marketFile('BTCUSD-trades-2024-08-08.csv', [tradesHeader, ...rows])
    expect(samplePrices(file)).toEqual({
      symbol: 'BTCUSD',
      rows: 4,
      firstPrice: 17204.5,
      lowestPrice: 17199.5,
      highestPrice: 17210,
      priceDecimals: 1,
      priceStep: '0.5',
      quantityDecimals: 2,
      quantityStep: '0.25',
    })
  })

  test('both sides of a book and all prices of a bar count', () => {
    const quotes = marketFile('A-bookTicker-2024-08-08.csv', [
      quotesHeader,
      `1,0.30,10,0.3001,30,${at},${at}`,
    ])
    expect(samplePrices(quotes)).toMatchObject({ priceStep: '0.0001', quantityStep: '10' })
    const bars = marketFile('A-1h-2024-08.csv', [klinesHeader, `${at},1,1.2,0.8,1,,,,,,,0`])
    expect(samplePrices(bars)).toMatchObject({ priceStep: '0.2', quantityStep: '1' })
  })

  test('bad rows are passed over, and rows past the limit are not read', () => {
    const rows = [`1,NaN,1,,${at},true`, 'short', `2,100,1,,${at},true`, `3,100.25,1,,${at},true`]
    const file = marketFile('A-trades-2024-08-08.csv', [tradesHeader, ...rows])
    expect(samplePrices(file, 3)).toMatchObject({ rows: 3, priceStep: '100', priceDecimals: 0 })
  })
})
