// Bars: complete ones only, gaps marked, nothing invented and nothing lost.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { marketBar, priceUpdate } from '../../../schemas/topics.ts'
import type { MarketBar, PriceUpdate } from '../../../schemas/types.gen.ts'
import { bars } from '../../../topologies/see/bars.ts'
import type { Given } from '../../kit/given.ts'
import { given, testConfig, tick } from '../../kit/given.ts'
import { priceUpdateOf } from '../../kit/records.ts'

/** A full minute. */
const minute = 1_700_000_040_000
const fiveSeconds = testConfig({ bars: { interval_ms: 5_000 } })

const update = (atMs: number, price: number, changes: Partial<PriceUpdate> = {}) =>
  [priceUpdate, priceUpdateOf({ price, tick_at_ms: minute + atMs, ...changes })] as const
const trade = (atMs: number, price: number, size: number | null, side: 'BUY' | 'SELL' | null) =>
  update(atMs, price, { last: price, last_size: size, taker_side: side })

const minutes = (): Given => given(bars, { startMs: minute })
const short = (): Given => given(bars, { startMs: minute, config: fiveSeconds })

describe('a bar', () => {
  it('holds open, high, low, close, volumes and counts of its interval', () => {
    minutes()
      .records(
        trade(0, 100, 2, 'BUY'),
        trade(10_000, 104, 1, 'SELL'),
        update(20_000, 97),
        trade(59_999, 101, 4, null),
      )
      .when(update(60_000, 105))
      .then([
        marketBar,
        {
          symbol: 'BTCUSDT',
          interval_ms: 60_000,
          open_at_ms: minute,
          close_at_ms: minute + 60_000,
          open: 100,
          high: 104,
          low: 97,
          close: 101,
          volume: 7,
          taker_buy_volume: 2,
          taker_sell_volume: 1,
          trade_count: 3,
          update_count: 4,
          complete: true,
          gap: false,
          missing_bars: 0,
          tick_at_ms: minute + 60_000,
        },
      ])
  })

  it('counts a trade of unknown size without inventing volume', () => {
    minutes()
      .records(trade(0, 100, null, 'BUY'))
      .when(tick(minute + 60_000))
      .then([marketBar, { volume: 0, taker_buy_volume: 0, trade_count: 1 }])
  })

  it('is not published while it is open', () => {
    minutes()
      .when(update(0, 100), update(59_999, 101), tick(minute + 59_999))
      .thenNothing()
  })

  it('starts with the update that completes the one before', () => {
    minutes()
      .records(update(0, 100), update(60_000, 105))
      .when(update(120_000, 90))
      .then([marketBar, { open: 105, high: 105, low: 105, close: 105, update_count: 1 }])
  })

  it('is completed by the clock when no update comes, once', () => {
    minutes()
      .records(update(0, 100))
      .when(tick(minute + 60_000), tick(minute + 61_000), tick(minute + 125_000))
      .then([marketBar, { open_at_ms: minute, tick_at_ms: minute + 60_000 }])
  })

  it('comes in both intervals, the shorter one first', () => {
    const world = short().records(update(0, 100), update(55_000, 101))
    world
      .when(update(60_000, 102))
      .then(
        [marketBar, { interval_ms: 5_000, open_at_ms: minute + 55_000, open: 101 }],
        [marketBar, { interval_ms: 60_000, open_at_ms: minute, open: 100, close: 101 }],
      )
  })

  it('comes once when the configured interval is the minute', () => {
    minutes()
      .records(update(0, 100))
      .when(tick(minute + 60_000))
      .then([marketBar, {}])
  })

  it('takes an update that arrives after the clock completed its bar into the next one', () => {
    const world = minutes().records(update(0, 100), tick(minute + 60_000))
    world.when(update(59_990, 107)).thenNothing()
    world
      .when(update(120_000, 101))
      .then([marketBar, { open_at_ms: minute + 60_000, open: 107, gap: false }])
  })
})

