// The end of intents and exits: one terminal result each, made from fills.
import { describe, expect, it } from 'vitest'
import { executionResult, orderReport } from '../../../schemas/topics.ts'
import type { OrderReport, ReasonCode, VenueReason } from '../../../schemas/types.gen.ts'
import { execution } from '../../../topologies/act/execution.ts'
import { actDesk } from '../../kit/act-desk.ts'
import type { ActDesk } from '../../kit/act-desk.ts'
import { given, tick } from '../../kit/given.ts'
import { orderReportOf, startMs } from '../../kit/records.ts'

function entering(desk: ActDesk = actDesk()) {
  desk.intent()
  return { desk, entry: desk.commands('ENTRY')[0]! }
}

describe('the result of an order that filled', () => {
  it('has the average of its fills, their fees, and its cost against the reference', () => {
    const { desk, entry } = entering()
    desk.ack(entry)
    desk.fill(entry, { quantity: '4', price: '100.1', feeUsd: '0.16016' })
    expect(desk.results()).toEqual([])
    desk.wait(35)
    desk.fill(entry, { price: '100.2', feeUsd: '0.24048' })
    expect(desk.results()).toMatchObject([
      {
        subject: 'INTENT',
        subject_id: 'intent-1',
        correlation_id: 'signal-1',
        status: 'FILLED',
        terminal: true,
        gate: 'NONE',
        reason: 'NONE',
        requested_quantity: '10',
        filled_quantity: '10',
        average_price: '100.16',
        fees_usd: '0.40064',
        reference_price: '100',
        slippage_bps: 16,
        client_order_id: entry.client_order_id,
        venue_ms: 35,
      },
    ])
  })

  it.each([
    ['BUY', '101', 100],
    ['BUY', '99', -100],
    ['SELL', '99', 100],
    ['SELL', '101', -100],
  ] as const)('says what a %s at %s against 100 cost: %d bps', (side, price, slippage) => {
    const desk = actDesk()
    desk.intent(side === 'BUY' ? {} : { side, stop_price: '110', target_price: '90' })
    desk.fill(desk.commands('ENTRY')[0]!, { price })
    expect(desk.results()).toMatchObject([{ slippage_bps: slippage }])
  })

  it('counts a fill once, however often it is reported', () => {
    const { desk, entry } = entering()
    const first = desk.fill(entry, { quantity: '4' })
    for (let i = 0; i < 3; i++) desk.publish(orderReport, first)
    desk.fill(entry)
    desk.publish(orderReport, first)
    expect(desk.results()).toMatchObject([{ filled_quantity: '10', fees_usd: '0.08' }])
  })

  it('waits for fills that the last report overtook', () => {
    const { desk, entry } = entering()
    const fill = { venue_trade_id: 'a', fill_quantity: '4', fill_price: '100', fee_usd: '0.1' }
    desk.says(entry, { state: 'CANCELLED', filled_quantity: '4' })
    expect(desk.results()).toEqual([])
    desk.says(entry, { state: 'PARTIALLY_FILLED', filled_quantity: '4', ...fill })
    expect(desk.results()).toMatchObject([{ status: 'PARTIALLY_FILLED', filled_quantity: '4' }])
  })

  it('does not wait for ever: it says what was counted and what was seen', () => {
    const { desk, entry } = entering()
    desk.fill(entry, { quantity: '4' })
    desk.says(entry, { state: 'FILLED', filled_quantity: '10' })
    desk.tick(9_999)
    expect(desk.results()).toEqual([])
    desk.tick(1)
    const [result] = desk.results()
    expect(result).toMatchObject({
      status: 'PARTIALLY_FILLED',
      filled_quantity: '4',
      average_price: '100',
    })
    expect(result!.detail).toContain('10')
  })

  it('is never called filled without a price', () => {
    const { desk, entry } = entering()
    desk.says(entry, { state: 'FILLED', filled_quantity: '10' })
    desk.tick(10_000)
    expect(desk.results()).toMatchObject([
      {
        status: 'UNKNOWN',
        terminal: true,
        filled_quantity: '0',
        average_price: null,
        slippage_bps: null,
      },
    ])
  })
})

describe('the result of an order that did not fill', () => {
  it.each<[OrderReport['state'], VenueReason | null, string, ReasonCode]>([
    ['REJECTED', 'INSUFFICIENT_MARGIN', 'REJECTED', 'MARGIN_SHORT'],
    ['REJECTED', 'LEVERAGE', 'REJECTED', 'LEVERAGE_MISMATCH'],
    ['REJECTED', 'FILTER', 'REJECTED', 'VENUE_REJECTED'],
    ['REJECTED', 'UNKNOWN_SYMBOL', 'REJECTED', 'INSTRUMENT_UNKNOWN'],
    ['REJECTED', 'ENVIRONMENT', 'REJECTED', 'ENVIRONMENT_MISMATCH'],
    ['REJECTED', 'TRANSPORT', 'REJECTED', 'VENUE_REJECTED'],
    ['EXPIRED', 'NO_LIQUIDITY', 'EXPIRED', 'NO_LIQUIDITY'],
    ['EXPIRED', 'EXPIRED_BEFORE_SEND', 'EXPIRED', 'EXPIRED'],
    ['EXPIRED', null, 'EXPIRED', 'EXPIRED'],
    ['CANCELLED', null, 'CANCELLED', 'VENUE_REJECTED'],
  ])('%s for %s ends as %s with %s', (state, reason, status, expected) => {
    const { desk, entry } = entering()
    desk.says(entry, { state, reason, detail: 'in words', venue_code: -1 })
    expect(desk.results()).toMatchObject([
      {
        status,
        terminal: true,
        reason: expected,
        gate: reason === 'EXPIRED_BEFORE_SEND' ? 'EXPIRY' : 'VENUE',
        filled_quantity: '0',
        average_price: null,
        detail: 'in words',
        venue_code: -1,
      },
    ])
  })

  it('comes only when its fate is known', () => {
    const { desk, entry } = entering()
    desk.says(entry, { state: 'UNKNOWN' })
    desk.tick(3_600_000)
    expect(desk.results()).toEqual([])
    desk.says(entry, { state: 'REJECTED', reason: 'TRANSPORT' })
    expect(desk.results()).toHaveLength(1)
  })
})

describe('exactly one result', () => {
  it('comes for each subject, also over a restart and with reports that come twice', () => {
    const { desk, entry } = entering()
    const half = desk.fill(entry, { quantity: '4' })
    desk.restart()
    const end = desk.says(entry, { state: 'CANCELLED' })
    desk.restart()
    for (const report of [half, end, half, end]) desk.publish(orderReport, report)
    expect(desk.results()).toHaveLength(1)
  })

  it('comes for no stop, no cancel and no foreign order', () => {
    const { desk, entry } = entering()
    desk.fill(entry)
    desk.results()
    desk.fill(desk.stops()[0]!, { price: '99' })
    desk.foreignFill({ symbol: 'ETHUSDT' })
    expect(desk.results()).toEqual([])
  })

  it('leaves no state behind', () => {
    const end = orderReportOf({
      state: 'REJECTED',
      filled_quantity: '0',
      venue_trade_id: null,
      fill_quantity: null,
      fill_price: null,
      fee_usd: null,
    })
    const kit = given(execution).when([orderReport, end], tick(startMs + 1_000))
    expect(kit.outputs(executionResult)).toEqual([])
    expect(kit.liveKeys()).toBe(0)
  })
})
