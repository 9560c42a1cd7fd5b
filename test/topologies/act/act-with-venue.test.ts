// The act stage against the exchange simulator: partial fills, triggers, funding, liquidation, trades by hand, latency.
// Whatever happens, our books are the venue's books to the last decimal.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createVenue } from '../../../connectors/exchange/simulator/venue.ts'
import { exact, zero } from '../../../schemas/decimal.ts'
import {
  fundingPaid,
  instrumentState,
  markState,
  orderReport,
  positionFlattened,
  positionState,
} from '../../../schemas/topics.ts'
import type { PositionState } from '../../../schemas/types.gen.ts'
import { actDesk } from '../../kit/act-desk.ts'
import { instrumentOf, markOf, startMs } from '../../kit/records.ts'
import { tick } from '../../connectors/exchange/simulator/kit.ts'

const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT']
const nth = fc.nat({ max: 2 })
const of = <K extends string>(kind: K): fc.Arbitrary<K> => fc.constant(kind)

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: of('quote'),
        symbol: nth,
        moveBps: fc.integer({ min: -150, max: 150 }),
        size: fc.constantFrom(null, null, 2, 0.7, 0.05),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: of('intent'), symbol: nth, isLong: fc.boolean() }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: of('exit'), symbol: nth, share: fc.constantFrom(0.2, 0.5, 1) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: of('wait'), ms: fc.integer({ min: 1, max: 3_000 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: of('night') }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: of('manual'),
        symbol: nth,
        isBuy: fc.boolean(),
        quantity: fc.integer({ min: 1, max: 3_000 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: of('restart') }) },
  ),
  { minLength: 20, maxLength: 90, size: 'max' },
)
type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never

function play(list: readonly Step[], latencyMs: number) {
  const desk = actDesk({
    config: {
      accounts: [{ name: 'main', symbols }],
      limits: { decision_window_ms: 0, max_entries_per_minute: 1_000 },
    },
  })
  const instruments = symbols.map((symbol) => instrumentOf({ symbol, market_max_quantity: '8' }))
  const venue = createVenue(
    { venue: 'binance', environment: 'PAPER', latencyMs, reportLatencyMs: latencyMs },
    instruments,
  )
  venue.openAccount('main', '2000', startMs)
  for (const instrument of instruments) desk.table(instrumentState, instrument.symbol, instrument)
  const prices = new Map(symbols.map((symbol) => [symbol, 100]))
  const open = new Map<string, PositionState>()
  let ids = 0

  const quote = (symbol: string, size: number | null = null): void => {
    const price = prices.get(symbol)!
    const ask = Number((price + 0.01).toFixed(2))
    const at = desk.nowMs() - startMs
    venue.onTick(
      tick({
        at,
        symbol,
        bid: price,
        ask,
        mark: price,
        bid_size: size,
        ask_size: size,
        funding_rate: 0.0003,
      }),
    )
    desk.table(markState, symbol, markOf({ symbol, price, price_at_ms: desk.nowMs() + 1e9 }))
  }
  /** Carries commands and events until nothing is left at this time. */
  const exchange = (): void => {
    for (;;) {
      const commands = desk.commands()
      for (const command of commands) venue.submit(command, desk.nowMs())
      const events = venue.takeEvents()
      for (const event of events)
        if (event.topic === 'order.report') desk.publish(orderReport, event.record)
        else desk.publish(fundingPaid, event.record)
      if (commands.length === 0 && events.length === 0) return
    }
  }
  const pass = (ms: number): void => {
    desk.tick(ms)
    venue.advance(desk.nowMs())
    exchange()
  }
  for (const symbol of symbols) quote(symbol)

  for (const step of list) {
    const symbol = 'symbol' in step ? symbols[step.symbol]! : symbols[0]!
    const price = prices.get(symbol)!
    switch (step.kind) {
      case 'quote':
        prices.set(symbol, Math.max(1, Number((price * (1 + step.moveBps / 10_000)).toFixed(2))))
        quote(symbol, step.size)
        break
      case 'intent': {
        const sign = step.isLong ? 1 : -1
        desk.intent({
          intent_id: `intent-${ids++}`,
          symbol,
          side: step.isLong ? 'BUY' : 'SELL',
          reference_price: String(price),
          stop_price: (price * (1 - sign * 0.02)).toFixed(2),
          target_price: (price * (1 + sign * 0.04)).toFixed(2),
        })
        break
      }
      case 'exit': {
        const position = open.get(symbol)
        if (position === undefined) break
        const quantity = exact(position.quantity)
        desk.exit({
          exit_id: `exit-${ids++}`,
          symbol,
          side: quantity.gt(0) ? 'SELL' : 'BUY',
          quantity: quantity.abs().times(step.share).toFixed(),
          closes_all: step.share === 1,
          observed_price: String(price),
        })
        break
      }
      case 'wait':
        pass(step.ms)
        break
      case 'night':
        pass(4 * 3_600_000)
        break
      case 'manual':
        venue.placeManual(
          'main',
          symbol,
          step.isBuy ? 'BUY' : 'SELL',
          (step.quantity / 1_000).toFixed(3),
          desk.nowMs(),
        )
        break
      case 'restart':
        desk.restart()
        break
    }
    exchange()
    for (const state of desk.read(positionState)) {
      if (state === null) continue
      open.set(state.symbol, state)
    }
    for (const leg of desk.gates().legs) if (leg.quantity === '0') open.delete(leg.symbol)
  }
  // Back inside the stops: beyond its trigger none can rest, and the exit brain, which would close there, is not here.
  for (const [symbol, { initial_stop_price: stop, quantity, average_entry_price }] of open) {
    const isLong = exact(quantity).gt(0)
    const inside =
      stop === null ? Number(average_entry_price) : Number(stop) / (isLong ? 0.98 : 1.02)
    prices.set(symbol, Number(inside.toFixed(2)))
  }
  for (let second = 0; second < 10; second++) {
    for (const symbol of symbols) quote(symbol)
    pass(1_000)
    for (const state of desk.read(positionState)) if (state !== null) open.set(state.symbol, state)
  }
  for (const leg of desk.gates().legs) if (leg.quantity === '0') open.delete(leg.symbol)
  const trips = desk.read(positionFlattened).filter((trip) => trip !== null)
  return { desk, venue, open, trips }
}

