// A test account once traded on the prices of the real exchange and lost 530 USDT.
import { describe, expect, it } from 'vitest'
import { deadLetter, exchangeTick, markState, priceUpdate } from '../../schemas/topics.ts'
import type { Environment } from '../../schemas/types.gen.ts'
import { aggregator } from '../../topologies/see/aggregator.ts'
import { given, testConfig, tick } from '../kit/given.ts'
import { exchangeTickOf, startMs } from '../kit/records.ts'

const environments = ['PAPER', 'DEMO', 'LIVE', 'BACKTEST'] as const
const pairs = environments.flatMap((ours) =>
  [...environments, 'UNKNOWN' as const]
    .filter((other) => other !== ours)
    .map((other) => [ours, other]),
) as [Environment, Environment][]

describe('I-35: prices of two environments never mix', () => {
  it.each(pairs)('in %s a tick of %s is a dead letter and moves no price', (ours, other) => {
    const config = testConfig({ environment: ours, pricing_venues: ['bybit'] })
    const own = exchangeTickOf({ environment: ours })
    for (const venue of ['binance', 'bybit']) {
      const world = given(aggregator, { config }).records([exchangeTick, own])
      world
        .when(
          [exchangeTick, exchangeTickOf({ environment: other, venue, bid: 500, ask: 501 })],
          tick(startMs + 1_000),
        )
        .then(
          [
            deadLetter,
            {
              cause: 'INVALID_VALUE',
              detail: `environment: expected ${ours}, was ${other}`,
              key: 'BTCUSDT',
            },
          ],
          [markState, { price: 100, environment: ours, bid: 99.99 }],
        )
    }
  })

  it.each(environments)('in %s its own ticks are priced and stamped', (ours) => {
    const config = testConfig({ environment: ours })
    given(aggregator, { config })
      .when([exchangeTick, exchangeTickOf({ environment: ours })])
      .then([priceUpdate, { environment: ours, trading_venue: 'binance', price: 100 }])
  })

  it('the first tick ever being foreign leaves nothing behind', () => {
    const world = given(aggregator).when([exchangeTick, exchangeTickOf({ environment: 'LIVE' })])
    expect(world.outputs(priceUpdate)).toEqual([])
    world.when(tick(startMs + 1_000)).thenNothing()
  })
})
