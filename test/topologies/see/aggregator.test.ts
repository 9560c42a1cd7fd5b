// The aggregator: what gets into the consolidated price, what never does, and what is said about it.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  deadLetter,
  exchangeTick,
  markState,
  opsAlert,
  priceUpdate,
} from '../../../schemas/topics.ts'
import type { ExchangeTick } from '../../../schemas/types.gen.ts'
import { createTask } from '../../../topologies/kernel/task.ts'
import { aggregator } from '../../../topologies/see/aggregator.ts'
import type { Given } from '../../kit/given.ts'
import { given, testConfig, tick } from '../../kit/given.ts'
import { exchangeTickOf, startMs } from '../../kit/records.ts'

const three = testConfig({ pricing_venues: ['bybit', 'okx'] })

/** A tick with bid and ask around a mid, half a cent each way. */
const quote = (venue: string, mid: number, changes: Partial<ExchangeTick> = {}) =>
  [exchangeTick, exchangeTickOf({ venue, bid: mid - 0.005, ask: mid + 0.005, ...changes })] as const

const one = testConfig({ accounts: [{ name: 'main', symbols: ['BTCUSDT'] }] })
const alone = (): Given => given(aggregator, { config: one })
const among = (): Given => given(aggregator, { config: three })

describe('the consolidated price', () => {
  it('is the mid of the only venue, without a divergence', () => {
    alone()
      .when([exchangeTick, exchangeTickOf()])
      .then([
        priceUpdate,
        {
          price: 100,
          bid: 99.99,
          bid_size: 3,
          ask: 100.01,
          ask_size: 2,
          divergence_bps: null,
          fresh_venues: ['binance'],
          stale_venues: [],
          outlier_venues: [],
          age_ms: 0,
          tick_at_ms: startMs,
        },
      ])
  })

  it('is the mean of two fresh venues, with their distance in bps of it', () => {
    const [update] = among()
      .records(quote('binance', 100))
      .when(quote('bybit', 100.2))
      .outputs(priceUpdate)
    expect(update!.price).toBeCloseTo(100.1, 10)
    expect(update!.divergence_bps).toBeCloseTo((10_000 * 0.2) / 100.1, 6)
    expect(update).toMatchObject({ fresh_venues: ['binance', 'bybit'], stale_venues: ['okx'] })
  })

  it('is the median of three', () => {
    const [update] = among()
      .records(quote('binance', 100), quote('okx', 100.3))
      .when(quote('bybit', 100.1))
      .outputs(priceUpdate)
    expect(update!.price).toBeCloseTo(100.1, 10)
    expect(update!.fresh_venues).toEqual(['binance', 'bybit', 'okx'])
  })

  it('leaves out a venue far from the other two, and names it', () => {
    const [update] = among()
      .records(quote('binance', 100), quote('okx', 100.2))
      .when(quote('bybit', 105))
      .outputs(priceUpdate)
    expect(update!.price).toBeCloseTo(100.1, 10)
    expect(update!.divergence_bps).toBeCloseTo((10_000 * 0.2) / 100.1, 6)
    expect(update).toMatchObject({ outlier_venues: ['bybit'], fresh_venues: ['binance', 'okx'] })
  })

  it('shows the distance of an outlying trading venue, where orders would go', () => {
    const [update] = among()
      .records(quote('okx', 100), quote('bybit', 100))
      .when(quote('binance', 102))
      .outputs(priceUpdate)
    expect(update).toMatchObject({ outlier_venues: ['binance'], price: 100, bid: 101.995 })
    expect(update!.divergence_bps).toBeCloseTo(200, 6)
  })

  it('calls nobody an outlier when no majority agrees', () => {
    const [update] = among()
      .records(quote('binance', 100), quote('okx', 110))
      .when(quote('bybit', 120))
      .outputs(priceUpdate)
    expect(update).toMatchObject({ price: 110, outlier_venues: [] })
    expect(update!.divergence_bps).toBeCloseTo((10_000 * 20) / 110, 6)
  })

  it('does not judge two venues that disagree', () => {
    const [update] = among()
      .records(quote('binance', 100))
      .when(quote('bybit', 105))
      .outputs(priceUpdate)
    expect(update).toMatchObject({ price: 102.5, outlier_venues: [] })
  })

  it('takes the last trade of a venue that never quoted', () => {
    alone()
      .when([
        exchangeTick,
        exchangeTickOf({
          bid: null,
          bid_size: null,
          ask: null,
          ask_size: null,
          last: 100.5,
          last_size: 2,
          taker_side: 'BUY',
        }),
      ])
      .then([
        priceUpdate,
        { price: 100.5, bid: null, ask: null, spread_bps: null, last: 100.5, taker_side: 'BUY' },
      ])
  })

  it('says nothing before there is a price', () => {
    alone()
      .when([
        exchangeTick,
        exchangeTickOf({ bid: null, bid_size: null, ask: null, ask_size: null, mark: 100 }),
      ])
      .thenNothing()
  })

  it('reuses the same lists of names while the membership stays', () => {
    const task = createTask({
      sub: {
        name: 'market',
        processors: [aggregator],
        inputs: [exchangeTick],
        handedOn: new Set(),
        tables: [],
        changelogs: [],
      },
      partition: 0,
      partitions: { market: 1, account: 1 },
      logId: 'test',
      config: three,
      table: () => ({ get: () => undefined, values: () => [] }),
    })
    const listsAfter = (value: ExchangeTick): unknown[] => {
      task.process({
        topic: 'exchange.tick',
        key: value.symbol,
        value,
        at_ms: value.received_at_ms,
        partition: 0,
        offset: 0,
      })
      const update = task.takeOutputs()[0]!.value as Record<string, unknown>
      return [update['fresh_venues'], update['stale_venues'], update['outlier_venues']]
    }
    const first = listsAfter(exchangeTickOf())
    const second = listsAfter(exchangeTickOf({ received_at_ms: startMs + 1 }))
    second.forEach((list, i) => {
      expect(list).toBe(first[i])
    })
    const third = listsAfter(exchangeTickOf({ venue: 'okx', received_at_ms: startMs + 2 }))
    expect(third[0]).toEqual(['binance', 'okx'])
    expect(third[0]).not.toBe(first[0])
  })
})

