// Entries at the gates: what passes becomes one command with a reservation, what does not ends with one reason.
import { describe, expect, it } from 'vitest'
import {
  instrumentState,
  markState,
  portfolioState,
  safeModeCommand,
  safeModeState,
} from '../../../schemas/topics.ts'
import type { ReasonCode, TradeIntent } from '../../../schemas/types.gen.ts'
import { actDesk } from '../../kit/act-desk.ts'
import type { ActDesk } from '../../kit/act-desk.ts'
import { instrumentOf, markOf, portfolioOf, safeModeOf, startMs } from '../../kit/records.ts'

const manySymbols = Array.from({ length: 12 }, (_, i) => `COIN${i}USDT`)
const many = { accounts: [{ name: 'main', symbols: manySymbols }] }

/** An intent for the n-th of many symbols. */
const nth = (n: number, changes: Partial<TradeIntent> = {}): Partial<TradeIntent> => ({
  intent_id: `intent-${n}`,
  signal_id: `signal-${n}`,
  correlation_id: `signal-${n}`,
  symbol: manySymbols[n]!,
  ...changes,
})

function expectRefused(desk: ActDesk, gate: string, reason: ReasonCode): void {
  expect(desk.commands()).toEqual([])
  expect(desk.results()).toMatchObject([
    { subject: 'INTENT', status: 'REFUSED', terminal: true, gate, reason, filled_quantity: '0' },
  ])
}

describe('an entry that passes', () => {
  it('becomes one market order with its plan', () => {
    const desk = actDesk()
    desk.intent()
    expect(desk.commands()).toMatchObject([
      {
        purpose: 'ENTRY',
        type: 'MARKET',
        side: 'BUY',
        quantity: '10',
        reduce_only: false,
        leverage: 5,
        reference_price: '100',
        stop_price: '99',
        target_price: '102',
        risk_usd: '10',
        regime: 'TREND',
        horizon_ms: 720_000,
        parent_id: 'intent-1',
        correlation_id: 'signal-1',
        expires_at_ms: startMs + 10_000,
      },
    ])
    expect(desk.results()).toEqual([])
  })

  it('mirrors for a short', () => {
    const desk = actDesk()
    desk.intent({ side: 'SELL', stop_price: '101', target_price: '98' })
    expect(desk.commands()).toMatchObject([{ side: 'SELL', quantity: '10', risk_usd: '10' }])
  })

  it('has a client order id that every venue accepts, derived from the command', () => {
    const desk = actDesk()
    desk.intent()
    const [command] = desk.commands()
    expect(command!.client_order_id).toMatch(/^[a-z0-9]{1,32}$/)
    expect(command!.client_order_id).toBe(`q${command!.command_id}`)
  })

  it('rounds the quantity down to the step by decimals, where floats would lose a step', () => {
    const desk = actDesk()
    desk.table(instrumentState, 'BTCUSDT', instrumentOf({ step_size: '0.1', min_quantity: '0.1' }))
    desk.intent({ notional_usd: '30', reference_price: '100' })
    expect(desk.commands()).toMatchObject([{ quantity: '0.3' }])
  })

  it('is cut down to the largest market order, never split', () => {
    const desk = actDesk()
    desk.table(instrumentState, 'BTCUSDT', instrumentOf({ market_max_quantity: '2.0005' }))
    desk.intent()
    expect(desk.commands()).toMatchObject([{ quantity: '2', risk_usd: '2' }])
  })

  it.each([
    ['what was asked for', 3, '1000', 3],
    ["the account's cap", 80, '1000', 5],
    ['the bracket of the notional', 5, '60000', 2],
  ])('takes the lowest leverage: %s', (_, asked, notional, leverage) => {
    const desk = actDesk({
      config: { limits: { max_symbol_fraction: 100, max_gross_fraction: 100 } },
    })
    const [low, high] = instrumentOf().brackets
    const brackets = [low!, { ...high!, max_leverage: 2 }]
    desk.table(instrumentState, 'BTCUSDT', instrumentOf({ brackets }))
    desk.publish(
      portfolioState,
      portfolioOf({ equity_usd: '100000', available_usd: '100000', at_ms: startMs }),
    )
    desk.intent({ leverage: asked, notional_usd: notional })
    expect(desk.commands()).toMatchObject([{ leverage }])
  })
})

