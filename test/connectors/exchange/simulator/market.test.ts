import { describe, expect, it } from 'vitest'
import type { Market } from '../../../../connectors/exchange/simulator/market.ts'
import { createMarket } from '../../../../connectors/exchange/simulator/market.ts'
import type { ExchangeTick } from '../../../../schemas/types.gen.ts'
import { startMs } from './kit.ts'

const symbols = [
  { symbol: 'BTCUSDT', price: 97_000, tick_size: '0.1' },
  { symbol: '1000PEPEUSDT', price: 0.0123, tick_size: '0.0000001' },
]
const options = {
  ...{ symbols, venues: ['binance', 'bybit'], environment: 'PAPER' as const, startMs },
  ...{ seed: 7, ticksPerSecond: 40, liveliness: 1 },
}

function take(market: Market, count: number): ExchangeTick[] {
  return Array.from({ length: count }, () => market.next())
}

/** Mids of one symbol at one venue, second by second. */
function secondMids(ticks: ExchangeTick[], venue: string, symbol: string): number[] {
  const mids: number[] = []
  for (const one of ticks)
    if (one.venue === venue && one.symbol === symbol && one.bid !== null && one.ask !== null)
      mids[Math.floor((one.received_at_ms - startMs) / 1_000)] = (one.bid + one.ask) / 2
  return mids.filter((mid) => mid > 0)
}

describe('a generated market', () => {
  it('is the same for the same seed, start and symbols, and another for another seed or start', () => {
    const first = take(createMarket(options), 500)
    expect(take(createMarket(options), 500)).toEqual(first)
    expect(take(createMarket({ ...options, seed: 8 }), 500)).not.toEqual(first)
    const later = take(createMarket({ ...options, startMs: startMs + 1_000 }), 500)
    expect(later.map((one) => one.bid)).not.toEqual(first.map((one) => one.bid))
  })

  it('yields ticks that every venue would take: on the tick, not crossed, time going forward', () => {
    let atMs = startMs
    const market = createMarket(options)
    for (let index = 0; index < 20_000; index++) {
      expect(market.peekAtMs()).toBeGreaterThanOrEqual(atMs)
      atMs = market.peekAtMs()
      const one = market.next()
      expect(one.received_at_ms).toBe(atMs)
      const decimals = one.symbol === 'BTCUSDT' ? 1 : 7
      for (const price of [one.bid, one.ask, one.last, one.mark])
        if (price !== null) {
          expect(price).toBeGreaterThan(0)
          expect(price).toBe(Number(price.toFixed(decimals)))
        }
      if (one.bid !== null && one.ask !== null) expect(one.bid).toBeLessThan(one.ask)
      for (const size of [one.bid_size, one.ask_size, one.last_size])
        if (size !== null) expect(size).toBeGreaterThan(0)
    }
    expect(atMs - startMs).toBe(Math.floor(19_999 * 25))
  })

  it('gives quotes, trades and marks of every symbol at every venue, counted by sequence', () => {
    const ticks = take(createMarket(options), 2_000)
    for (const venue of options.venues)
      for (const { symbol } of symbols) {
        const mine = ticks.filter((one) => one.venue === venue && one.symbol === symbol)
        expect(mine.map((one) => one.sequence)).toEqual(mine.map((_, index) => index + 1))
        expect(mine[0]?.bid).not.toBeNull()
        expect(mine[1]).toMatchObject({ funding_interval_ms: 8 * 3_600_000 })
        expect(mine.filter((one) => one.last !== null).length).toBeGreaterThan(50)
        expect(mine.filter((one) => one.mark !== null).length).toBeGreaterThan(30)
      }
  })

  it('moves 50 bps and more within most minutes when lively, both up and down, and little when calm', () => {
    const range = (liveliness: number): number[] => {
      const market = createMarket({ ...options, liveliness, venues: ['binance'] })
      const mids = secondMids(take(market, 40 * 60 * 20), 'binance', 'BTCUSDT')
      const ranges: number[] = []
      for (let start = 0; start + 60 <= mids.length; start += 60) {
        const minute = mids.slice(start, start + 60)
        ranges.push((Math.max(...minute) / Math.min(...minute) - 1) * 10_000)
      }
      return ranges.sort((left, right) => left - right)
    }
    const lively = range(1)
    expect(lively[Math.floor(lively.length / 4)]).toBeGreaterThan(45)
    expect(lively.at(-1)).toBeLessThan(300)
    const calm = range(0.1)
    expect(calm[Math.floor(calm.length / 2)]).toBeLessThan(20)
  })

  it('trends in both directions within a few minutes, with order flow on the side of the trend', () => {
    const ticks = take(createMarket({ ...options, venues: ['binance'] }), 40 * 60 * 5)
    const mids = secondMids(ticks, 'binance', 'BTCUSDT')
    const moves = mids.slice(20).map((mid, index) => (mid / (mids[index] ?? mid) - 1) * 10_000)
    expect(Math.max(...moves)).toBeGreaterThan(20)
    expect(Math.min(...moves)).toBeLessThan(-20)
    const flow = new Map<number, number>()
    for (const one of ticks)
      if (one.taker_side !== null && one.symbol === 'BTCUSDT') {
        const window = Math.floor((one.received_at_ms - startMs) / 20_000)
        const signed = one.taker_side === 'BUY' ? 1 : -1
        flow.set(window, (flow.get(window) ?? 0) + signed)
      }
    let agreeing = 0
    for (const [window, sum] of flow) {
      const move = (mids[window * 20 + 19] ?? 0) - (mids[window * 20] ?? 0)
      if (Math.sign(move) === Math.sign(sum)) agreeing++
    }
    expect(agreeing / flow.size).toBeGreaterThan(0.6)
  })

  it('lets venues differ a little, and a pricing venue diverge now and then', () => {
    const ticks = take(createMarket(options), 40 * 60 * 15)
    const home = secondMids(ticks, 'binance', 'BTCUSDT')
    const away = secondMids(ticks, 'bybit', 'BTCUSDT')
    const gaps = home.map((mid, index) => Math.abs((away[index] ?? mid) / mid - 1) * 10_000)
    gaps.sort((left, right) => left - right)
    expect(gaps[Math.floor(gaps.length / 2)]).toBeLessThan(5)
    expect(gaps.at(-1)).toBeGreaterThan(9)
  })

  it('goes on from the last price of an earlier run', () => {
    const market = createMarket(options)
    market.resumeFrom({ BTCUSDT: 101_000, OTHER: 1 })
    const [first] = secondMids(take(market, 40), 'binance', 'BTCUSDT')
    expect(Math.abs((first ?? 0) / 101_000 - 1)).toBeLessThan(0.001)
  })

  it('stays within reach of its first price over days', () => {
    const market = createMarket({ ...options, ticksPerSecond: 0.5, venues: ['binance'] })
    let [low, high] = [Infinity, 0]
    for (const one of take(market, 100_000))
      if (one.symbol === 'BTCUSDT' && one.bid !== null) {
        low = Math.min(low, one.bid)
        high = Math.max(high, one.bid)
      }
    expect(low).toBeGreaterThan(97_000 * 0.7)
    expect(high).toBeLessThan(97_000 * 1.4)
  })

  it('that cannot be is refused', () => {
    expect(() => createMarket({ ...options, symbols: [] })).toThrow('expected a symbol')
    expect(() => createMarket({ ...options, ticksPerSecond: 0 })).toThrow('expected ticks')
    expect(() =>
      createMarket({ ...options, symbols: [{ symbol: 'X', price: 0, tick_size: '1' }] }),
    ).toThrow('expected a price above 0')
  })
})