describe('freshness', () => {
  it('a venue leaves when its quote is older than the limit, not before', () => {
    const world = among()
      .records(quote('bybit', 101))
      .at(startMs + 5_000)
    const at = { received_at_ms: startMs + 5_000 }
    expect(world.when(quote('binance', 100, at)).outputs(priceUpdate)[0]!.fresh_venues).toEqual([
      'binance',
      'bybit',
    ])
    world.at(startMs + 5_001)
    const later = { received_at_ms: startMs + 5_001 }
    world.when(quote('binance', 100, later)).then([
      priceUpdate,
      {
        price: 100,
        fresh_venues: ['binance'],
        stale_venues: ['bybit', 'okx'],
        divergence_bps: null,
      },
    ])
  })

  it.each([
    ['1.27 s ahead', 1_270],
    ['an hour ahead', 3_600_000],
    ['an hour behind', -3_600_000],
  ])("a venue's clock that runs %s changes nothing", (_, aheadMs) => {
    alone()
      .when(quote('binance', 100, { venue_at_ms: startMs + aheadMs }))
      .then([priceUpdate, { price: 100, age_ms: 0, fresh_venues: ['binance'] }])
  })

  it('an age is never negative, even when receipt is ahead of our own clock', () => {
    alone()
      .when(quote('binance', 100, { received_at_ms: startMs + 2_000 }))
      .then([priceUpdate, { age_ms: 0, fresh_venues: ['binance'] }])
  })

  it("hides the trading venue's bid, ask and mark when they are stale, and keeps pricing from the others", () => {
    among()
      .records(quote('binance', 100, { mark: 100 }))
      .at(startMs + 6_000)
      .when(quote('bybit', 101, { received_at_ms: startMs + 6_000 }))
      .then([
        priceUpdate,
        {
          price: 101,
          bid: null,
          bid_size: null,
          ask: null,
          ask_size: null,
          mark: null,
          spread_bps: null,
          age_ms: 6_000,
          fresh_venues: ['bybit'],
          stale_venues: ['binance', 'okx'],
        },
      ])
  })

  it('prices from trades when only the quotes stop, and shows no bid or ask then', () => {
    alone()
      .records(quote('binance', 100))
      .at(startMs + 6_000)
      .when([
        exchangeTick,
        exchangeTickOf({
          bid: null,
          bid_size: null,
          ask: null,
          ask_size: null,
          last: 98,
          last_size: 1,
          received_at_ms: startMs + 6_000,
        }),
      ])
      .then([priceUpdate, { price: 98, bid: null, ask: null, age_ms: 6_000 }])
  })

  it('a quote that arrives late does not replace a newer one', () => {
    alone()
      .records(quote('binance', 100))
      .when(quote('binance', 90, { received_at_ms: startMs - 1_000 }))
      .then([priceUpdate, { price: 100, tick_at_ms: startMs - 1_000 }])
  })
})

