// I-08: a lock stayed for ever, another owner's lock was removed, and a failed order could not be retried for an hour.
import { describe, expect, it } from 'vitest'
import type { OrderCommand } from '../../schemas/types.gen.ts'
import { actDesk } from '../kit/act-desk.ts'
import type { ActDesk } from '../kit/act-desk.ts'

type Move = (desk: ActDesk, entry: OrderCommand) => void
const moves: Record<string, Move> = {
  acked: (desk, entry) => desk.ack(entry),
  unsettled: (desk, entry) => void desk.says(entry, { state: 'UNKNOWN' }),
  partly: (desk, entry) => void desk.fill(entry, { quantity: '4' }),
  filled: (desk, entry) => void desk.fill(entry),
  rejected: (desk, entry) => void desk.says(entry, { state: 'REJECTED', reason: 'OTHER' }),
  cancelled: (desk, entry) => void desk.says(entry, { state: 'CANCELLED' }),
}

describe('I-08: a claim is kept state with an owner, ended by what the venue says', () => {
  it.each([
    [['acked', 'filled'], 'FILLED'],
    [['unsettled', 'filled'], 'FILLED'],
    [['acked', 'partly', 'filled'], 'FILLED'],
    [['acked', 'partly', 'cancelled'], 'PARTIALLY_FILLED'],
    [['unsettled', 'rejected'], 'REJECTED'],
    [['rejected'], 'REJECTED'],
    [['filled'], 'FILLED'],
  ])('a crash after each step of %j changes nothing: one order, one result %s', (steps, status) => {
    const desk = actDesk()
    desk.intent()
    desk.restart()
    const [entry] = desk.commands('ENTRY')
    for (const step of steps) {
      moves[step]!(desk, entry!)
      desk.restart()
      desk.tick(1)
    }
    expect(desk.everyResult().map((result) => [result.subject_id, result.status])).toEqual([
      ['intent-1', status],
    ])
    expect(desk.everyCommand().filter((command) => command.purpose === 'ENTRY')).toHaveLength(1)
    expect(desk.gates().orders.filter((order) => order.purpose === 'ENTRY')).toEqual([])
  })

  it('an order that failed can be followed by another intent at once', () => {
    const desk = actDesk()
    desk.intent()
    desk.says(desk.commands('ENTRY')[0]!, { state: 'REJECTED', reason: 'INSUFFICIENT_MARGIN' })
    desk.intent({ intent_id: 'intent-2' })
    expect(desk.commands('ENTRY')).toMatchObject([{ parent_id: 'intent-2' }])
  })

  it("the end of one order never frees another order's claim", () => {
    const desk = actDesk()
    desk.intent()
    const [first] = desk.commands('ENTRY')
    desk.says(first!, { state: 'REJECTED', reason: 'OTHER' })
    desk.intent({ intent_id: 'intent-2' })
    desk.says(first!, { state: 'REJECTED', reason: 'OTHER' })
    desk.says({ ...first!, client_order_id: 'somebody' }, { state: 'CANCELLED' })
    desk.results()
    desk.intent({ intent_id: 'intent-3' })
    expect(desk.results()).toMatchObject([{ subject_id: 'intent-3', reason: 'IN_FLIGHT' }])
  })
})