describe.each([0, 35])('the act stage with a venue of %d ms latency', (latencyMs) => {
  it('holds what the venue holds, and has earned, paid and received what the venue booked', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const { desk, venue, open, trips } = play(list, latencyMs)
        const snapshot = venue.snapshot('main', desk.nowMs())
        const theirs = new Map(
          snapshot.positions.map((one) => [one.symbol, exact(one.quantity).toFixed()]),
        )
        const ours = new Map(
          [...open].map(([symbol, state]) => [symbol, exact(state.quantity).toFixed()]),
        )
        expect(ours).toEqual(theirs)
        const books = venue.books('main')
        const sum = (from: readonly string[]) =>
          from.reduce((total, value) => total.plus(value), zero).toFixed()
        const states = [...open.values()]
        expect(sum([...trips.map((t) => t.gross_usd), ...states.map((s) => s.realised_usd)])).toBe(
          books.realised,
        )
        expect(sum([...trips.map((t) => t.fees_usd), ...states.map((s) => s.fees_usd)])).toBe(
          books.fees,
        )
        expect(sum([...trips.map((t) => t.funding_usd), ...states.map((s) => s.funding_usd)])).toBe(
          books.funding,
        )
      }),
      { seed: 7, numRuns: 10 },
    )
  })

  it('leaves one stop at the venue for each position, of its size, and no other order', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const { desk, venue } = play(list, latencyMs)
        const snapshot = venue.snapshot('main', desk.nowMs())
        // The largest market order bounds a stop.
        const wanted = snapshot.positions.map((one) => {
          const size = exact(one.quantity).abs()
          return [one.symbol, size.gt(8) ? '8' : size.toFixed()]
        })
        const resting = snapshot.open_orders.map((one) => [
          one.symbol,
          exact(one.quantity).toFixed(),
        ])
        expect(resting.sort()).toEqual(wanted.sort())
        expect(snapshot.open_orders.every((one) => one.reduce_only)).toBe(true)
      }),
      { seed: 8, numRuns: 10 },
    )
  })

  it('ends every intent and every exit once, and sends no order that the filters refuse', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const { desk } = play(list, latencyMs)
        const ended = desk.everyResult().filter((result) => result.terminal)
        const asked = new Set(
          desk
            .everyCommand()
            .filter((c) => c.purpose === 'ENTRY' || c.purpose === 'EXIT')
            .map((c) => c.parent_id),
        )
        const refused = ended.filter((result) => result.status === 'REFUSED')
        expect(ended).toHaveLength(asked.size + refused.length)
        expect(new Set(ended.map((result) => result.subject_id)).size).toBe(ended.length)
        expect(ended.filter((result) => result.reason === 'VENUE_REJECTED')).toEqual([])
      }),
      { seed: 9, numRuns: 10 },
    )
  })
})
