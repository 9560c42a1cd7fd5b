import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { VenueState } from '../../../../connectors/exchange/simulator/state.ts'
import { createVenue } from '../../../../connectors/exchange/simulator/venue.ts'
import { bitcoin, ether, openVenue, order, quote, startMs, tick } from './kit.ts'
import { anySteps, newWalk, walk } from './random-walk.ts'

const config = {
  ...{ venue: 'binance', environment: 'PAPER' as const, latencyMs: 50, reportLatencyMs: 20 },
}

function throughJson(state: VenueState): VenueState {
  return JSON.parse(JSON.stringify(state)) as VenueState
}

describe('a stored state', () => {
  it('goes on exactly as the venue would have, whenever it was stored', () => {
    fc.assert(
      fc.property(anySteps, fc.nat(80), (steps, cut) => {
        const venue = openVenue({ walletUsd: '500', latencyMs: 50, reportLatencyMs: 20 })
        venue.openAccount('second', '500', startMs)
        const first = newWalk(venue, ['main', 'second'])
        walk(steps.slice(0, cut), first)
        const stored = throughJson(first.venue.state())
        const second = {
          ...first,
          prices: { ...first.prices },
          venue: createVenue(config, [bitcoin, ether], stored),
        }
        expect(second.venue.state()).toEqual(stored)
        expect(second.venue.nextEventAtMs()).toBe(first.venue.nextEventAtMs())
        const rest = steps.slice(cut)
        walk(rest, first)
        walk(rest, second)
        expect(second.venue.takeEvents()).toEqual(first.venue.takeEvents())
        expect(second.venue.state()).toEqual(first.venue.state())
      }),
      { numRuns: 150 },
    )
  })

  it('still delivers commands and events that were on their way', () => {
    const venue = createVenue(config, [bitcoin])
    venue.openAccount('main', '1000', startMs)
    venue.onTick(quote(100, 100))
    venue.submit(order(), startMs)
    const restored = createVenue(config, [bitcoin], throughJson(venue.state()))
    restored.advance(startMs + 50)
    const again = createVenue(config, [bitcoin], throughJson(restored.state()))
    again.advance(startMs + 70)
    expect(again.takeEvents()).toHaveLength(2)
  })

  it('keeps the order of things when it goes on with shorter latencies', () => {
    const venue = createVenue(config, [bitcoin])
    venue.openAccount('main', '1000', startMs)
    venue.onTick(quote(100, 100))
    venue.submit(order({ client_order_id: 'first' }), startMs)
    venue.advance(startMs + 50)
    venue.submit(order({ client_order_id: 'second' }), startMs + 50)
    const quick = { ...config, latencyMs: 0, reportLatencyMs: 0 }
    const restored = createVenue(quick, [bitcoin], throughJson(venue.state()))
    restored.placeManual('main', 'BTCUSDT', 'BUY', '0.1', startMs + 51)
    restored.submit(order({ client_order_id: 'third' }), startMs + 52)
    restored.advance(startMs + 100)
    const seen = restored
      .takeEvents()
      .map((one) => [
        one.topic === 'order.report' && one.record.client_order_id,
        one.at_ms - startMs,
      ])
    expect(seen).toEqual([
      ...[
        ['first', 70],
        ['first', 70],
        ['manual-1', 70],
        ['manual-1', 70],
      ],
      ...[
        ['second', 100],
        ['second', 100],
        ['third', 100],
        ['third', 100],
      ],
    ])
  })

  it('keeps resting orders and holders of several accounts in their order', () => {
    const venue = createVenue(config, [bitcoin])
    venue.openAccount('main', '1000', startMs)
    venue.openAccount('second', '1000', startMs)
    venue.onTick(
      tick({ bid: 100, ask: 100, funding_rate: 0.001, next_funding_at_ms: startMs + 500 }),
    )
    const limit = { type: 'LIMIT' as const, price: '99' }
    venue.submit(order({ account: 'second' }), startMs)
    venue.submit(order({ account: 'second', ...limit }), startMs)
    venue.submit(order({ account: 'main' }), startMs)
    venue.submit(order({ account: 'main', ...limit }), startMs)
    venue.advance(startMs + 100)
    venue.takeEvents()
    const restored = createVenue(config, [bitcoin], throughJson(venue.state()))
    for (const one of [venue, restored]) {
      one.onTick(tick({ bid: 98, bid_size: 1, ask: 99, ask_size: 0.15, at: 200 }))
      one.advance(startMs + 600)
    }
    const events = venue.takeEvents()
    expect(events.map((one) => `${one.record.account} ${one.topic}`)).toEqual([
      'second order.report',
      'main order.report',
      'main funding.paid',
      'second funding.paid',
    ])
    expect(restored.takeEvents()).toEqual(events)
  })

  it('is independent of what the venue does next', () => {
    const venue = openVenue()
    const stored = venue.state()
    const copy = throughJson(stored)
    venue.onTick(quote(100, 100))
    venue.submit(order(), startMs)
    expect(stored).toEqual(copy)
  })

  it('of another venue, or with a position in an unlisted symbol, is refused', () => {
    const venue = openVenue()
    venue.onTick(quote(100, 100))
    venue.submit(order(), startMs)
    const stored = venue.state()
    expect(() => createVenue({ ...config, environment: 'LIVE' }, [bitcoin], stored)).toThrow(
      'expected the state of binance LIVE, was binance PAPER',
    )
    expect(() => createVenue(config, [ether], stored)).toThrow(
      'expected an instrument for BTCUSDT, was none',
    )
  })
})
