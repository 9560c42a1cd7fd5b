import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decimalText, exact } from '../../../schemas/decimal.ts'
import {
  positionFlattened,
  positionState,
  priceUpdate,
  tradeClosed,
} from '../../../schemas/topics.ts'
import { tradeCloser } from '../../../topologies/leave/trade-closer.ts'
import { given, tick } from '../../kit/given.ts'
import {
  positionFlattenedOf,
  positionLegOf,
  positionStateOf,
  priceUpdateOf,
  startMs,
} from '../../kit/records.ts'

const key = 'main|BTCUSDT'

describe('a closed trade', () => {
  test('carries legs, sums, R, times and lineage', () => {
    given(tradeCloser)
      .records([positionState, positionStateOf()], [positionState, null, key])
      .when([positionFlattened, positionFlattenedOf()])
      .then([
        tradeClosed,
        {
          trade_id: 'position-1',
          position_id: 'position-1',
          correlation_id: 'signal-1',
          signal_id: 'signal-1',
          intent_id: 'intent-1',
          direction: 'LONG',
          quantity: '1',
          entry_price: '100',
          exit_price: '102',
          legs: positionFlattenedOf().legs,
          gross_usd: '2',
          fees_usd: '0.08',
          funding_usd: '0',
          net_usd: '1.92',
          r_multiple: 1.92,
          mae_usd: '0',
          mfe_usd: '2',
          mae_r: 0,
          mfe_r: 2,
          held_ms: 60_000,
          exit_kinds: ['TARGET'],
          final_exit_kind: 'TARGET',
        },
      ])
  })

  test('has no R where the risk is unknown, and no signal where it was adopted', () => {
    given(tradeCloser)
      .when([
        positionFlattened,
        positionFlattenedOf({ adopted: true, intent_id: null, risk_usd: null }),
      ])
      .then([
        tradeClosed,
        { signal_id: '', intent_id: null, r_multiple: null, mae_r: null, mfe_r: null },
      ])
  })

  test('names the rules that closed it in order and without repeats, and the last one', () => {
    const exit = (kind: 'HARVEST' | 'TRAILING', rung: number) =>
      positionLegOf({ exit_kind: kind, exit_rung: rung, quantity: '0.25', realised_usd: '0.5' })
    const legs = [
      positionFlattenedOf().legs[0]!,
      ...[exit('HARVEST', 1), exit('HARVEST', 2), exit('TRAILING', 0), exit('TRAILING', 0)],
    ]
    given(tradeCloser)
      .when([positionFlattened, positionFlattenedOf({ legs, fees_usd: '0.2', net_usd: '1.8' })])
      .then([
        tradeClosed,
        { exit_kinds: ['HARVEST', 'TRAILING'], final_exit_kind: 'TRAILING', legs },
      ])
  })

  test.each([
    ['gross', { gross_usd: '2.00000001', net_usd: '1.92000001' }],
    ['fees', { fees_usd: '0.09', net_usd: '1.91' }],
    ['net', { net_usd: '1.93' }],
  ])('whose %s does not sum stops the task instead of being published', (name, changes) => {
    const closer = given(tradeCloser)
    expect(() => closer.when([positionFlattened, positionFlattenedOf(changes)])).toThrow(name)
  })
})

