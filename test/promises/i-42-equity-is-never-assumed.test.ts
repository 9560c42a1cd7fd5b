import { describe, expect, it } from 'vitest'
import { exposureState, portfolioState } from '../../schemas/topics.ts'
import type { PortfolioState } from '../../schemas/types.gen.ts'
import { portfolio } from '../../topologies/act/portfolio.ts'
import { exposureBalancer } from '../../topologies/decide/exposure-balancer.ts'
import { given, tick } from '../kit/given.ts'
import { portfolioOf, startMs } from '../kit/records.ts'
import { intentIn, refusalIn } from '../kit/routing.ts'

describe('I-42', () => {
  it('an account whose books were never read has no equity, and says that it is not known', () => {
    const account = given(portfolio).when(tick(startMs), tick(startMs + 60_000))
    for (const state of account.outputs(portfolioState))
      expect(state).toMatchObject({ known: false, equity_usd: '0', available_usd: '0' })
  })

  it.each<[string, Partial<PortfolioState> | null]>([
    ['missing', null],
    ['not known', { known: false }],
    ['not known, though a number stands there', { known: false, equity_usd: '10000' }],
    ['too old by the venue’s books', { venue_truth_age_ms: 60_001 }],
    ['too old by its own time', { at_ms: startMs - 60_001 }],
    ['too old by both together', { venue_truth_age_ms: 40_000, at_ms: startMs - 20_001 }],
    ['0', { equity_usd: '0' }],
    ['negative', { equity_usd: '-1' }],
  ])('there is no entry while equity is %s', (_what, state) => {
    expect(refusalIn({ portfolio: state }).reason).toBe('EQUITY_UNKNOWN')
  })

  it('an entry passes with equity just young enough', () => {
    const state = { venue_truth_age_ms: 40_000, at_ms: startMs - 20_000 }
    expect(intentIn({ portfolio: state }).account).toBe('main')
  })

  it('exposure on unknown equity allows nothing new and guesses no share', () => {
    given(exposureBalancer)
      .when([portfolioState, portfolioOf({ known: false, gross_exposure_usd: '900' })])
      .then([
        exposureState,
        { verdict: 'UNKNOWN', allow_long: false, allow_short: false, size_factor: 0 },
      ])
  })

  it('sizes follow equity: half the equity gives half the size', () => {
    const size = (equity_usd: string) =>
      Number(intentIn({ portfolio: { equity_usd } }).notional_usd)
    expect(size('5000') / size('10000')).toBeCloseTo(0.5, 4)
    expect(size('123') / size('10000')).toBeCloseTo(0.0123, 4)
  })
})
