import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Venue } from '../../../../connectors/exchange/simulator/venue.ts'
import type { OrderReport, OrderType } from '../../../../schemas/types.gen.ts'
import { bitcoin, openVenue, order, quote, startMs } from './kit.ts'

// Without fees a market that is mirrored about 100, with every side exchanged, has to give the same money.
const free = { ...bitcoin, taker_fee_rate: '0', maker_fee_rate: '0', liquidation_fee_rate: '0' }

interface Move {
  steps: number
  side: 'BUY' | 'SELL'
  type: OrderType
  quantity: string
  distance: number
  reduceOnly: boolean
}

const anyMoves = fc.array(
  fc.record({
    steps: fc.integer({ min: -10, max: 10 }),
    side: fc.constantFrom('BUY' as const, 'SELL' as const),
    type: fc.constantFrom('MARKET' as const, 'LIMIT' as const, 'STOP_MARKET' as const),
    quantity: fc.integer({ min: 100, max: 3_000 }).map((n) => (n / 1_000).toFixed(3)),
    distance: fc.integer({ min: 1, max: 20 }),
    reduceOnly: fc.boolean(),
  }),
  { minLength: 5, maxLength: 60 },
)

/** Plays the moves as they are (1) or mirrored about 100 (-1). */
function play(moves: readonly Move[], mirror: 1 | -1): { venue: Venue; list: OrderReport[] } {
  const venue = openVenue({ walletUsd: '100000', instruments: [free] })
  const list: OrderReport[] = []
  let level = 0
  const priceAt = (value: number): number => Math.round(1_000 + mirror * value) / 10
  moves.forEach((move, index) => {
    level = Math.max(-300, Math.min(300, level + move.steps))
    const edges = [priceAt(level - 1), priceAt(level + 1)]
    venue.onTick(quote(Math.min(...edges), Math.max(...edges), index))
    const isBuy = (move.side === 'BUY') === (mirror === 1)
    // A limit order waits on its own side of the market, a stop on the other one.
    const side = move.side === 'BUY' ? 1 : -1
    const price = priceAt(level - side * move.distance).toFixed(1)
    const trigger = priceAt(level + side * move.distance).toFixed(1)
    venue.submit(
      order({
        ...{ client_order_id: `m${index}`, side: isBuy ? 'BUY' : 'SELL', type: move.type, price },
        ...{ trigger_price: trigger, quantity: move.quantity, reduce_only: move.reduceOnly },
        leverage: move.reduceOnly ? null : 5,
      }),
      startMs + index,
    )
    for (const event of venue.takeEvents())
      if (event.topic === 'order.report') list.push(event.record)
  })
  return { venue, list }
}

describe('long and short', () => {
  it('end alike in mirrored markets', () => {
    fc.assert(
      fc.property(anyMoves, (moves) => {
        const straight = play(moves, 1)
        const mirrored = play(moves, -1)
        const shape = (list: OrderReport[]): unknown[] =>
          list.map((one) => [one.client_order_id, one.state, one.fill_quantity, one.venue_code])
        expect(shape(mirrored.list)).toEqual(shape(straight.list))
        expect(mirrored.venue.books('main')).toEqual(straight.venue.books('main'))
      }),
      { numRuns: 150 },
    )
  })
})
