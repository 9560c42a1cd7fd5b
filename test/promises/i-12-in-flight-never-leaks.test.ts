// I-12: the in-flight counter was not lowered when a submit failed.
import { describe, expect, it } from 'vitest'
import type { OrderCommand, OrderReport } from '../../schemas/types.gen.ts'
import { actDesk } from '../kit/act-desk.ts'
import type { ActDesk } from '../kit/act-desk.ts'

const symbols = ['AUSDT', 'BUSDT', 'CUSDT', 'DUSDT']
const config = {
  accounts: [{ name: 'main', symbols }],
  limits: { max_in_flight: 2, max_open_positions: 4 },
}

/** Two live entries: the account has no more in flight. */
function full(): { desk: ActDesk; first: OrderCommand } {
  const desk = actDesk({ config })
  desk.intent({ intent_id: 'intent-0', symbol: symbols[0]! })
  desk.intent({ intent_id: 'intent-1', symbol: symbols[1]! })
  const [first] = desk.commands('ENTRY')
  return { desk, first: first! }
}

describe('I-12: what is in flight is a set of orders that terminal reports end', () => {
  it('a third entry is refused while two are live, whatever time passes', () => {
    const { desk, first } = full()
    desk.ack(first)
    desk.tick(50_000)
    desk.intent({ intent_id: 'intent-2', symbol: symbols[2]! })
    expect(desk.results()).toMatchObject([{ subject_id: 'intent-2', reason: 'MAX_IN_FLIGHT' }])
  })

  it.each<[string, (desk: ActDesk, first: OrderCommand) => void]>([
    ['filled', (desk, first) => void desk.fill(first)],
    [
      'rejected',
      (desk, first) => void desk.says(first, { state: 'REJECTED', reason: 'TRANSPORT' }),
    ],
    ['cancelled', (desk, first) => void desk.says(first, { state: 'CANCELLED' })],
    [
      'expired',
      (desk, first) => void desk.says(first, { state: 'EXPIRED', reason: 'EXPIRED_BEFORE_SEND' }),
    ],
    [
      'unknown, then filled',
      (desk, first) => {
        desk.says(first, { state: 'UNKNOWN' })
        desk.fill(first)
      },
    ],
    [
      'unknown, then rejected',
      (desk, first) => {
        desk.says(first, { state: 'UNKNOWN' })
        desk.says(first, { state: 'REJECTED', reason: 'UNKNOWN_ORDER' })
      },
    ],
  ])('one that is %s makes room for the next', (_, end) => {
    const { desk, first } = full()
    end(desk, first)
    desk.commands()
    desk.intent({ intent_id: 'intent-2', symbol: symbols[2]! })
    expect(desk.commands('ENTRY')).toMatchObject([{ parent_id: 'intent-2' }])
  })

  it.each<OrderReport['state']>(['ACKED', 'PARTIALLY_FILLED', 'UNKNOWN'])(
    'one that is %s does not',
    (state) => {
      const { desk, first } = full()
      desk.says(first, { state })
      desk.intent({ intent_id: 'intent-2', symbol: symbols[2]! })
      expect(desk.results()).toMatchObject([{ reason: 'MAX_IN_FLIGHT' }])
    },
  )
})