describe('funding', () => {
  it.each([
    ['1 hour', 3_600_000, 0.0008],
    ['4 hours', 4 * 3_600_000, 0.0002],
    ['8 hours', 8 * 3_600_000, 0.0001],
  ])('is scaled from an interval of %s to eight hours', (_, intervalMs, scaled) => {
    const funding = { funding_rate: 0.0001, funding_interval_ms: intervalMs }
    const [update] = alone()
      .when(quote('binance', 100, funding))
      .outputs(priceUpdate)
    expect(update!.funding_rate_8h).toBeCloseTo(scaled, 12)
  })

  it('is unknown, not small, while its interval is unknown', () => {
    alone()
      .when(quote('binance', 100, { funding_rate: 0.0001 }))
      .then([priceUpdate, { funding_rate_8h: null }])
  })

  it("is the trading venue's, never another's", () => {
    among()
      .records(quote('binance', 100))
      .when(quote('bybit', 100, { funding_rate: 0.01, funding_interval_ms: 28_800_000 }))
      .then([priceUpdate, { funding_rate_8h: null }])
  })
})

describe('refused ticks', () => {
  const refusals: [string, Partial<ExchangeTick>, string][] = [
    ['a NaN bid', { bid: NaN }, 'bid'],
    ['a NaN ask', { ask: NaN }, 'ask'],
    ['a bid of zero', { bid: 0 }, 'bid'],
    ['a negative ask', { ask: -1 }, 'ask'],
    ['an infinite ask', { ask: Infinity }, 'ask'],
    ['a bid without an ask', { ask: null }, 'ask'],
    ['a crossed book', { bid: 100.02 }, 'crossed book'],
    ['a negative size', { bid_size: -1 }, 'bid_size'],
    ['a NaN size', { ask_size: NaN }, 'ask_size'],
    ['a last price of zero', { last: 0, last_size: 1 }, 'last'],
    ['a NaN last price', { last: NaN, last_size: 1 }, 'last'],
    ['a trade of size zero', { last: 100, last_size: 0 }, 'last_size'],
    ['a NaN mark', { mark: NaN }, 'mark'],
    ['a negative mark', { mark: -100 }, 'mark'],
    ['a NaN funding rate', { funding_rate: NaN }, 'funding_rate'],
    ['a funding interval of zero', { funding_interval_ms: 0 }, 'funding_interval_ms'],
    ['time going back beyond the tolerance', { received_at_ms: startMs - 5_001 }, 'going back'],
    ['time from the future', { received_at_ms: startMs + 5_001 }, 'in the future'],
    ['an unknown venue', { venue: 'mtgox' }, 'venue: expected binance'],
    ['another environment', { environment: 'LIVE' }, 'environment: expected PAPER, was LIVE'],
  ]
  it.each(refusals)('%s is a dead letter and changes no price', (_, changes, detail) => {
    const world = alone().records([exchangeTick, exchangeTickOf()])
    const bad = exchangeTickOf({ bid: 99.9, ask: 100.01, ...changes })
    world.when([exchangeTick, bad]).then([
      deadLetter,
      {
        topic: 'exchange.tick',
        key: 'BTCUSDT',
        offset: 1,
        processor: 'aggregator',
        cause: 'INVALID_VALUE',
        payload_encoding: 'JSON',
      },
    ])
    const [letter] = world.outputs(deadLetter)
    expect(letter!.detail).toContain(detail)
    expect(JSON.parse(letter!.payload)).toMatchObject({ symbol: 'BTCUSDT' })
    world
      .when([
        exchangeTick,
        exchangeTickOf({ bid: null, bid_size: null, ask: null, ask_size: null, mark: 100 }),
      ])
      .then([priceUpdate, { price: 100, bid: 99.99, ask: 100.01 }])
  })

  it('a locked book is sound: venues show it for moments', () => {
    alone()
      .when([exchangeTick, exchangeTickOf({ bid: 100, ask: 100 })])
      .then([priceUpdate, { price: 100, spread_bps: 0 }])
  })

  it('time that goes back inside the tolerance is sound', () => {
    alone()
      .records([exchangeTick, exchangeTickOf()])
      .when([exchangeTick, exchangeTickOf({ received_at_ms: startMs - 5_000 })])
      .then([priceUpdate, { price: 100 }])
  })

  it('the payload of a NaN stays readable', () => {
    const [letter] = alone()
      .when([exchangeTick, exchangeTickOf({ bid: NaN })])
      .outputs(deadLetter)
    expect(JSON.parse(letter!.payload)).toMatchObject({ bid: 'NaN' })
  })

  it('a symbol without one sound tick leaves no state behind', () => {
    const world = alone()
    const configured = world.liveKeys()
    world.when([exchangeTick, exchangeTickOf({ symbol: 'FAKEUSDT', bid: NaN })])
    expect(world.liveKeys()).toBe(configured)
  })

  const junk = fc.constantFrom<number | null>(
    null,
    NaN,
    Infinity,
    -Infinity,
    0,
    -1,
    1e-300,
    1e300,
    100,
  )
  const price = fc.oneof(junk, fc.double({ min: 90, max: 110, noNaN: true }))
  const anyTick = fc.record({
    venue: fc.constantFrom('binance', 'bybit', 'okx', 'mtgox'),
    bid: price,
    ask: price,
    bid_size: junk,
    ask_size: junk,
    last: price,
    last_size: junk,
    mark: price,
    received_at_ms: fc.integer({ min: startMs - 20_000, max: startMs + 20_000 }),
  })
  it('never a number that is no price comes out, whatever goes in', () => {
    fc.assert(
      fc.property(fc.array(anyTick, { maxLength: 30 }), (ticks) => {
        const world = among().at(startMs)
        for (const changes of ticks) {
          world.when([exchangeTick, exchangeTickOf(changes)])
          const updates = world.outputs(priceUpdate)
          const letters = world.outputs(deadLetter)
          expect(updates.length + letters.length).toBeLessThanOrEqual(1)
          for (const update of updates) {
            for (const value of [update.price, update.bid, update.ask, update.mark, update.last])
              expect(value === null || (value > 0 && value < Infinity)).toBe(true)
            expect(update.bid === null || update.bid <= update.ask!).toBe(true)
            expect(update.divergence_bps ?? 0).toBeGreaterThanOrEqual(0)
            expect(update.age_ms).toBeGreaterThanOrEqual(0)
            expect(update.fresh_venues.length).toBeGreaterThan(0)
            expect(
              [...update.fresh_venues, ...update.stale_venues, ...update.outlier_venues].sort(),
            ).toEqual(['binance', 'bybit', 'okx'])
          }
        }
      }),
      { numRuns: 60, seed: 1 },
    )
  })
})

