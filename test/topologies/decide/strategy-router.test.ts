import { describe, expect, it } from 'vitest'
import { aiSignalGenerated, signalRefused, tradeIntent } from '../../../schemas/topics.ts'
import { positionStateOf, signalOf, startMs } from '../../kit/records.ts'
import { intentIn, refusalIn, route, routerIn } from '../../kit/routing.ts'
import type { World } from '../../kit/routing.ts'

const twoAccounts = {
  accounts: [
    { name: 'main', symbols: ['BTCUSDT', 'ETHUSDT'] },
    { name: 'second', symbols: ['BTCUSDT'] },
  ],
}

describe('a signal that passes', () => {
  it('becomes one intent with size, stop, target, lineage and expiry', () => {
    const { router } = routerIn()
    router.when([aiSignalGenerated, signalOf()]).then([
      tradeIntent,
      {
        signal_id: 'signal-BTCUSDT-1',
        correlation_id: 'signal-BTCUSDT-1',
        account: 'main',
        symbol: 'BTCUSDT',
        venue: 'binance',
        environment: 'PAPER',
        side: 'BUY',
        reference_price: '100.01',
        stop_price: '99.68',
        target_price: '100.66',
        notional_usd: '9999.9999',
        margin_usd: '1999.99998',
        leverage: 5,
        risk_usd: '32.9967',
        created_at_ms: startMs,
        expires_at_ms: startMs + 10_000,
        tick_at_ms: startMs,
      },
    ])
  })

  it('buys at the ask and sells at the bid', () => {
    expect(intentIn().reference_price).toBe('100.01')
    expect(intentIn({ signal: { action: 'SELL' } }).reference_price).toBe('99.99')
  })

  it('gets an intent of its own for each account that trades the symbol', () => {
    const { intents, refusals } = route({ config: twoAccounts })
    expect(intents.map((intent) => intent.account)).toEqual(['main', 'second'])
    expect(new Set(intents.map((intent) => intent.intent_id)).size).toBe(2)
    expect(refusals).toEqual([])
  })

  it('is answered per account: one refusal does not touch the other account', () => {
    const { intents, refusals } = route({ config: twoAccounts, position: positionStateOf() })
    expect(intents.map((intent) => intent.account)).toEqual(['second'])
    expect(refusals.map((one) => [one.account, one.reason])).toEqual([['main', 'POSITION_OPEN']])
  })

  it('keeps its confidence, votes and expectation: nothing raises them', () => {
    const signal = signalOf({ confidence: 0.61, ensemble_confidence: 0.64 })
    const { confidence, ensemble_confidence, votes, consensus, expected_move_bps } = signal
    expect(intentIn({ signal })).toMatchObject({
      confidence,
      ensemble_confidence,
      votes,
      consensus,
      expected_move_bps,
    })
  })

  it('makes the same bytes from the same input', () => {
    expect(JSON.stringify(intentIn())).toBe(JSON.stringify(intentIn()))
  })

  it('scores by the expected net result in units of risk', () => {
    const base = intentIn()
    expect(base.score).toBeGreaterThan(0)
    expect(intentIn({ signal: { expected_move_bps: 80 } }).score).toBeGreaterThan(base.score)
    expect(intentIn({ signal: { confidence: 0.7 } }).score).toBeLessThan(base.score)
    expect(intentIn({ mark: { bid: 99.95 } }).score).toBeLessThan(base.score)
  })

  it('goes smaller by the factor of the exposure balancer', () => {
    const config = { router: { risk_fraction: 0.001 } }
    const whole = Number(intentIn({ config }).notional_usd)
    const half = Number(intentIn({ config, exposure: { size_factor: 0.5 } }).notional_usd)
    expect(half / whole).toBeCloseTo(0.5, 3)
  })
})