describe('an entry that does not pass', () => {
  it.each<[string, string, ReasonCode, (desk: ActDesk) => void]>([
    [
      'safe mode is active',
      'SAFE_MODE',
      'SAFE_MODE_ACTIVE',
      (d) => d.publish(safeModeState, safeModeOf({ active: true })),
    ],
    [
      'safe mode ended its record',
      'SAFE_MODE',
      'SAFE_MODE_ACTIVE',
      (d) => d.publish(safeModeState, null, 'main'),
    ],
    [
      'equity is not known',
      'ACCOUNT_LIMIT',
      'EQUITY_UNKNOWN',
      (d) => d.publish(portfolioState, portfolioOf({ known: false })),
    ],
    [
      'the portfolio ended its record',
      'ACCOUNT_LIMIT',
      'EQUITY_UNKNOWN',
      (d) => d.publish(portfolioState, null, 'main'),
    ],
    [
      "the venue's books are old",
      'ACCOUNT_LIMIT',
      'EQUITY_STALE',
      (d) => d.publish(portfolioState, portfolioOf({ venue_truth_age_ms: 60_001 })),
    ],
    [
      'the day has lost its limit',
      'ACCOUNT_LIMIT',
      'DAILY_LOSS',
      (d) => d.publish(portfolioState, portfolioOf({ day_pnl_usd: '-300' })),
    ],
    [
      'the drawdown is at its limit',
      'ACCOUNT_LIMIT',
      'DRAWDOWN',
      (d) => d.publish(portfolioState, portfolioOf({ drawdown_fraction: 0.15 })),
    ],
    [
      'the drawdown is not a number',
      'ACCOUNT_LIMIT',
      'DRAWDOWN',
      (d) => d.publish(portfolioState, portfolioOf({ drawdown_fraction: NaN })),
    ],
    [
      'gross exposure would be too large',
      'ACCOUNT_LIMIT',
      'MAX_EXPOSURE',
      (d) => d.publish(portfolioState, portfolioOf({ equity_usd: '333' })),
    ],
    [
      'exposure of the symbol would be too large',
      'ACCOUNT_LIMIT',
      'MAX_SYMBOL_EXPOSURE',
      (d) => d.publish(portfolioState, portfolioOf({ equity_usd: '999' })),
    ],
    [
      'the symbol was never described',
      'FILTERS',
      'INSTRUMENT_UNKNOWN',
      (d) => d.table(instrumentState, 'BTCUSDT', undefined),
    ],
    [
      'the symbol is halted',
      'FILTERS',
      'HALTED',
      (d) => d.table(instrumentState, 'BTCUSDT', instrumentOf({ status: 'HALTED' })),
    ],
    [
      'the filters are of another environment',
      'FILTERS',
      'ENVIRONMENT_MISMATCH',
      (d) => d.table(instrumentState, 'BTCUSDT', instrumentOf({ environment: 'LIVE' })),
    ],
    [
      'no price was seen',
      'FILTERS',
      'STALE_PRICE',
      (d) => d.table(markState, 'BTCUSDT', undefined),
    ],
    [
      'the price is not fresh',
      'FILTERS',
      'STALE_PRICE',
      (d) => d.table(markState, 'BTCUSDT', markOf({ fresh: false })),
    ],
    [
      'the price is old',
      'FILTERS',
      'STALE_PRICE',
      (d) => d.table(markState, 'BTCUSDT', markOf({ price_at_ms: startMs - 5_001 })),
    ],
    [
      'the price is of another environment',
      'FILTERS',
      'ENVIRONMENT_MISMATCH',
      (d) => d.table(markState, 'BTCUSDT', markOf({ environment: 'LIVE' })),
    ],
    [
      'the price is not a number',
      'FILTERS',
      'PRICE_INVALID',
      (d) => d.table(markState, 'BTCUSDT', markOf({ price: NaN })),
    ],
    [
      'the price is beyond the stop already',
      'FILTERS',
      'STOP_INVALID',
      (d) => d.table(markState, 'BTCUSDT', markOf({ price: 99 })),
    ],
    [
      'the price is at the target already',
      'FILTERS',
      'PRICE_INVALID',
      (d) => d.table(markState, 'BTCUSDT', markOf({ price: 102 })),
    ],
    [
      'the largest market order is below the smallest',
      'FILTERS',
      'ABOVE_MAX_QUANTITY',
      (d) => d.table(instrumentState, 'BTCUSDT', instrumentOf({ market_max_quantity: '0' })),
    ],
    [
      'the size is below the smallest quantity',
      'FILTERS',
      'BELOW_MIN_QUANTITY',
      (d) => d.table(instrumentState, 'BTCUSDT', instrumentOf({ min_quantity: '11' })),
    ],
    [
      'the size is below the smallest notional',
      'FILTERS',
      'BELOW_MIN_NOTIONAL',
      (d) => d.table(instrumentState, 'BTCUSDT', instrumentOf({ min_notional_usd: '1000.01' })),
    ],
    [
      'no bracket holds the notional',
      'LEVERAGE',
      'LEVERAGE_BRACKET',
      (d) => d.table(instrumentState, 'BTCUSDT', instrumentOf({ brackets: [] })),
    ],
    [
      'margin is short',
      'MARGIN',
      'MARGIN_SHORT',
      (d) => d.publish(portfolioState, portfolioOf({ available_usd: '211' })),
    ],
  ])('is refused with its reason when %s', (_, gate, reason, prepare) => {
    const desk = actDesk()
    prepare(desk)
    desk.intent()
    expectRefused(desk, gate, reason)
  })

  it.each<[string, string, ReasonCode, Partial<TradeIntent>]>([
    ['it has expired', 'EXPIRY', 'EXPIRED', { expires_at_ms: startMs - 1 }],
    ['its environment is another', 'FILTERS', 'ENVIRONMENT_MISMATCH', { environment: 'LIVE' }],
    ['its venue is another', 'FILTERS', 'ENVIRONMENT_MISMATCH', { venue: 'bybit' }],
    [
      'the account does not trade the symbol',
      'FILTERS',
      'INSTRUMENT_UNKNOWN',
      { symbol: 'DOGEUSDT' },
    ],
    ['its price is 0', 'FILTERS', 'PRICE_INVALID', { reference_price: '0' }],
    ['its size is 0', 'FILTERS', 'BELOW_MIN_QUANTITY', { notional_usd: '0' }],
    ['its size is negative', 'FILTERS', 'BELOW_MIN_QUANTITY', { notional_usd: '-1000' }],
    ['its stop is on the wrong side', 'FILTERS', 'STOP_INVALID', { stop_price: '101' }],
    ['its stop is its price', 'FILTERS', 'STOP_INVALID', { stop_price: '100' }],
    ['its stop is 0', 'FILTERS', 'STOP_INVALID', { stop_price: '0' }],
    ['its target is on the wrong side', 'FILTERS', 'STOP_INVALID', { target_price: '99.5' }],
    ['a short has the stop of a long', 'FILTERS', 'STOP_INVALID', { side: 'SELL' }],
    ['it has no side', 'FILTERS', 'OTHER', { side: 'UNKNOWN' }],
    ['it asks for no leverage', 'LEVERAGE', 'LEVERAGE_BRACKET', { leverage: 0 }],
  ])('is refused with its reason when %s', (_, gate, reason, changes) => {
    const desk = actDesk()
    desk.intent(changes)
    expectRefused(desk, gate, reason)
  })

  it('is refused before anything was heard, and the first one after that passes', () => {
    const desk = actDesk({ isCold: true })
    desk.intent()
    expectRefused(desk, 'SAFE_MODE', 'SAFE_MODE_ACTIVE')
    desk.publish(safeModeState, safeModeOf())
    desk.intent({ intent_id: 'intent-2' })
    expectRefused(desk, 'ACCOUNT_LIMIT', 'EQUITY_UNKNOWN')
    desk.publish(portfolioState, portfolioOf())
    desk.table(instrumentState, 'BTCUSDT', instrumentOf())
    desk.table(markState, 'BTCUSDT', markOf())
    desk.intent({ intent_id: 'intent-3' })
    expect(desk.commands()).toHaveLength(1)
  })

  it('passes just inside each border', () => {
    const desk = actDesk()
    desk.publish(
      portfolioState,
      portfolioOf({
        equity_usd: '1000',
        available_usd: '211.4',
        drawdown_fraction: 0.1499,
        day_pnl_usd: '-299.99',
        venue_truth_age_ms: 60_000,
      }),
    )
    desk.table(markState, 'BTCUSDT', markOf({ price: 99.01, price_at_ms: startMs - 5_000 }))
    desk.table(
      instrumentState,
      'BTCUSDT',
      instrumentOf({ min_notional_usd: '1000', min_quantity: '10' }),
    )
    desk.intent({ expires_at_ms: startMs })
    expect(desk.results()).toEqual([])
    expect(desk.commands()).toHaveLength(1)
  })
})