describe('excursions', () => {
  test('are the worst and the best open profit, the bid for a long', () => {
    given(tradeCloser)
      .records(
        [positionState, positionStateOf()],
        [priceUpdate, priceUpdateOf({ price: 99, bid: 98.5 })],
        [priceUpdate, priceUpdateOf({ price: 103, bid: 102.5, ask: 104 })],
        [positionState, null, key],
        [priceUpdate, priceUpdateOf({ price: 90 })],
      )
      .when([positionFlattened, positionFlattenedOf()])
      .then([tradeClosed, { mae_usd: '-1.5', mfe_usd: '2.5', mae_r: -1.5, mfe_r: 2.5 }])
  })

  test('are the ask for a short', () => {
    given(tradeCloser)
      .records(
        [positionState, positionStateOf({ quantity: '-1' })],
        [priceUpdate, priceUpdateOf({ price: 101, bid: 101, ask: 101.5 })],
        [priceUpdate, priceUpdateOf({ price: 97, bid: 96, ask: 97.5 })],
      )
      .when([positionFlattened, positionFlattenedOf({ direction: 'SHORT' })])
      .then([tradeClosed, { mae_usd: '-1.5', mfe_usd: '2.5' }])
  })

  test('count what was realised and only the quantity that is still open', () => {
    given(tradeCloser)
      .records(
        [positionState, positionStateOf({ quantity: '4', peak_quantity: '4' })],
        [positionState, positionStateOf({ quantity: '1', realised_usd: '3', peak_quantity: '4' })],
        // 3 realised and 1 unit open at +5: 8, not 20.
        [priceUpdate, priceUpdateOf({ price: 105 })],
        [priceUpdate, priceUpdateOf({ price: 96 })],
      )
      .when([positionFlattened, positionFlattenedOf()])
      .then([tradeClosed, { mfe_usd: '8', mae_usd: '-1' }])
  })

  test('cover the fills where no tick was seen', () => {
    const legs = [
      positionFlattenedOf().legs[0]!,
      positionLegOf({ quantity: '0.5', average_price: '96', realised_usd: '-2' }),
      positionLegOf({ quantity: '0.5', average_price: '110', realised_usd: '5' }),
    ]
    const sums = { gross_usd: '3', fees_usd: '0.12', net_usd: '2.88' }
    // At the first exit all of it stood at 96: -4. At the second -2 + 5.
    given(tradeCloser)
      .when([positionFlattened, positionFlattenedOf({ legs, ...sums })])
      .then([tradeClosed, { mae_usd: '-4', mfe_usd: '3' }])
  })

  test('survive a restart', () => {
    given(tradeCloser)
      .records([positionState, positionStateOf()], [priceUpdate, priceUpdateOf({ price: 107 })])
      .restarted()
      .when([positionFlattened, positionFlattenedOf()])
      .then([tradeClosed, { mfe_usd: '7' }])
  })

  test('mae is never above 0 nor above gross, mfe never below 0 nor below gross', () => {
    const price = fc.integer({ min: 9_000, max: 11_000 }).map((cents) => cents / 100)
    fc.assert(
      fc.property(
        fc.constantFrom(1, -1),
        fc.array(price, { maxLength: 20 }),
        price,
        (sign, prices, exitPrice) => {
          const gross = exact(exitPrice).minus(100).times(sign)
          const closer = given(tradeCloser).records(
            [positionState, positionStateOf({ quantity: String(sign) })],
            ...prices.map((one) => [priceUpdate, priceUpdateOf({ price: one })] as const),
          )
          const legs = [
            positionFlattenedOf().legs[0]!,
            positionLegOf({
              average_price: String(exitPrice),
              realised_usd: decimalText(gross),
            }),
          ]
          closer.when([
            positionFlattened,
            positionFlattenedOf({
              direction: sign > 0 ? 'LONG' : 'SHORT',
              legs,
              gross_usd: decimalText(gross),
              net_usd: decimalText(gross.minus('0.08')),
            }),
          ])
          const trade = closer.outputs(tradeClosed)[0]!
          expect(exact(trade.mae_usd).lte(0) && exact(trade.mae_usd).lte(gross)).toBe(true)
          expect(exact(trade.mfe_usd).gte(0) && exact(trade.mfe_usd).gte(gross)).toBe(true)
          const seen = prices.map((one) => sign * (one - 100))
          expect(Number(trade.mfe_usd)).toBeCloseTo(Math.max(0, gross.toNumber(), ...seen), 6)
          expect(Number(trade.mae_usd)).toBeCloseTo(Math.min(0, gross.toNumber(), ...seen), 6)
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('one record for each round trip', () => {
  test('a redelivered end gives none, at once, after other trades and after a restart', () => {
    const other = positionFlattenedOf({ position_id: 'position-2' })
    given(tradeCloser)
      .records([positionFlattened, positionFlattenedOf()])
      .when([positionFlattened, positionFlattenedOf()])
      .thenNothing()
      .when([positionFlattened, other])
      .then([tradeClosed, { trade_id: 'position-2' }])
      .restarted()
      .when([positionFlattened, positionFlattenedOf()], [positionFlattened, other])
      .thenNothing()
  })

  test('a late state of a closed position does not bring it back', () => {
    given(tradeCloser)
      .records([positionFlattened, positionFlattenedOf()], [positionState, positionStateOf()])
      .when([priceUpdate, priceUpdateOf({ price: 105 })], [positionState, null, key])
      .thenNothing()
  })

  test('positions that follow each other do not mix their excursions', () => {
    given(tradeCloser)
      .records(
        [positionState, positionStateOf()],
        [priceUpdate, priceUpdateOf({ price: 109 })],
        [positionState, null, key],
        [positionState, positionStateOf({ position_id: 'position-2' })],
        [priceUpdate, priceUpdateOf({ price: 103 })],
      )
      .when(
        [positionFlattened, positionFlattenedOf()],
        [positionFlattened, positionFlattenedOf({ position_id: 'position-2' })],
      )
      .then([tradeClosed, { mfe_usd: '9' }], [tradeClosed, { mfe_usd: '3' }])
  })

  test('ids are remembered as long as the log can redeliver, and no longer', () => {
    const keptMs = positionFlattened.retentionMs
    const closer = given(tradeCloser).records([positionFlattened, positionFlattenedOf()])
    closer.records(tick(startMs + keptMs)).restarted()
    closer.when([positionFlattened, positionFlattenedOf()]).thenNothing()
    closer.records(tick(startMs + keptMs + 1))
    closer.when([positionFlattened, positionFlattenedOf()])
    expect(closer.outputs(tradeClosed)).toHaveLength(1)
  })
})
