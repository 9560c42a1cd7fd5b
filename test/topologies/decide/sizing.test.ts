import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exact } from '../../../schemas/decimal.ts'
import { safeLeverage } from '../../../topologies/decide/sizing.ts'
import { intentIn, refusalIn } from '../../kit/routing.ts'

/** A stop of exactly 100 bps and no costs to speak of. */
const plain = {
  signal: { atr_bps: 0 },
  price: { bid: 100, ask: 100 },
  config: { router: { min_stop_bps: 100, edge_factor: 0 } },
}
const account = (max_leverage: number) => ({
  accounts: [{ name: 'main', symbols: ['BTCUSDT'], max_leverage }],
})

describe('the size of an entry', () => {
  it('loses risk_fraction of equity at the stop', () => {
    const intent = intentIn(plain)
    expect(intent).toMatchObject({ notional_usd: '5000', risk_usd: '50', stop_price: '99' })
  })

  it('is halved by a stop twice as far', () => {
    const config = { router: { min_stop_bps: 200, edge_factor: 0 } }
    expect(intentIn({ ...plain, config })).toMatchObject({ notional_usd: '2500', risk_usd: '50' })
  })

  it.each([
    [
      'the share of equity',
      { config: { router: { ...plain.config.router, max_notional_fraction: 0.2 } } },
      '2000',
    ],
    ['the largest market order', { instrument: { market_max_quantity: '7.5' } }, '750'],
  ])('is capped by %s', (_what, world, notional) => {
    expect(intentIn({ ...plain, ...world }).notional_usd).toBe(notional)
  })

  it('is refused below the smallest notional and never raised to it', () => {
    const refused = refusalIn({ ...plain, instrument: { min_notional_usd: '5000.01' } })
    expect(refused.reason).toBe('SIZE_TOO_SMALL')
    expect(refused.detail).toContain('5000.00 USD')
    expect(intentIn({ ...plain, instrument: { min_notional_usd: '5000' } }).notional_usd).toBe(
      '5000',
    )
  })

  it('is refused when a step down leaves less than the smallest quantity', () => {
    const steps = { step_size: '1', min_quantity: '1' }
    const world = { ...plain, portfolio: { equity_usd: '199' }, instrument: steps }
    expect(refusalIn(world).reason).toBe('SIZE_TOO_SMALL')
  })

  it('is a whole number of steps, and never risks more than it may', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10_000, max: 10_000_000 }),
        fc.integer({ min: 12, max: 900 }),
        fc.constantFrom('0.001', '0.01', '1', '0.3'),
        fc.constantFrom('BUY' as const, 'SELL' as const),
        (equity, stopBps, step, action) => {
          const intent = intentIn({
            ...plain,
            signal: { atr_bps: 0, action },
            portfolio: { equity_usd: String(equity) },
            instrument: {
              step_size: step,
              min_quantity: '0',
              min_notional_usd: '0',
              market_max_quantity: '1e9',
            },
            config: { router: { min_stop_bps: stopBps, edge_factor: 0 } },
          })
          const quantity = exact(intent.notional_usd).dividedBy(intent.reference_price)
          expect(quantity.modulo(step).isZero()).toBe(true)
          expect(exact(intent.risk_usd).lte(exact(equity).times('0.005'))).toBe(true)
          expect(exact(intent.notional_usd).lte(equity)).toBe(true)
        },
      ),
      { examples: [[12_000, 100, '0.3', 'SELL']], numRuns: 60 },
    )
  })
})

describe('the leverage of an entry', () => {
  it('is the smallest that keeps the trade within its share of margin', () => {
    // 10,000 x 0.65 / 5 slots = 1,300 USD a slot.
    expect(intentIn({ ...plain, config: { ...plain.config, ...account(50) } })).toMatchObject({
      leverage: 4,
      margin_usd: '1250',
    })
  })

  it('is 1 for a small trade', () => {
    const config = { router: { ...plain.config.router, max_notional_fraction: 0.13 } }
    expect(intentIn({ ...plain, config }).leverage).toBe(1)
  })

  it("gives way to the account's cap", () => {
    const config = { ...plain.config, ...account(3) }
    expect(intentIn({ ...plain, config })).toMatchObject({ leverage: 3, notional_usd: '5000' })
  })

  it('gives way to the bracket of the notional', () => {
    const bracket = (cap: string, max_leverage: number) => ({
      notional_floor_usd: '0',
      notional_cap_usd: cap,
      max_leverage,
      maintenance_rate: '0.004',
      maintenance_amount_usd: '0',
    })
    const instrument = { brackets: [bracket('1000', 20), bracket('9000', 2)] }
    const intent = intentIn({ ...plain, instrument, config: { ...plain.config, ...account(50) } })
    expect(intent).toMatchObject({ leverage: 2, notional_usd: '5000' })
  })

  it('keeps liquidation at least two stop distances away, on both sides', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.0005, max: 0.45, noNaN: true }),
        fc.double({ min: 0, max: 0.05, noNaN: true }),
        (stop, maintenance) => {
          const leverage = safeLeverage(exact(stop), exact(maintenance))
          if (leverage === 0) return
          const long = (1 / leverage - maintenance) / (1 - maintenance)
          const short = (1 / leverage - maintenance) / (1 + maintenance)
          expect(Math.min(long, short)).toBeGreaterThanOrEqual(2 * stop - 1e-12)
          const higher = (1 / (leverage + 1) - maintenance) / (1 + maintenance)
          expect(higher).toBeLessThan(2 * stop + 1e-12)
        },
      ),
    )
  })

  it('makes a stop of 0.826 % impossible at 80x', () => {
    expect(safeLeverage(exact('0.00826'), exact('0.004'))).toBe(48)
  })

  it('refuses a stop that even 1x does not keep from liquidation', () => {
    const config = {
      router: { min_stop_bps: 6_000, max_stop_bps: 9_000, target_r: 0.5, edge_factor: 0 },
    }
    expect(refusalIn({ ...plain, config })).toMatchObject({ reason: 'STOP_INVALID' })
  })
})
