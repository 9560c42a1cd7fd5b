import { describe, expect, it } from 'vitest'
import {
  aiSignalGenerated,
  instrumentState,
  priceUpdate,
  safeModeState,
  signalRefused,
  tradeIntent,
} from '../../../schemas/topics.ts'
import {
  instrumentOf,
  positionStateOf,
  rlPolicyOf,
  safeModeOf,
  signalOf,
  startMs,
} from '../../kit/records.ts'
import { intentIn, quoteOf, refusalIn, route, routerIn } from '../../kit/routing.ts'
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
    expect(intentIn({ price: { bid: 99.95 } }).score).toBeLessThan(base.score)
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
    ['ENVIRONMENT_MISMATCH', 'prices of another environment', { price: { environment: 'LIVE' } }],
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
    ['STALE_PRICE', 'no price', { price: null }],
    ['STALE_PRICE', 'an old price', { price: { tick_at_ms: startMs - 5_001 } }],
    ['STALE_PRICE', 'an old quote in a young price', { price: { age_ms: 5_001 } }],
    ['STALE_PRICE', 'a price without a bid', { price: { bid: null } }],
    ['STALE_PRICE', 'a price without an ask', { price: { ask: null } }],
    ['STALE_PRICE', 'a crossed quote', { price: { bid: 101 } }],
    ['STALE_PRICE', 'an infinite ask', { price: { ask: Infinity } }],
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
    ['SPREAD_WIDE', 'a wide spread', { price: { bid: 99.8 } }],
    ['DIVERGENCE_HIGH', 'venues that disagree', { price: { divergence_bps: 60.01 } }],
    ['FUNDING_ADVERSE', 'dear funding', { price: { funding_rate_8h: 0.0011 } }],
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
    ['price age', { price: { tick_at_ms: startMs - 5_000 } }],
    ['quote age', { price: { age_ms: 5_000 } }],
    ['equity age', { portfolio: { venue_truth_age_ms: 60_000 } }],
    ['confidence', { signal: { confidence: 0.55 } }],
    ['divergence', { price: { divergence_bps: 60 } }],
    ['funding', { price: { funding_rate_8h: 0.001 } }],
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
    const dear = { price: { funding_rate_8h: 0.002 } }
    const cheap = { price: { funding_rate_8h: -0.002 } }
    expect(refusalIn(dear).reason).toBe('FUNDING_ADVERSE')
    expect(intentIn({ ...dear, signal: { action: 'SELL' } }).side).toBe('SELL')
    expect(refusalIn({ ...cheap, signal: { action: 'SELL' } }).reason).toBe('FUNDING_ADVERSE')
    expect(intentIn(cheap).side).toBe('BUY')
  })

  it('names the first reason when several apply', () => {
    const world = { price: null, safeMode: { active: true }, signal: { confidence: 0.1 } }
    expect(refusalIn(world).reason).toBe('STALE_PRICE')
  })
})

/** The n-th signal, and a price, of `afterMs` after the start. */
const later = (n: number, afterMs: number) =>
  signalOf({
    signal_id: `signal-${String(n)}`,
    bar_close_at_ms: startMs + afterMs,
    tick_at_ms: startMs + afterMs,
  })
const priceAt = (afterMs: number, changes: Parameters<typeof quoteOf>[0] = {}) =>
  [priceUpdate, quoteOf({ tick_at_ms: startMs + afterMs, ...changes })] as const

describe('the price of an intent', () => {
  it.each([
    ['BUY', '90.02'],
    ['SELL', '90'],
  ] as const)('is that of the tick behind the signal, not an older one: %s', (action, price) => {
    const { router } = routerIn()
    router
      .when(
        priceAt(0, { price: 110, bid: 109.99, ask: 110.01 }),
        priceAt(0, { price: 90.01, bid: 90, ask: 90.02 }),
        [aiSignalGenerated, signalOf({ action })],
      )
      .then([tradeIntent, { side: action, reference_price: price }])
  })

  it('brings its spread, divergence and funding with it', () => {
    const { router } = routerIn({ price: { divergence_bps: 50, funding_rate_8h: 0.0009 } })
    const now = { bid: 99.95, ask: 100.05, divergence_bps: 7, funding_rate_8h: -0.0003 }
    router.when(priceAt(0, now), [aiSignalGenerated, signalOf()])
    const [intent] = router.outputs(tradeIntent)
    expect(intent).toMatchObject({ divergence_bps: 7, funding_rate_8h: -0.0003 })
    expect(intent!.spread_bps).toBeCloseTo(10, 10)
  })

  it('is never one that lost its quote, though an older one had it', () => {
    const { router } = routerIn()
    router
      .when(priceAt(0, { bid: null, ask: null }), [aiSignalGenerated, signalOf()])
      .then([signalRefused, { reason: 'STALE_PRICE' }])
  })

  it('is its own symbol’s', () => {
    const { router } = routerIn({ price: null })
    router
      .when(priceAt(0, { symbol: 'ETHUSDT' }), [aiSignalGenerated, signalOf()])
      .then([signalRefused, { symbol: 'BTCUSDT', reason: 'STALE_PRICE' }])
  })

  it('ages while nothing new comes: its tick and the quote in it, each by its own limit', () => {
    const ages = (afterMs: number, price: World['price'], config: object) => {
      const { router } = routerIn({ price: price ?? {}, config })
      router.at(startMs + afterMs).when([aiSignalGenerated, later(1, afterMs)])
      return router.outputs(signalRefused).map((one) => one.reason)
    }
    const tick = { router: { price_max_age_ms: 2_000 } }
    expect(ages(2_000, {}, tick)).toEqual([])
    expect(ages(2_001, {}, tick)).toEqual(['STALE_PRICE'])
    const quote = { aggregator: { stale_after_ms: 2_000 } }
    expect(ages(500, { age_ms: 1_500 }, quote)).toEqual([])
    expect(ages(501, { age_ms: 1_500 }, quote)).toEqual(['STALE_PRICE'])
  })

  it('counts its way through the log once: 4 s late and 4 s old are the same 4 s', () => {
    const late = { tick_at_ms: startMs - 4_000, age_ms: 4_000 }
    expect(intentIn({ price: late }).reference_price).toBe('100.01')
  })

  it('is unknown after a restart until the first one comes', () => {
    const { router } = routerIn()
    router.restarted()
    router
      .when([aiSignalGenerated, signalOf()], priceAt(0), [aiSignalGenerated, signalOf()])
      .then(
        [signalRefused, { reason: 'STALE_PRICE', detail: 'expected a price, was none' }],
        [tradeIntent, { reference_price: '100.01' }],
      )
  })

  it('causes nothing by itself, and is no state to keep', () => {
    const { router } = routerIn()
    router.when(priceAt(1), priceAt(2), priceAt(2, { symbol: 'DOGEUSDT' })).thenNothing()
    expect(router.restarted().liveKeys()).toBe(0)
  })
})