describe('mark.state', () => {
  it('is written by the clock when a tick came, and not again without one', () => {
    const world = alone().records([exchangeTick, exchangeTickOf({ mark: 100.1 })])
    world.when(tick(startMs + 1_000)).then([
      markState,
      {
        symbol: 'BTCUSDT',
        environment: 'PAPER',
        price: 100,
        bid: 99.99,
        ask: 100.01,
        mark: 100.1,
        fresh: true,
        price_at_ms: startMs,
      },
    ])
    world.when(tick(startMs + 2_000)).thenNothing()
  })

  it('is written once more when the price becomes stale, together with one alert', () => {
    const world = alone().records([exchangeTick, exchangeTickOf()], tick(startMs + 1_000))
    world.when(tick(startMs + 5_000)).thenNothing()
    world
      .when(tick(startMs + 6_000), tick(startMs + 7_000))
      .then(
        [markState, { fresh: false, price: 100, bid: null, ask: null, price_at_ms: startMs }],
        [
          opsAlert,
          { alert_id: 'STALE_PRICE|BTCUSDT', state: 'RAISED', raised_at_ms: startMs + 6_000 },
        ],
      )
  })

  it('becomes fresh again with the next quote, and the alert is cleared once', () => {
    const world = alone().records([exchangeTick, exchangeTickOf()], tick(startMs + 6_000))
    world
      .at(startMs + 6_500)
      .records([exchangeTick, exchangeTickOf({ received_at_ms: startMs + 6_500 })])
      .when(tick(startMs + 7_000), tick(startMs + 8_000))
      .then(
        [markState, { fresh: true, bid: 99.99 }],
        [
          opsAlert,
          { alert_id: 'STALE_PRICE|BTCUSDT', state: 'CLEARED', raised_at_ms: startMs + 6_000 },
        ],
      )
  })

  it('an alert that was open over a restart is cleared, not raised again', () => {
    const world = alone()
      .records([exchangeTick, exchangeTickOf()], tick(startMs + 6_000))
      .restarted()
      .at(startMs + 60_000)
      .records([exchangeTick, exchangeTickOf({ received_at_ms: startMs + 60_000 })])
    world
      .when(tick(startMs + 61_000))
      .then([markState, { fresh: true }], [opsAlert, { state: 'CLEARED' }])
  })

  it('is not fresh while only other venues price', () => {
    among()
      .records(quote('bybit', 101))
      .when(tick(startMs + 1_000))
      .then([markState, { fresh: false, price: 101, bid: null, ask: null, mark: null }])
  })

  it('follows a pricing venue that falls silent between ticks', () => {
    among()
      .records(quote('bybit', 102))
      .at(startMs + 4_000)
      .records(quote('binance', 100, { received_at_ms: startMs + 4_000 }), tick(startMs + 4_000))
      .when(tick(startMs + 6_000))
      .then([markState, { price: 100, divergence_bps: null, fresh: true }])
  })

  it('a mark price alone does not make an old price look new', () => {
    alone()
      .records([exchangeTick, exchangeTickOf()])
      .at(startMs + 4_000)
      .records([
        exchangeTick,
        exchangeTickOf({
          bid: null,
          bid_size: null,
          ask: null,
          ask_size: null,
          mark: 100,
          received_at_ms: startMs + 4_000,
        }),
      ])
      .when(tick(startMs + 4_000))
      .then([markState, { price_at_ms: startMs, mark: 100 }])
  })
})

