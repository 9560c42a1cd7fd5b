// Whatever happens in whatever order (fills, copies, reports that overtake each other, trades by hand, restarts), the act
// stage keeps its books, its limits and its one result for each intent and exit.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exact, zero } from '../../../schemas/decimal.ts'
import {
  executionResult,
  orderReport,
  positionFlattened,
  positionState,
} from '../../../schemas/topics.ts'
import type { OrderCommand, OrderReport } from '../../../schemas/types.gen.ts'
import { actDesk } from '../../kit/act-desk.ts'
import type { ActDesk } from '../../kit/act-desk.ts'
import { orderReportOf } from '../../kit/records.ts'

const symbols = ['AUSDT', 'BUSDT', 'CUSDT', 'DUSDT']
const maxOpen = 2

type Step =
  | {
      readonly kind: 'intent'
      readonly symbol: number
      readonly isLong: boolean
      readonly score: number
    }
  | { readonly kind: 'exit'; readonly symbol: number; readonly tenths: number }
  | {
      readonly kind: 'trade'
      readonly order: number
      readonly tenths: number
      readonly ends: boolean
    }
  | { readonly kind: 'unsettle'; readonly order: number }
  | { readonly kind: 'deliver'; readonly report: number; readonly copies: number }
  | {
      readonly kind: 'manual'
      readonly symbol: number
      readonly isBuy: boolean
      readonly quantity: number
    }
  | { readonly kind: 'tick'; readonly ms: number }
  | { readonly kind: 'flush' }
  | { readonly kind: 'restart' }

const pick = fc.nat({ max: 1_000 })
const of = <K extends string>(kind: K): fc.Arbitrary<K> => fc.constant(kind)

const steps = (withManual: boolean): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          kind: of('intent'),
          symbol: pick,
          isLong: fc.boolean(),
          score: fc.double({ min: 0, max: 1, noNaN: true }),
        }),
      },
      {
        weight: 5,
        arbitrary: fc.record({
          kind: of('exit'),
          symbol: pick,
          tenths: fc.constantFrom(1, 3, 5, 10, 10),
        }),
      },
      {
        weight: 6,
        arbitrary: fc.record({
          kind: of('trade'),
          order: pick,
          tenths: fc.integer({ min: 0, max: 10 }),
          ends: fc.boolean(),
        }),
      },
      {
        weight: 5,
        arbitrary: fc.record({
          kind: of('trade'),
          order: pick,
          tenths: fc.constant(10),
          ends: fc.constant(true),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: of('unsettle'), order: pick }) },
      {
        weight: 8,
        arbitrary: fc.record({
          kind: of('deliver'),
          report: pick,
          copies: fc.integer({ min: 1, max: 3 }),
        }),
      },
      { weight: 4, arbitrary: fc.record({ kind: of('flush') }) },
      {
        weight: 4,
        arbitrary: fc.record({ kind: of('tick'), ms: fc.integer({ min: 1, max: 1_500 }) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: of('restart') }) },
      {
        weight: withManual ? 1 : 0,
        arbitrary: fc.record({
          kind: of('manual'),
          symbol: pick,
          isBuy: fc.boolean(),
          quantity: fc.integer({ min: 1, max: 9 }),
        }),
      },
    ),
    { minLength: 20, maxLength: 120, size: 'max' },
  )