describe('reservations', () => {
  it('hold margin for live entries until they end, so that two never share it', () => {
    const desk = actDesk()
    // 200 margin and 0.8 fees each; 0.95 of 422 is 400.9.
    desk.publish(portfolioState, portfolioOf({ available_usd: '422' }))
    desk.intent()
    desk.intent({ intent_id: 'intent-2', symbol: 'ETHUSDT' })
    const [first] = desk.commands()
    expect(desk.results()).toMatchObject([{ subject_id: 'intent-2', reason: 'MARGIN_SHORT' }])
    desk.says(first!, { state: 'REJECTED', reason: 'INSUFFICIENT_MARGIN', venue_code: -2019 })
    desk.intent({ intent_id: 'intent-3', symbol: 'ETHUSDT' })
    expect(desk.commands()).toMatchObject([{ parent_id: 'intent-3' }])
  })

  it('count exposure of positions at the larger of cost and price', () => {
    const desk = actDesk({ config: { limits: { max_gross_fraction: 0.25 } } })
    desk.intent()
    const [first] = desk.commands()
    desk.fill(first!)
    desk.table(markState, 'BTCUSDT', markOf({ price: 160 }))
    desk.intent({ intent_id: 'intent-2', symbol: 'ETHUSDT', notional_usd: '901' })
    expect(desk.results().at(-1)).toMatchObject({ reason: 'MAX_EXPOSURE' })
    desk.table(markState, 'BTCUSDT', markOf({ price: 50 }))
    desk.intent({ intent_id: 'intent-3', symbol: 'ETHUSDT', notional_usd: '1501' })
    expect(desk.results()).toMatchObject([{ reason: 'MAX_EXPOSURE' }])
    desk.intent({ intent_id: 'intent-4', symbol: 'ETHUSDT', notional_usd: '1500' })
    expect(desk.commands('ENTRY')).toHaveLength(1)
  })

  it('stay while an end counts fills that were not seen, and go when the books match', () => {
    const desk = actDesk()
    desk.intent()
    const [entry] = desk.commands()
    desk.says(entry!, { state: 'CANCELLED', filled_quantity: '4' })
    desk.intent({ intent_id: 'intent-2' })
    expect(desk.results()).toMatchObject([{ subject_id: 'intent-2', reason: 'IN_FLIGHT' }])
    expect(desk.gates().orders).toMatchObject([{ phase: 'ENDED' }])
    desk.fill(entry!, { quantity: '4' })
    expect(desk.gates().orders).toMatchObject([{ purpose: 'PROTECT', quantity: '4' }])
  })
})

