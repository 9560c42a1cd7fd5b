// I-18: intents of the past were replayed at the first start, and a record of quantity 0 blocked the ones behind it.
import { describe, expect, it } from 'vitest'
import { actDesk } from '../kit/act-desk.ts'

describe('I-18: what is too old or empty ends with a reason and blocks nothing', () => {
  it.each([1, 1_000, 86_400_000])(
    'an entry that expired %d ms ago is refused as EXPIRED',
    (ageMs) => {
      const desk = actDesk()
      desk.intent({ expires_at_ms: desk.nowMs() - ageMs })
      expect(desk.commands()).toEqual([])
      expect(desk.results()).toMatchObject([{ gate: 'EXPIRY', reason: 'EXPIRED', terminal: true }])
    },
  )

  it('one that expires now still passes', () => {
    const desk = actDesk()
    desk.intent({ expires_at_ms: desk.nowMs() })
    expect(desk.commands()).toHaveLength(1)
  })

  it.each(['0', '0.0000', '-5', '0.09'])(
    'an entry of %s USD is refused, and the next one passes',
    (notional_usd) => {
      const desk = actDesk()
      desk.intent({ notional_usd })
      expect(desk.results()).toMatchObject([
        { gate: 'FILTERS', reason: 'BELOW_MIN_QUANTITY', terminal: true },
      ])
      desk.intent({ intent_id: 'intent-2' })
      expect(desk.commands('ENTRY')).toMatchObject([{ parent_id: 'intent-2' }])
    },
  )

  it('an exit of quantity 0 ends with a reason, and the next one passes', () => {
    const desk = actDesk()
    desk.foreignFill({})
    desk.commands()
    desk.exit({ quantity: '0', closes_all: false })
    expect(desk.results()).toMatchObject([
      { subject: 'EXIT', reason: 'BELOW_MIN_QUANTITY', terminal: true },
    ])
    desk.exit({ exit_id: 'exit-2' })
    expect(desk.commands('EXIT')).toHaveLength(1)
  })
})
