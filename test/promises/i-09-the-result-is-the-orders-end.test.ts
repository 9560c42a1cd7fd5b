// I-09: the log said "already executed" while nothing had been: the done mark was written before success.
import { describe, expect, it } from 'vitest'
import { orderReport, tradeIntent } from '../../schemas/topics.ts'
import type { OrderState } from '../../schemas/types.gen.ts'
import { actDesk } from '../kit/act-desk.ts'

describe('I-09: a result is made from how the order ended, once', () => {
  it.each<OrderState>(['ACKED', 'TRIGGERED', 'UNKNOWN', 'PARTIALLY_FILLED'])(
    'there is none while the order is %s',
    (state) => {
      const desk = actDesk()
      desk.intent()
      desk.says(desk.commands('ENTRY')[0]!, { state })
      for (let n = 0; n < 100; n++) desk.tick(60_000)
      expect(desk.results()).toEqual([])
    },
  )

  it.each<[OrderState, string]>([
    ['FILLED', 'FILLED'],
    ['REJECTED', 'REJECTED'],
    ['CANCELLED', 'CANCELLED'],
    ['EXPIRED', 'EXPIRED'],
  ])('%s gives exactly one, and what comes again gives no other', (state, status) => {
    const desk = actDesk()
    const intent = desk.intent()
    const [entry] = desk.commands('ENTRY')
    const last = state === 'FILLED' ? desk.fill(entry!) : desk.says(entry!, { state })
    desk.publish(orderReport, last)
    desk.publish(orderReport, { ...last, state: 'CANCELLED', venue_sequence: 99 })
    desk.publish(tradeIntent, intent)
    desk.restart()
    desk.publish(orderReport, last)
    const ended = desk.everyResult().filter((result) => result.terminal)
    expect(ended).toMatchObject([{ subject_id: 'intent-1', status }])
  })
})