describe('the decision window', () => {
  const scarce = {
    ...many,
    limits: { max_open_positions: 3, max_in_flight: 10, decision_window_ms: 200 },
  }

  it('is not used when every symbol can have its slot', () => {
    const desk = actDesk({ config: { ...many, limits: { max_open_positions: 12 } } })
    desk.intent(nth(0))
    expect(desk.commands()).toHaveLength(1)
  })

  it('takes the best scores of those that compete, whatever their order', () => {
    const desk = actDesk({ config: scarce })
    const scores = [0.1, 0.9, 0.3, 0.8, 0.2, 0.7]
    scores.forEach((score, n) => desk.intent(nth(n, { score })))
    expect(desk.commands()).toEqual([])
    desk.tick(200)
    expect(desk.commands().map((c) => c.parent_id)).toEqual(['intent-1', 'intent-3', 'intent-5'])
    const refused = desk.results()
    expect(refused.map((r) => r.subject_id)).toEqual(['intent-2', 'intent-4', 'intent-0'])
    expect(refused.every((r) => r.reason === 'MAX_POSITIONS' && r.terminal)).toBe(true)
  })

  it('ends with the first record at or after its end, not only with a clock tick', () => {
    const desk = actDesk({ config: scarce })
    desk.intent(nth(0))
    desk.wait(199)
    desk.intent(nth(1))
    expect(desk.commands()).toEqual([])
    desk.wait(1)
    desk.intent(nth(2))
    expect(desk.commands().map((c) => c.parent_id)).toEqual(['intent-0', 'intent-1'])
  })

  it('refuses at once when no slot is left', () => {
    const desk = actDesk({ config: { ...many, limits: { max_open_positions: 1 } } })
    desk.intent(nth(0))
    desk.tick(200)
    desk.intent(nth(1))
    expect(desk.results()).toMatchObject([{ subject_id: 'intent-1', reason: 'MAX_POSITIONS' }])
  })

  it('lets one entry wait for each symbol', () => {
    const desk = actDesk({ config: scarce })
    desk.intent(nth(0))
    desk.intent(nth(0, { intent_id: 'other' }))
    expect(desk.results()).toMatchObject([{ subject_id: 'other', reason: 'IN_FLIGHT' }])
  })

  it('survives a restart with those that wait', () => {
    const desk = actDesk({ config: scarce })
    desk.intent(nth(0))
    desk.restart()
    desk.tick(200)
    expect(desk.commands()).toMatchObject([{ parent_id: 'intent-0' }])
  })

  it('decides anew at its end: what expired meanwhile is refused', () => {
    const desk = actDesk({ config: scarce })
    desk.intent(nth(0, { expires_at_ms: startMs + 100 }))
    desk.tick(200)
    expectRefused(desk, 'EXPIRY', 'EXPIRED')
  })

  it('is off when its length is 0', () => {
    const desk = actDesk({
      config: { ...scarce, limits: { ...scarce.limits, decision_window_ms: 0 } },
    })
    desk.intent(nth(0))
    expect(desk.commands()).toHaveLength(1)
  })
})

