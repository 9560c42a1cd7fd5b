// I-11: the counter of positions stuck at 20 of 20, because closed trades were never taken off it.
import { describe, expect, it } from 'vitest'
import { positionFlattened } from '../../schemas/topics.ts'
import type { OrderCommand } from '../../schemas/types.gen.ts'
import { actDesk } from '../kit/act-desk.ts'
import type { ActDesk } from '../kit/act-desk.ts'

const config = {
  limits: { max_open_positions: 1, decision_window_ms: 0, max_entries_per_minute: 1_000 },
}

/** Ways to be flat again. */
const ways: readonly ((desk: ActDesk, side: 'BUY' | 'SELL', n: number) => void)[] = [
  (desk, side, n) => {
    desk.exit({ exit_id: `exit-${n}`, side, quantity: '10' })
    desk.fill(desk.commands('EXIT')[0]!)
  },
  (desk) => void desk.fill(desk.stops().at(-1)!, { price: '99' }),
  (desk, side) => void desk.foreignFill({ side, fill_quantity: '10', exit_kind: 'LIQUIDATION' }),
  (desk, side) => void desk.foreignFill({ side, fill_quantity: '10' }),
]

function sweep(desk: ActDesk): void {
  const cancelled = desk.commands('CANCEL').map((command) => command.cancel_client_order_id)
  const live = desk.gates().orders.map((order) => order.client_order_id)
  for (const stop of desk.stops())
    if (cancelled.includes(stop.client_order_id) && live.includes(stop.client_order_id))
      desk.says(stop, { state: 'CANCELLED' })
}

describe('I-11: counts are derived from state, so what ends is off them', () => {
  it('a hundred round trips through one slot, long and short, over every way out', () => {
    const desk = actDesk({ config })
    for (let n = 0; n < 100; n++) {
      const isLong = n % 2 === 0
      const plan = isLong ? {} : { side: 'SELL' as const, stop_price: '101', target_price: '98' }
      desk.intent({ intent_id: `intent-${n}`, ...plan })
      const [entry] = desk.commands('ENTRY')
      expect(entry, `round trip ${n}`).toBeDefined()
      desk.fill(entry!)
      ways[n % ways.length]!(desk, isLong ? 'SELL' : 'BUY', n)
      sweep(desk)
      desk.tick(100)
    }
    expect(desk.read(positionFlattened)).toHaveLength(100)
    expect(desk.gates()).toMatchObject({ orders: [], waiting: [], legs: [{ quantity: '0' }] })
  })

  it('a hundred entries that end without a position', () => {
    const desk = actDesk({ config })
    const ends: readonly ((entry: OrderCommand) => void)[] = [
      (entry) => void desk.says(entry, { state: 'REJECTED', reason: 'OTHER' }),
      (entry) => void desk.says(entry, { state: 'EXPIRED', reason: 'NO_LIQUIDITY' }),
      (entry) => void desk.says(entry, { state: 'CANCELLED' }),
    ]
    for (let n = 0; n < 100; n++) {
      desk.intent({ intent_id: `intent-${n}` })
      ends[n % ends.length]!(desk.commands('ENTRY')[0]!)
    }
    expect(desk.gates().orders).toEqual([])
  })
})
