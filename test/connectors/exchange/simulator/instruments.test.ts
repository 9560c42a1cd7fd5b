import { Decimal } from 'decimal.js'
import { describe, expect, it } from 'vitest'
import {
  builtInInstruments,
  inferInstrument,
} from '../../../../connectors/exchange/simulator/instruments.ts'
import { createVenue } from '../../../../connectors/exchange/simulator/venue.ts'
import { order, startMs, states, tick } from './kit.ts'

describe('the built-in instruments', () => {
  const list = builtInInstruments('binance', 'PAPER', 5)

  it('are the four symbols of the demo', () => {
    expect(list.map((one) => one.symbol)).toEqual([
      ...['BTCUSDT', 'ETHUSDT', 'SOLUSDT', '1000PEPEUSDT'],
    ])
    for (const one of list) expect(one).toMatchObject({ inferred: false, observed_at_ms: 5 })
  })

  it.each(list.map((one) => [one.symbol, one] as const))(
    'give %s brackets without a gap, with continuous maintenance and falling leverage',
    (_, instrument) => {
      const { brackets } = instrument
      expect(brackets[0]?.notional_floor_usd).toBe('0')
      brackets.slice(1).forEach((bracket, index) => {
        const before = brackets[index]
        if (before === undefined) throw new Error('expected a bracket')
        const at = new Decimal(bracket.notional_floor_usd)
        expect(bracket.notional_floor_usd).toBe(before.notional_cap_usd)
        expect(bracket.max_leverage).toBeLessThan(before.max_leverage)
        const maintenance = (one: typeof bracket): string =>
          at.times(one.maintenance_rate).minus(one.maintenance_amount_usd).toFixed()
        expect(maintenance(bracket)).toBe(maintenance(before))
        // Otherwise a position at the highest leverage would be liquidated when it is opened.
        expect(1 / bracket.max_leverage).toBeGreaterThan(Number(bracket.maintenance_rate))
      })
    },
  )

  it('know what Binance publishes for the first brackets of BTCUSDT', () => {
    expect(list[0]?.brackets.slice(0, 4).map((one) => one.maintenance_amount_usd)).toEqual([
      ...['0', '50', '950', '11450'],
    ])
  })
})

describe('an inferred instrument', () => {
  it('takes the tick from the finest price and says that it is inferred', () => {
    expect(inferInstrument('ADAUSDT', [0.25, 0.2501, 0.24], 'binance', 'BACKTEST')).toMatchObject({
      ...{ symbol: 'ADAUSDT', base_asset: 'ADA', quote_asset: 'USDT', inferred: true },
      ...{ tick_size: '0.0001', step_size: '1' },
    })
    expect(inferInstrument('BTCEUR', [45_000, 45_001], 'bitvavo', 'BACKTEST')).toMatchObject({
      ...{ base_asset: 'BTC', quote_asset: 'EUR', tick_size: '1', step_size: '0.00001' },
    })
    expect(inferInstrument('1000PEPEUSDT', [1e-7, 3e-7], 'binance', 'BACKTEST')).toMatchObject({
      ...{ tick_size: '0.0000001', base_asset: '1000PEPE' },
    })
  })

  it('does not take rounding noise for a tick', () => {
    expect(inferInstrument('X', [0.1 + 0.2], 'binance', 'BACKTEST').tick_size).toBe('0.00000001')
  })

  it('can be traded', () => {
    const instrument = inferInstrument('BTCEUR', [45_000.5], 'binance', 'PAPER')
    const config = { venue: 'binance', environment: 'PAPER' as const }
    const venue = createVenue({ ...config, latencyMs: 0, reportLatencyMs: 0 }, [instrument])
    venue.openAccount('main', '1000', startMs)
    venue.onTick(tick({ symbol: 'BTCEUR', last: 45_000.5 }))
    venue.submit(order({ symbol: 'BTCEUR', quantity: '0.01' }), startMs)
    const list = venue.takeEvents().map((event) => event.topic === 'order.report' && event.record)
    expect(states(list.filter((one) => one !== false))).toEqual(['ACKED', 'FILLED'])
  })

  it('needs a price to infer from', () => {
    expect(() => inferInstrument('X', [], 'binance', 'PAPER')).toThrow('expected prices above 0')
    expect(() => inferInstrument('X', [0, NaN, -1], 'binance', 'PAPER')).toThrow('X')
  })
})