describe('venue faults', () => {
  const enter = (desk: ActDesk, n: number) => {
    desk.intent(nth(n))
    return desk.commands('ENTRY')[0]!
  }
  const config = {
    ...many,
    limits: { max_open_positions: 12, max_in_flight: 12 },
    safe_mode: { venue_faults: 3 },
  }

  it('ask for safe mode once when enough come within the window', () => {
    const desk = actDesk({ config })
    desk.says(enter(desk, 0), { state: 'UNKNOWN' })
    desk.says(enter(desk, 1), { state: 'REJECTED', reason: 'TRANSPORT' })
    expect(desk.read(safeModeCommand)).toEqual([])
    desk.says(enter(desk, 2), { state: 'UNKNOWN' })
    expect(desk.read(safeModeCommand)).toMatchObject([
      { active: true, trigger: 'VENUE_FAULTS', actor: 'execution-gates' },
    ])
    desk.says(enter(desk, 3), { state: 'UNKNOWN' })
    expect(desk.read(safeModeCommand)).toEqual([])
  })

  it('are forgotten after the window', () => {
    const desk = actDesk({ config })
    desk.says(enter(desk, 0), { state: 'UNKNOWN' })
    desk.says(enter(desk, 1), { state: 'UNKNOWN' })
    desk.tick(60_000)
    desk.says(enter(desk, 2), { state: 'UNKNOWN' })
    expect(desk.read(safeModeCommand)).toEqual([])
  })

  it('count an order once, however often it is unknown', () => {
    const desk = actDesk({ config })
    const entry = enter(desk, 0)
    for (let i = 0; i < 10; i++) desk.says(entry, { state: 'UNKNOWN' })
    expect(desk.read(safeModeCommand)).toEqual([])
  })
})