describe('a symbol that no price came for', () => {
  const config = testConfig({ accounts: [{ name: 'main', symbols: ['BTCUSDT', 'ETHUSDT'] }] })
  const raised = (subject: string) =>
    [opsAlert, { alert_id: `STALE_PRICE|${subject}`, state: 'RAISED' }] as const

  it('is an alert of each configured symbol, once, within the limit after the start', () => {
    const world = given(aggregator, { config })
    world.when(tick(startMs), tick(startMs + 5_000)).thenNothing()
    world
      .when(tick(startMs + 6_000), tick(startMs + 60_000))
      .then(raised('BTCUSDT'), raised('ETHUSDT'))
    expect(world.outputs(opsAlert)[0]!.detail).toContain('no quote yet')
  })

  it('is the same after a restart onto a dead feed', () => {
    const world = given(aggregator, { config })
      .records([exchangeTick, exchangeTickOf()], tick(startMs + 1_000))
      .restarted()
    world.when(tick(startMs + 600_000), tick(startMs + 605_000)).thenNothing()
    world.when(tick(startMs + 606_000)).then(raised('BTCUSDT'), raised('ETHUSDT'))
  })

  it('a refused tick does not end the watch', () => {
    const world = given(aggregator, { config })
    world
      .records([exchangeTick, exchangeTickOf({ bid: NaN })], tick(startMs))
      .when(tick(startMs + 6_000))
      .then(raised('BTCUSDT'), raised('ETHUSDT'))
  })

  it('clears with the first quote', () => {
    const world = given(aggregator, { config }).records(tick(startMs), tick(startMs + 6_000))
    world
      .at(startMs + 7_000)
      .records([exchangeTick, exchangeTickOf({ received_at_ms: startMs + 7_000 })])
      .when(tick(startMs + 7_000))
      .then([markState, { fresh: true }], [opsAlert, { subject: 'BTCUSDT', state: 'CLEARED' }])
  })
})