/** A venue that keeps its own books, fills what it likes, and tells it in any order. */
function play(list: readonly Step[]) {
  const desk = actDesk({
    config: {
      accounts: [{ name: 'main', symbols }],
      limits: { max_open_positions: maxOpen, max_in_flight: 4, max_entries_per_minute: 1_000 },
    },
  })
  const held = new Map(symbols.map((symbol) => [symbol, zero]))
  const open = new Map<string, { command: OrderCommand; filled: number }>()
  const pending: OrderReport[] = []
  let sequence = 0
  let ids = 0
  let trades = 0
  let worst = 0

  const say = (command: OrderCommand, changes: Partial<OrderReport>): void => {
    sequence++
    pending.push(
      orderReportOf({
        report_id: `r${sequence}`,
        symbol: command.symbol,
        client_order_id: command.client_order_id,
        purpose: command.purpose,
        parent_id: command.parent_id,
        correlation_id: command.correlation_id,
        side: command.side,
        reduce_only: command.reduce_only,
        order_quantity: command.quantity,
        filled_quantity: String(open.get(command.client_order_id)?.filled ?? 0),
        venue_trade_id: null,
        fill_quantity: null,
        fill_price: null,
        fee_usd: null,
        liquidity: null,
        exit_kind: command.exit_kind,
        exit_rung: command.exit_rung,
        venue_at_ms: desk.nowMs(),
        received_at_ms: desk.nowMs(),
        venue_sequence: sequence,
        ...changes,
      }),
    )
  }
  const hold = (symbol: string, side: string, quantity: number): void => {
    held.set(symbol, held.get(symbol)!.plus(side === 'BUY' ? quantity : -quantity))
  }
  /** Takes new commands to the venue: cancels end their order, others are acknowledged. */
  const send = (): void => {
    for (const command of desk.commands()) {
      if (command.type !== 'CANCEL') {
        open.set(command.client_order_id, { command, filled: 0 })
        say(command, { state: 'ACKED' })
        continue
      }
      const target = open.get(command.cancel_client_order_id!)
      if (target === undefined) say(command, { state: 'REJECTED', reason: 'UNKNOWN_ORDER' })
      else end(target.command, 'CANCELLED')
    }
    // Slots at the venue: what our entries hold or may still take. Trades by hand are not ours to limit.
    const taken = new Set<string>()
    for (const { command } of open.values())
      if (command.purpose === 'ENTRY') taken.add(command.symbol)
    for (const [symbol, quantity] of held) if (!quantity.isZero()) taken.add(symbol)
    worst = Math.max(worst, taken.size)
  }
  const end = (command: OrderCommand, state: OrderReport['state']): void => {
    say(command, { state })
    open.delete(command.client_order_id)
  }
  const trade = (index: number, tenths: number, ends: boolean): void => {
    const orders = [...open.values()].filter(
      ({ command }) => command.purpose !== 'PROTECT' || tenths === 10,
    )
    const order = orders[index % orders.length]
    if (order === undefined) return
    const { command } = order
    const left = Number(command.quantity) - order.filled
    const position = held.get(command.symbol)!
    const room = !command.reduce_only
      ? left
      : command.side === 'SELL'
        ? Math.max(0, position.toNumber())
        : Math.max(0, -position.toNumber())
    const quantity = Math.min(left, room, Math.ceil((left * tenths) / 10))
    if (quantity > 0) {
      order.filled += quantity
      hold(command.symbol, command.side, quantity)
      const price = 100 + (sequence % 7)
      const fill = {
        venue_trade_id: `t${trades++}`,
        fill_quantity: String(quantity),
        fill_price: String(price),
        fee_usd: '0.01',
      }
      const isFilled = order.filled === Number(command.quantity)
      say(command, { state: isFilled ? 'FILLED' : 'PARTIALLY_FILLED', ...fill })
      if (isFilled) {
        open.delete(command.client_order_id)
        return
      }
    }
    if (ends) end(command, quantity > 0 ? 'EXPIRED' : 'REJECTED')
  }
  const deliver = (index: number, copies: number): void => {
    const [report] = pending.splice(index % Math.max(1, pending.length), 1)
    if (report === undefined) return
    for (let i = 0; i < copies; i++) desk.publish(orderReport, report)
  }

  for (const step of list) {
    switch (step.kind) {
      case 'intent': {
        const symbol = symbols[step.symbol % symbols.length]!
        const plan = step.isLong
          ? {}
          : { side: 'SELL' as const, stop_price: '101', target_price: '98' }
        desk.intent({ intent_id: `i${ids++}`, symbol, score: step.score, ...plan })
        break
      }
      case 'exit': {
        const symbol = symbols[step.symbol % symbols.length]!
        const leg = desk.gates().legs.find((one) => one.symbol === symbol)
        const quantity = Number(leg?.quantity ?? '0')
        if (quantity === 0) break
        const part = Math.ceil((Math.abs(quantity) * step.tenths) / 10)
        desk.exit({
          exit_id: `e${ids++}`,
          symbol,
          side: quantity > 0 ? 'SELL' : 'BUY',
          quantity: String(part),
          closes_all: step.tenths === 10,
        })
        break
      }
      case 'trade':
        trade(step.order, step.tenths, step.ends)
        break
      case 'unsettle': {
        const orders = [...open.values()]
        const order = orders[step.order % Math.max(1, orders.length)]
        if (order !== undefined) say(order.command, { state: 'UNKNOWN' })
        break
      }
      case 'deliver':
        deliver(step.report, step.copies)
        break
      case 'manual': {
        const symbol = symbols[step.symbol % symbols.length]!
        const side = step.isBuy ? 'BUY' : 'SELL'
        hold(symbol, side, step.quantity)
        sequence++
        pending.push(
          orderReportOf({
            ...{
              report_id: `r${sequence}`,
              symbol,
              side,
              client_order_id: `m${sequence}`,
              purpose: 'EXTERNAL',
              parent_id: '',
              correlation_id: '',
              exit_kind: 'EXTERNAL',
              exit_rung: 0,
            },
            ...{
              order_quantity: String(step.quantity),
              filled_quantity: String(step.quantity),
              fill_quantity: String(step.quantity),
              fill_price: '100',
              venue_trade_id: `t${trades++}`,
              venue_sequence: sequence,
            },
          }),
        )
        break
      }
      case 'tick':
        desk.tick(step.ms)
        break
      case 'flush':
        while (pending.length > 0) deliver(0, 1)
        break
      case 'restart':
        desk.restart()
        break
    }
    send()
  }
  settle(desk, {
    send,
    deliver: () => deliver(0, 1),
    isQuiet: () => pending.length === 0,
    open,
    end,
  })
  return { desk, held, worst }
}

