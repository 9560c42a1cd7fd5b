import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decimalText, exact, zero } from '../../../schemas/decimal.ts'
import { exitbrainPnl, tradeClosed } from '../../../schemas/topics.ts'
import type { ExitKind, TradeClosed } from '../../../schemas/types.gen.ts'
import { exitAttribution, partsOf } from '../../../topologies/leave/exit-attribution.ts'
import { given } from '../../kit/given.ts'
import { positionLegOf, tradeClosedOf } from '../../kit/records.ts'

const entry = positionLegOf({ leg: 'ENTRY', exit_kind: null, exit_rung: null, realised_usd: '0' })

function trade(changes: Partial<TradeClosed> = {}): TradeClosed {
  return tradeClosedOf({
    legs: [
      entry,
      positionLegOf({ exit_kind: 'HARVEST', exit_rung: 1, quantity: '0.3', realised_usd: '3' }),
      positionLegOf({ exit_kind: 'HARVEST', exit_rung: 1, quantity: '0.1', realised_usd: '1' }),
      positionLegOf({ exit_kind: 'STOP', exit_rung: 0, quantity: '0.6', realised_usd: '-6' }),
    ],
    gross_usd: '-2',
    fees_usd: '1',
    funding_usd: '-0.5',
    net_usd: '-3.5',
    mfe_usd: '4',
    ...changes,
  })
}

describe('what each rule earned', () => {
  test('is split by kind and rung, costs shared by quantity', () => {
    given(exitAttribution)
      .when([tradeClosed, trade()])
      .then([
        exitbrainPnl,
        {
          trade_id: 'position-1',
          policy: 'TREND|LONG',
          net_usd: '-3.5',
          parts: [
            {
              exit_kind: 'HARVEST',
              exit_rung: 1,
              quantity: '0.4',
              gross_usd: '4',
              costs_usd: '0.6',
              net_usd: '3.4',
            },
            {
              exit_kind: 'STOP',
              exit_rung: 0,
              quantity: '0.6',
              gross_usd: '-6',
              costs_usd: '0.9',
              net_usd: '-6.9',
            },
          ],
          left_on_table_usd: '6',
          capture_fraction: -0.5,
        },
      ])
  })

  test('sums to the trade to the last decimal, whatever the legs', () => {
    const amount = fc
      .bigInt({ min: -(10n ** 14n), max: 10n ** 14n })
      .map((units) => decimalText(exact(String(units)).div('1e9')))
    const leg = fc.record({
      exit_kind: fc.constantFrom<ExitKind>('STOP', 'HARVEST', 'TARGET', 'BACKSTOP', 'EXTERNAL'),
      exit_rung: fc.nat(3),
      quantity: fc.integer({ min: 1, max: 1_000_000 }).map((n) => decimalText(exact(n).div(1000))),
      realised_usd: amount,
    })
    fc.assert(
      fc.property(fc.array(leg, { maxLength: 8 }), amount, amount, (legs, fees, funding) => {
        const gross = legs.reduce((sum, one) => sum.plus(one.realised_usd), zero)
        const parts = partsOf({
          legs: [entry, ...legs.map((one) => positionLegOf(one))],
          gross_usd: decimalText(gross),
          fees_usd: fees,
          funding_usd: funding,
        })
        const net = parts.reduce((sum, part) => sum.plus(part.net_usd), zero)
        expect(decimalText(net)).toBe(decimalText(gross.minus(fees).plus(funding)))
        for (const part of parts)
          expect(decimalText(exact(part.gross_usd).minus(part.costs_usd))).toBe(part.net_usd)
      }),
    )
  })

  test('capture is unknown where there was never a profit', () => {
    given(exitAttribution)
      .when([tradeClosed, trade({ mfe_usd: '0' })])
      .then([exitbrainPnl, { capture_fraction: null, left_on_table_usd: '2' }])
  })

  test('books that were cleared without a fill belong to no rule', () => {
    expect(
      partsOf({ legs: [entry], gross_usd: '0', fees_usd: '1', funding_usd: '0' }),
    ).toMatchObject([{ exit_kind: 'UNKNOWN', quantity: '0', net_usd: '-1' }])
  })
})

describe('the expectancy of a policy', () => {
  const nth = (n: number, changes: Partial<TradeClosed> = {}): TradeClosed =>
    trade({ trade_id: `trade-${n}`, net_usd: String(n), r_multiple: n / 8, ...changes })

  test('is the mean of its trades, by regime and direction, in USD and in R', () => {
    given(exitAttribution)
      .records([tradeClosed, nth(-1)])
      .when([tradeClosed, nth(4)], [tradeClosed, nth(9, { direction: 'SHORT' })])
      .then(
        [
          exitbrainPnl,
          {
            policy: 'TREND|LONG',
            expectancy_usd: 1.5,
            expectancy_r: 0.1875,
            win_rate: 0.5,
            sample: 2,
          },
        ],
        [exitbrainPnl, { policy: 'TREND|SHORT', expectancy_usd: 9, win_rate: 1, sample: 1 }],
      )
  })

  test('has no R where no risk is known', () => {
    given(exitAttribution)
      .when([tradeClosed, nth(1, { r_multiple: null })])
      .then([exitbrainPnl, { expectancy_usd: 1, expectancy_r: null, sample: 1 }])
  })

  test('looks back a hundred trades, over a restart too', () => {
    const attribution = given(exitAttribution)
    for (let n = 1; n <= 150; n++) attribution.records([tradeClosed, nth(n)])
    attribution
      .restarted()
      .when([tradeClosed, nth(151)])
      .then([exitbrainPnl, { sample: 100, expectancy_usd: 101.5 }])
  })

  test('a trade counts once', () => {
    given(exitAttribution)
      .records([tradeClosed, nth(1)])
      .when([tradeClosed, nth(1)])
      .thenNothing()
  })
})