describe('gaps', () => {
  it('whole intervals without an update make no bars: the next bar counts them', () => {
    const world = minutes().records(update(0, 100), tick(minute + 60_000))
    world.when(tick(minute + 120_000), tick(minute + 180_000)).thenNothing()
    world
      .records(update(200_000, 103))
      .when(tick(minute + 240_000))
      .then([
        marketBar,
        { open_at_ms: minute + 180_000, open: 103, gap: true, missing_bars: 2, update_count: 1 },
      ])
  })

  it('the bar after a gap is whole again', () => {
    minutes()
      .records(update(0, 100), update(180_000, 103), update(240_000, 104))
      .when(update(300_000, 105))
      .then([marketBar, { open_at_ms: minute + 240_000, gap: false, missing_bars: 0 }])
  })

  it('neighbouring bars have no gap', () => {
    minutes()
      .records(update(0, 100), update(60_000, 103))
      .when(update(120_000, 104))
      .then([marketBar, { gap: false, missing_bars: 0 }])
  })
})

describe('the beginning', () => {
  it('a first bar of which the start was not seen is not published', () => {
    const world = minutes().records(update(1, 100))
    world.when(update(60_000, 101)).thenNothing()
    world.when(update(120_000, 102)).then([marketBar, { open_at_ms: minute + 60_000, gap: false }])
  })

  it('a restart goes on with the bar that was open', () => {
    minutes()
      .records(trade(0, 100, 1, 'BUY'), update(20_000, 110))
      .restarted()
      .records(trade(40_000, 105, 2, 'SELL'))
      .when(tick(minute + 60_000))
      .then([marketBar, { open: 100, high: 110, close: 105, volume: 3, update_count: 3 }])
  })

  it('keeps the symbols apart', () => {
    minutes()
      .records(update(0, 100), update(0, 50, { symbol: 'ETHUSDT' }))
      .when(tick(minute + 60_000))
      .then(
        [marketBar, { symbol: 'BTCUSDT', open: 100 }],
        [marketBar, { symbol: 'ETHUSDT', open: 50 }],
      )
  })
})

describe('whatever the times are', () => {
  const steps = fc.array(
    fc.record({
      afterMs: fc.oneof(
        fc.integer({ min: -3_000, max: 4_000 }),
        fc.integer({ min: 0, max: 40_000 }),
      ),
      price: fc.integer({ min: 90, max: 110 }),
      size: fc.integer({ min: 1, max: 9 }),
      clock: fc.boolean(),
    }),
    { minLength: 1, maxLength: 80 },
  )

  it('bars never overlap, never invent an interval, and lose no traded unit', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const world = short().records()
        const published: MarketBar[] = []
        let atMs = 0
        let newestMs = 0
        let traded = 0
        const run = (step: Parameters<Given['when']>[0]): void => {
          published.push(...world.when(step).outputs(marketBar))
        }
        run(trade(0, 100, 1, 'BUY'))
        traded++
        for (const step of all) {
          atMs = Math.max(0, newestMs + step.afterMs)
          newestMs = Math.max(newestMs, atMs)
          if (step.clock) run(tick(minute + newestMs))
          run(trade(atMs, step.price, step.size, 'SELL'))
          traded += step.size
        }
        // Far enough to complete whatever is open, late updates included.
        run(tick(minute + newestMs + 200_000))
        for (const intervalMs of [5_000, 60_000]) {
          const line = published.filter((bar) => bar.interval_ms === intervalMs)
          expect(line.reduce((sum, bar) => sum + bar.volume, 0)).toBe(traded)
          line.forEach((bar, i) => {
            expect(bar.complete).toBe(true)
            expect(bar.update_count).toBeGreaterThan(0)
            expect(bar.open_at_ms % intervalMs).toBe(0)
            expect(bar.low).toBeLessThanOrEqual(Math.min(bar.open, bar.close))
            expect(bar.high).toBeGreaterThanOrEqual(Math.max(bar.open, bar.close))
            expect(bar.tick_at_ms).toBeGreaterThanOrEqual(bar.close_at_ms)
            const before = line[i - 1]
            const missed =
              before === undefined ? 0 : (bar.open_at_ms - before.close_at_ms) / intervalMs
            expect(missed).toBeGreaterThanOrEqual(0)
            expect(bar).toMatchObject({ missing_bars: missed, gap: missed > 0 })
          })
        }
      }),
      { numRuns: 60, seed: 1 },
    )
  })
})