interface Rest {
  readonly send: () => void
  readonly deliver: () => void
  readonly isQuiet: () => boolean
  readonly open: ReadonlyMap<string, { command: OrderCommand; filled: number }>
  readonly end: (command: OrderCommand, state: OrderReport['state']) => void
}

/** Ends every order but resting stops that are wanted, and delivers all that is left. */
function settle(desk: ActDesk, rest: Rest): void {
  for (let round = 0; round < 20; round++) {
    while (!rest.isQuiet()) {
      rest.deliver()
      rest.send()
    }
    for (const { command } of [...rest.open.values()])
      if (command.purpose !== 'PROTECT') rest.end(command, 'EXPIRED')
    desk.tick(1_000)
    rest.send()
  }
}

const anySteps = steps(true)
const runs = { numRuns: 60, seed: 20_260_101 }

describe('the act stage', () => {
  it('ends with the quantities of the venue in both of its books', () => {
    fc.assert(
      fc.property(anySteps, (list) => {
        const { desk, held } = play(list)
        const shown = new Map<string, string>()
        for (const state of desk.read(positionState))
          if (state !== null) shown.set(state.symbol, state.quantity)
        for (const [symbol, quantity] of held) {
          const leg = desk.gates().legs.find((one) => one.symbol === symbol)
          expect(exact(leg?.quantity ?? '0').toFixed()).toBe(quantity.toFixed())
          if (!quantity.isZero()) expect(shown.get(symbol)).toBe(quantity.toFixed())
        }
      }),
      runs,
    )
  })

  it('writes exactly one terminal result for each intent and each exit', () => {
    fc.assert(
      fc.property(anySteps, (list) => {
        const { desk } = play(list)
        const ended = desk.everyResult().filter((result) => result.terminal)
        const ids = ended.map((result) => result.subject_id)
        expect(new Set(ids).size).toBe(ids.length)
        const asked = list.filter((step) => step.kind === 'intent').length
        expect(ended.filter((result) => result.subject === 'INTENT')).toHaveLength(asked)
        const commanded = new Set(
          desk
            .everyCommand()
            .filter((c) => c.purpose === 'EXIT')
            .map((c) => c.parent_id),
        )
        for (const id of commanded) expect(ids).toContain(id)
      }),
      runs,
    )
  })

  it('never lets its entries take more slots than there are', () => {
    fc.assert(
      fc.property(steps(false), (list) => {
        expect(play(list).worst).toBeLessThanOrEqual(maxOpen)
      }),
      runs,
    )
  })

  it('ends with exactly one stop for each open position, sized to it, and none for a flat one', () => {
    fc.assert(
      fc.property(anySteps, (list) => {
        const { desk, held } = play(list)
        const { orders } = desk.gates()
        for (const [symbol, quantity] of held) {
          const stops = orders.filter((one) => one.symbol === symbol && one.purpose === 'PROTECT')
          const left = stops.map((one) => exact(one.quantity).minus(one.filled_quantity).toFixed())
          expect(left).toEqual(quantity.isZero() ? [] : [quantity.abs().toFixed()])
        }
        expect(orders.filter((one) => one.purpose !== 'PROTECT')).toEqual([])
      }),
      runs,
    )
  })

  it('balances every round trip to the last decimal', () => {
    fc.assert(
      fc.property(anySteps, (list) => {
        const { desk } = play(list)
        for (const trip of desk.read(positionFlattened).filter((one) => one !== null)) {
          const sum = (of: (leg: (typeof trip)['legs'][number]) => string) =>
            trip.legs.reduce((total, leg) => total.plus(of(leg)), zero).toFixed()
          expect(sum((leg) => leg.realised_usd)).toBe(exact(trip.gross_usd).toFixed())
          expect(sum((leg) => leg.fees_usd)).toBe(exact(trip.fees_usd).toFixed())
          const entered = trip.legs.filter((leg) => leg.leg === 'ENTRY')
          const left = trip.legs.filter((leg) => leg.leg === 'EXIT')
          const size = (legs: typeof entered) =>
            legs.reduce((total, leg) => total.plus(leg.quantity), zero).toFixed()
          expect(size(entered)).toBe(size(left))
          expect(trip.net_usd).toBe(
            exact(trip.gross_usd).minus(trip.fees_usd).plus(trip.funding_usd).toFixed(),
          )
        }
      }),
      runs,
    )
  })

  it('sends nothing but reduce-only orders apart from entries that passed', () => {
    fc.assert(
      fc.property(anySteps, (list) => {
        const { desk } = play(list)
        for (const command of desk.everyCommand())
          expect(command.reduce_only).toBe(command.purpose !== 'ENTRY')
        void desk.read(executionResult)
      }),
      runs,
    )
  })
})
