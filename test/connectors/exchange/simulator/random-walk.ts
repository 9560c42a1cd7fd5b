// Random worlds for the simulator's property tests: what may happen, and how it is played on a venue.
import fc from 'fast-check'
import type { Venue } from '../../../../connectors/exchange/simulator/venue.ts'
import type { ExchangeTick, OrderCommand } from '../../../../schemas/types.gen.ts'
import { cancel, order, startMs, tick } from './kit.ts'

/** One step of a random world. */
export type Step =
  | { kind: 'quote'; symbol: string; moveBps: number; spread: number; size: number | null }
  | { kind: 'mark'; symbol: string; moveBps: number; rate: number }
  | { kind: 'order'; command: Partial<OrderCommand> }
  | { kind: 'cancel'; index: number }
  | { kind: 'wait'; ms: number }

const anySymbol = fc.constantFrom('BTCUSDT', 'ETHUSDT')
const anySide = fc.constantFrom('BUY' as const, 'SELL' as const)
const anyQuantity = fc.integer({ min: 1, max: 20_000 }).map((steps) => (steps / 1_000).toFixed(3))
const anyPrice = fc.integer({ min: 800, max: 1_200 }).map((ticks) => (ticks / 10).toFixed(1))

/** Random steps: quotes with little size, marks with funding, orders of every type, cancels, hours that pass. */
export const anySteps = fc.array(
  fc.oneof(
    { arbitrary: quoteStep(), weight: 6 },
    {
      arbitrary: fc.record({
        kind: fc.constant('mark' as const),
        symbol: anySymbol,
        moveBps: fc.integer({ min: -400, max: 400 }),
        rate: fc.integer({ min: -300, max: 300 }).map((n) => n / 100_000),
      }),
      weight: 2,
    },
    { arbitrary: orderStep(), weight: 6 },
    {
      arbitrary: fc.record({ kind: fc.constant('cancel' as const), index: fc.nat(20) }),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        ms: fc.integer({ min: 0, max: 10 * 3_600_000 }),
      }),
      weight: 1,
    },
  ),
  { minLength: 10, maxLength: 80 },
)

function quoteStep(): fc.Arbitrary<Step> {
  return fc.record({
    kind: fc.constant('quote' as const),
    symbol: anySymbol,
    moveBps: fc.integer({ min: -500, max: 500 }),
    spread: fc.integer({ min: 0, max: 5 }),
    size: fc.oneof(
      fc.constant(null),
      fc.integer({ min: 0, max: 5_000 }).map((n) => n / 1_000),
    ),
  })
}

function orderStep(): fc.Arbitrary<Step> {
  return fc
    .record({
      symbol: anySymbol,
      side: anySide,
      quantity: anyQuantity,
      type: fc.constantFrom(
        ...(['MARKET', 'MARKET', 'LIMIT', 'STOP_MARKET', 'TAKE_PROFIT_MARKET'] as const),
      ),
      reduce_only: fc.boolean(),
      price: anyPrice,
      trigger_price: anyPrice,
      leverage: fc.constantFrom(null, 1, 5, 20, 50),
    })
    .map((command) => ({ kind: 'order' as const, command }))
}

/** Runs random steps on a venue, 137 ms apart; calls `after` behind each. Two venues given the same steps see the same. */
export function walk(steps: readonly Step[], world: Walk, after: () => void = () => {}): void {
  const { venue } = world
  for (const step of steps) {
    world.nowMs += 137
    switch (step.kind) {
      case 'quote': {
        const bid = movePrice(world, step.symbol, step.moveBps)
        const ask = Math.round((bid + step.spread / 10) * 10) / 10
        const { size, symbol } = step
        venue.onTick(walkTick(world, { symbol, bid, bid_size: size, ask, ask_size: size }))
        break
      }
      case 'mark': {
        const mark = movePrice(world, step.symbol, step.moveBps)
        venue.onTick(walkTick(world, { symbol: step.symbol, mark, funding_rate: step.rate }))
        break
      }
      case 'order': {
        const id = `w${++world.sent}`
        const ids = { command_id: id, client_order_id: id, ...ownerOf(world, world.sent) }
        venue.submit(order({ ...step.command, ...ids }), world.nowMs)
        break
      }
      case 'cancel': {
        const sent = world.sent - step.index
        const id = `x${++world.sent}`
        const ids = { command_id: id, client_order_id: id, ...ownerOf(world, sent) }
        venue.submit(cancel(`w${sent}`, ids), world.nowMs)
        break
      }
      case 'wait':
        world.nowMs += step.ms
        venue.advance(world.nowMs)
        break
    }
    after()
  }
}

export interface Walk {
  venue: Venue
  nowMs: number
  sent: number
  prices: Record<string, number>
  /** Orders are theirs in turn. */
  accounts: readonly string[]
}

export function newWalk(venue: Venue, accounts: readonly string[] = ['main']): Walk {
  return { venue, nowMs: startMs, sent: 0, prices: { BTCUSDT: 100, ETHUSDT: 100 }, accounts }
}

function ownerOf(world: Walk, sent: number): { account: string } {
  const { accounts } = world
  return { account: accounts[Math.max(0, sent) % accounts.length] ?? 'main' }
}

function movePrice(world: Walk, symbol: string, moveBps: number): number {
  const price = (world.prices[symbol] ?? 100) * (1 + moveBps / 10_000)
  const onTick = Math.max(1, Math.round(price * 10) / 10)
  world.prices[symbol] = onTick
  return onTick
}

function walkTick(world: Walk, fields: Partial<ExchangeTick>): ExchangeTick {
  return tick({ ...fields, at: world.nowMs - startMs })
}
