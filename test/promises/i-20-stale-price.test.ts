// Prices once stood still for days and nobody noticed.
import { describe, expect, it } from 'vitest'
import { exchangeTick, markState, opsAlert, priceUpdate } from '../../schemas/topics.ts'
import type { ExchangeTick } from '../../schemas/types.gen.ts'
import { aggregator } from '../../topologies/see/aggregator.ts'
import { given, testConfig, tick } from '../kit/given.ts'
import { exchangeTickOf, startMs } from '../kit/records.ts'

const noQuote = { bid: null, bid_size: null, ask: null, ask_size: null }

describe('I-20: a stale price is never taken for a fresh one, and says so once', () => {
  it.each<[string, Partial<ExchangeTick> | null]>([
    ['nothing comes any more', null],
    ['only mark prices come', { ...noQuote, mark: 100 }],
    ['only another venue prices', { venue: 'bybit' }],
    ['only funding comes', { ...noQuote, funding_rate: 0.0001 }],
  ])('the trading venue stops quoting and %s: not fresh, no bid or ask, one alert', (_, still) => {
    const accounts = [{ name: 'main', symbols: ['BTCUSDT'] }]
    const config = testConfig({ pricing_venues: ['bybit'], accounts })
    const world = given(aggregator, { config }).when([exchangeTick, exchangeTickOf()])
    const marks = []
    const alerts = []
    for (let second = 1; second <= 60; second++) {
      const atMs = startMs + 1_000 * second
      world.at(atMs)
      const more = still === null ? [] : [exchangeTickOf({ ...still, received_at_ms: atMs })]
      world.when(...more.map((value) => [exchangeTick, value] as const), tick(atMs))
      marks.push(...world.outputs(markState))
      alerts.push(...world.outputs(opsAlert))
      for (const update of world.outputs(priceUpdate))
        if (second > 5) expect(update).toMatchObject({ bid: null, ask: null, mark: null })
    }
    expect(marks.at(-1)).toMatchObject({ fresh: false, bid: null, ask: null })
    expect(alerts).toMatchObject([
      { alert_id: 'STALE_PRICE|BTCUSDT', state: 'RAISED', raised_at_ms: startMs + 6_000 },
    ])
    world.at(startMs + 61_000)
    world.when(
      [exchangeTick, exchangeTickOf({ received_at_ms: startMs + 61_000 })],
      tick(startMs + 61_000),
      tick(startMs + 62_000),
    )
    expect(world.outputs(opsAlert)).toMatchObject([{ state: 'CLEARED' }])
    expect(world.outputs(markState).at(-1)).toMatchObject({ fresh: true, bid: 99.99 })
  })

  it('each symbol has its own freshness and its own alert', () => {
    const world = given(aggregator).records(
      [exchangeTick, exchangeTickOf()],
      [exchangeTick, exchangeTickOf({ symbol: 'ETHUSDT' })],
    )
    world
      .at(startMs + 5_000)
      .records([
        exchangeTick,
        exchangeTickOf({ symbol: 'ETHUSDT', received_at_ms: startMs + 5_000 }),
      ])
      .when(tick(startMs + 6_000))
      .then(
        [markState, { symbol: 'BTCUSDT', fresh: false }],
        [opsAlert, { subject: 'BTCUSDT' }],
        [markState, { symbol: 'ETHUSDT', fresh: true }],
      )
  })
})