describe('the cooldown', () => {
  it('refuses a second signal until it is over, by event time', () => {
    const { router } = routerIn()
    router.records([aiSignalGenerated, signalOf()]).at(startMs + 59_999)
    router
      .when(priceAt(59_999), [aiSignalGenerated, later(2, 59_999)])
      .then([signalRefused, { reason: 'COOLDOWN' }])
    router.at(startMs + 60_000)
    router
      .when(priceAt(60_000), [aiSignalGenerated, later(3, 60_000)])
      .then([tradeIntent, { account: 'main' }])
  })

  it('is kept over a restart, to the millisecond', () => {
    const { router } = routerIn()
    router.records([aiSignalGenerated, signalOf()]).restarted()
    router.at(startMs + 59_999)
    router
      .when(priceAt(59_999), [aiSignalGenerated, later(2, 59_999)])
      .then([signalRefused, { reason: 'COOLDOWN' }])
    router.restarted().at(startMs + 60_000)
    router
      .when(priceAt(60_000), [aiSignalGenerated, later(3, 60_000)])
      .then([tradeIntent, { signal_id: 'signal-3' }])
  })

  it("keeps the policy's own over a restart and over an intent without its say", () => {
    const sure = ['c0', 'c1', 'c2', 'c3'].map((cell) => ({
      ...{ state_key: `TREND|BUY|${cell}|v1`, count: 500 },
      ...{ mean_reward_r: 1, m2_reward_r: 500 },
    }))
    const config = {
      router: { cooldown_ms: 0 },
      rl: { cooldown_ms: 120_000 },
      limits: { equity_max_age_ms: 120_000 },
    }
    const { router } = routerIn({ policy: rlPolicyOf({ cells: sure }), config })
    const gates = [0, 60_000, 119_999, 120_000].map((afterMs, n) => {
      router.at(startMs + afterMs)
      router.when(priceAt(afterMs), [aiSignalGenerated, later(n, afterMs)])
      const [intent] = router.outputs(tradeIntent)
      router.restarted()
      return intent?.rl.gate_reason
    })
    expect(gates).toEqual(['PASS', 'COOLDOWN_ACTIVE', 'COOLDOWN_ACTIVE', 'PASS'])
  })

  it('is of one account and one symbol', () => {
    const { router } = routerIn({ config: twoAccounts })
    router.table(instrumentState, instrumentOf({ symbol: 'ETHUSDT' }))
    router.table(safeModeState, safeModeOf({ active: true }))
    router.when([aiSignalGenerated, signalOf()])
    expect(router.outputs(tradeIntent).map((one) => one.account)).toEqual(['second'])
    router.table(safeModeState, safeModeOf()).restarted()
    router
      .when(
        ...[priceAt(0), priceAt(0, { symbol: 'ETHUSDT' })],
        ...[later(2, 0), later(3, 0), signalOf({ symbol: 'ETHUSDT' })].map(
          (signal) => [aiSignalGenerated, signal] as const,
        ),
      )
      .then(
        [tradeIntent, { account: 'main', symbol: 'BTCUSDT', signal_id: 'signal-2' }],
        [signalRefused, { account: 'second', reason: 'COOLDOWN' }],
        [signalRefused, { account: 'main', reason: 'COOLDOWN' }],
        [signalRefused, { account: 'second', reason: 'COOLDOWN' }],
        [tradeIntent, { account: 'main', symbol: 'ETHUSDT' }],
      )
  })

  it('is started by an intent and not by a refusal', () => {
    const { router } = routerIn()
    router.records([aiSignalGenerated, signalOf({ confidence: 0.1 })])
    router.when([aiSignalGenerated, later(2, 0)]).then([tradeIntent, { signal_id: 'signal-2' }])
  })
})
