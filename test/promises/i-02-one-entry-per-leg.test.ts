// I-02: two entries for one symbol in one read batch gave a position of twice its size.
import { describe, expect, it } from 'vitest'
import { actDesk } from '../kit/act-desk.ts'

describe('I-02: a leg is claimed before its command is written', () => {
  it.each([
    ['the same side', {}],
    ['the other side', { side: 'SELL', stop_price: '101', target_price: '98' }],
  ] as const)('two entries in one batch on %s give one command and one refusal', (_, changes) => {
    const desk = actDesk()
    desk.intent()
    desk.intent({ intent_id: 'intent-2', ...changes })
    expect(desk.commands()).toMatchObject([{ parent_id: 'intent-1' }])
    expect(desk.results()).toMatchObject([
      { subject_id: 'intent-2', gate: 'IN_FLIGHT', reason: 'IN_FLIGHT', terminal: true },
    ])
  })

  it('twenty in one batch give one command', () => {
    const desk = actDesk()
    for (let n = 0; n < 20; n++) desk.intent({ intent_id: `intent-${n}` })
    expect(desk.commands()).toHaveLength(1)
    expect(desk.results()).toHaveLength(19)
  })

  it('the claim outlives any time, and a restart', () => {
    const desk = actDesk()
    desk.intent()
    desk.says(desk.commands()[0]!, { state: 'UNKNOWN' })
    for (let hour = 0; hour < 24; hour++) desk.tick(3_600_000)
    desk.restart()
    // Equity is old by now; the leg is asked first.
    desk.intent({ intent_id: 'intent-2' })
    expect(desk.results()).toMatchObject([{ subject_id: 'intent-2', reason: 'IN_FLIGHT' }])
  })

  it('an open position refuses the next entry as well', () => {
    const desk = actDesk()
    desk.intent()
    desk.fill(desk.commands()[0]!)
    desk.results()
    desk.intent({ intent_id: 'intent-2' })
    expect(desk.results()).toMatchObject([{ subject_id: 'intent-2', reason: 'POSITION_OPEN' }])
  })

  it('another symbol is not touched by it', () => {
    const desk = actDesk()
    desk.intent()
    desk.intent({ intent_id: 'intent-2', symbol: 'ETHUSDT' })
    expect(desk.commands()).toHaveLength(2)
  })
})