describe('a signal that does not pass', () => {
  const cases: [string, string, World][] = [
    ['HOLD', 'a HOLD', { signal: { action: 'HOLD' } }],
    ['INSTRUMENT_UNKNOWN', 'a symbol without filters', { instrument: null }],
    ['SYMBOL_NOT_TRADED', 'a halted symbol', { instrument: { status: 'HALTED' } }],
    ['ENVIRONMENT_MISMATCH', 'prices of another environment', { mark: { environment: 'LIVE' } }],
    [
      'ENVIRONMENT_MISMATCH',
      'filters of another environment',
      { instrument: { environment: 'LIVE' } },
    ],
    [
      'ENVIRONMENT_MISMATCH',
      'equity of another environment',
      { portfolio: { environment: 'DEMO' } },
    ],
    ['SIGNAL_STALE', 'an old signal', { signal: { bar_close_at_ms: startMs - 5_001 } }],
    ['STALE_PRICE', 'no price', { mark: null }],
    ['STALE_PRICE', 'a price marked stale', { mark: { fresh: false } }],
    ['STALE_PRICE', 'an old price', { mark: { price_at_ms: startMs - 5_001 } }],
    ['STALE_PRICE', 'a price without a bid', { mark: { bid: null } }],
    ['STALE_PRICE', 'a crossed quote', { mark: { bid: 101 } }],
    ['STALE_PRICE', 'an infinite ask', { mark: { ask: Infinity } }],
    ['SAFE_MODE', 'safe mode', { safeMode: { active: true, trigger: 'DRAWDOWN' } }],
    ['SAFE_MODE', 'an unknown state of safe mode', { safeMode: null }],
    ['POSITION_OPEN', 'an open position', { position: positionStateOf() }],
    ['EQUITY_UNKNOWN', 'no portfolio', { portfolio: null }],
    ['EQUITY_UNKNOWN', 'unknown equity', { portfolio: { known: false } }],
    ['EQUITY_UNKNOWN', 'old equity', { portfolio: { venue_truth_age_ms: 60_001 } }],
    ['EQUITY_UNKNOWN', 'equity of an old state', { portfolio: { at_ms: startMs - 60_001 } }],
    ['EQUITY_UNKNOWN', 'spent equity', { portfolio: { equity_usd: '-3' } }],
    ['EXPOSURE_HIGH', 'no advice on exposure', { exposure: null }],
    ['EXPOSURE_HIGH', 'longs not allowed', { exposure: { allow_long: false } }],
    [
      'EXPOSURE_HIGH',
      'shorts not allowed',
      { signal: { action: 'SELL' }, exposure: { allow_short: false } },
    ],
    ['EXPOSURE_HIGH', 'a size factor of 0', { exposure: { size_factor: 0 } }],
    ['CONFIDENCE_LOW', 'a low confidence', { signal: { confidence: 0.5499 } }],
    ['CONFIDENCE_LOW', 'a confidence that is no number', { signal: { confidence: NaN } }],
    ['CONSENSUS_LOW', 'a thin consensus', { signal: { consensus: 2 } }],
    ['SPREAD_WIDE', 'a wide spread', { mark: { bid: 99.8 } }],
    ['DIVERGENCE_HIGH', 'venues that disagree', { mark: { divergence_bps: 60.01 } }],
    ['FUNDING_ADVERSE', 'dear funding', { mark: { funding_rate_8h: 0.0011 } }],
    ['VOLATILITY_EXTREME', 'extreme volatility', { signal: { atr_bps: 501 } }],
    ['VOLATILITY_EXTREME', 'unknown volatility', { signal: { atr_bps: null } }],
    ['STOP_INVALID', 'a stop too far away', { config: { router: { max_stop_bps: 30 } } }],
    ['STOP_INVALID', 'a tick coarser than the target', { instrument: { tick_size: '5' } }],
    ['COST_EXCEEDS_EDGE', 'an edge below the costs', { signal: { expected_move_bps: 14 } }],
    ['SIZE_TOO_SMALL', 'a size below the smallest notional', { portfolio: { equity_usd: '4' } }],
  ]

  it.each(cases)('is refused with %s: %s', (reason, _what, world) => {
    const refused = refusalIn(world)
    expect(refused.reason).toBe(reason)
    expect(refused.detail).not.toBe('')
    expect(refused.account).toBe('main')
    expect(refused.signal_id).toBe('signal-BTCUSDT-1')
  })

  it.each<[string, World]>([
    ['signal age', { signal: { bar_close_at_ms: startMs - 5_000 } }],
    ['price age', { mark: { price_at_ms: startMs - 5_000 } }],
    ['equity age', { portfolio: { venue_truth_age_ms: 60_000 } }],
    ['confidence', { signal: { confidence: 0.55 } }],
    ['divergence', { mark: { divergence_bps: 60 } }],
    ['funding', { mark: { funding_rate_8h: 0.001 } }],
  ])('passes when it stands exactly at the limit of %s', (_what, world) => {
    expect(intentIn(world).account).toBe('main')
  })

  it('is refused with the numbers compared', () => {
    expect(refusalIn({ signal: { confidence: 0.41 } }).detail).toBe(
      'expected at least 0.55, was 0.41',
    )
  })

  it('is refused once, without an account, when no account trades its symbol', () => {
    const refused = refusalIn({ signal: { symbol: 'DOGEUSDT' } })
    expect(refused).toMatchObject({ reason: 'SYMBOL_NOT_TRADED', account: '' })
  })

  it('is refused only on the side that pays the funding', () => {
    const dear = { mark: { funding_rate_8h: 0.002 } }
    const cheap = { mark: { funding_rate_8h: -0.002 } }
    expect(refusalIn(dear).reason).toBe('FUNDING_ADVERSE')
    expect(intentIn({ ...dear, signal: { action: 'SELL' } }).side).toBe('SELL')
    expect(refusalIn({ ...cheap, signal: { action: 'SELL' } }).reason).toBe('FUNDING_ADVERSE')
    expect(intentIn(cheap).side).toBe('BUY')
  })

  it('names the first reason when several apply', () => {
    const world = { mark: null, safeMode: { active: true }, signal: { confidence: 0.1 } }
    expect(refusalIn(world).reason).toBe('STALE_PRICE')
  })
})

describe('the cooldown', () => {
  const later = (n: number, afterMs: number) =>
    signalOf({
      signal_id: `signal-${String(n)}`,
      bar_close_at_ms: startMs + afterMs,
      tick_at_ms: startMs + afterMs,
    })
  const atPrice = { price_at_ms: startMs + 60_000 }

  it('refuses a second signal until it is over, by event time', () => {
    const { router } = routerIn({ mark: atPrice })
    router.records([aiSignalGenerated, signalOf()]).at(startMs + 59_999)
    router.when([aiSignalGenerated, later(2, 59_999)]).then([signalRefused, { reason: 'COOLDOWN' }])
    router.at(startMs + 60_000)
    router.when([aiSignalGenerated, later(3, 60_000)]).then([tradeIntent, { account: 'main' }])
  })

  it('survives a restart', () => {
    const { router } = routerIn({ mark: atPrice })
    router
      .records([aiSignalGenerated, signalOf()])
      .restarted()
      .at(startMs + 30_000)
    router.when([aiSignalGenerated, later(2, 30_000)]).then([signalRefused, { reason: 'COOLDOWN' }])
  })

  it('is started by an intent and not by a refusal', () => {
    const { router } = routerIn()
    router.records([aiSignalGenerated, signalOf({ confidence: 0.1 })])
    router.when([aiSignalGenerated, later(2, 0)]).then([tradeIntent, { signal_id: 'signal-2' }])
  })
})
