// The readers on recorded markets: counts and order as the recordings have them.
import { describe, expect, test } from 'vitest'
import { samplePrices } from '../../../../connectors/backtest/files/sample-prices.ts'
import { needMarketData } from '../../../kit/data.ts'
import { readFeed } from '../../../kit/market-files.ts'

const futures = ['BTCUSDT', 'ETHUSDT'].flatMap((symbol) => [
  `trades/binance_um_${symbol}_trades_20240808T2354.csv.gz`,
  `quotes/binance_um_${symbol}_bookTicker_20240808T2354.csv.gz`,
])

describe('recorded market data', () => {
  test('345 s of two futures merge into 155,470 ticks in order of receipt, none refused', (context) => {
    const { ticks, badRows } = readFeed(needMarketData(context, ...futures))
    expect(badRows).toEqual([])
    expect(ticks).toHaveLength(155_470)
    expect(ticks.filter((tick) => tick.last !== null)).toHaveLength(21_313 + 14_076)
    const backwards = ticks.filter(
      (tick, index) => tick.received_at_ms < (ticks[index - 1]?.received_at_ms ?? 0),
    )
    expect(backwards).toEqual([])
  })

  test('the recorder ran behind the exchange, and the feed keeps both times', (context) => {
    const { ticks } = readFeed(needMarketData(context, ...futures.slice(0, 1)))
    const aheadMs = ticks.map((tick) => Number(tick.venue_at_ms) - tick.received_at_ms)
    expect(Math.min(...aheadMs)).toBeGreaterThan(1_000)
  })

  test('inflating by a thread changes nothing', (context) => {
    const files = needMarketData(context, ...futures.slice(0, 2))
    expect(readFeed(files, { wholeInflateLimitBytes: 0 })).toEqual(readFeed(files))
  })

  test('spot quotes have no venue time', (context) => {
    const [file = ''] = needMarketData(
      context,
      'quotes/binance_spot_BTCUSDT_bookTicker_20240808T2354.csv.gz',
    )
    const { ticks, badRows } = readFeed([file])
    expect([ticks.length, badRows.length]).toEqual([73_174, 0])
    expect(ticks.every((tick) => tick.venue_at_ms === null)).toBe(true)
  })

  test('four and a half years of hours are four ticks a bar, with their 30 missing hours', (context) => {
    const [file = ''] = needMarketData(
      context,
      'klines/bitvavo_spot_BTCEUR_1h_20191231_20240531.csv.gz',
    )
    const { ticks, badRows } = readFeed([file])
    expect([ticks.length, badRows.length]).toEqual([4 * 38_682, 0])
    const hours =
      (Number(ticks.at(-1)?.received_at_ms) + 1 - Number(ticks[0]?.received_at_ms)) / 3_600_000
    expect(hours).toBe(38_682 + 30)
  })

  test('the price step of the futures is the one that the exchange states', (context) => {
    const [bitcoin = '', , ether = ''] = needMarketData(context, ...futures)
    expect(samplePrices(bitcoin)).toMatchObject({ priceStep: '0.1', quantityStep: '0.001' })
    expect(samplePrices(ether)).toMatchObject({ priceStep: '0.01', quantityStep: '0.001' })
  })
})
