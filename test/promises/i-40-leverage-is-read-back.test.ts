// I-40: 9x was recorded while the account stood at 20x: the answer to the request was not read.
import { describe, expect, it } from 'vitest'
import { positionState } from '../../schemas/topics.ts'
import { actDesk } from '../kit/act-desk.ts'

describe('I-40: an entry carries the leverage it needs, and another one at the venue refuses it', () => {
  it('every entry says its leverage, and no other order does', () => {
    const desk = actDesk()
    desk.intent({ leverage: 3 })
    const [entry] = desk.commands()
    expect(entry).toMatchObject({ purpose: 'ENTRY', leverage: 3 })
    desk.fill(entry!)
    desk.exit({ quantity: '10' })
    for (const order of desk.commands()) expect(order.leverage).toBeNull()
  })

  it('a difference ends as LEVERAGE_MISMATCH without a position, and frees the leg', () => {
    const desk = actDesk()
    desk.intent()
    const detail = 'asked for 5, the venue says 20'
    desk.says(desk.commands('ENTRY')[0]!, { state: 'REJECTED', reason: 'LEVERAGE', detail })
    expect(desk.results()).toMatchObject([
      { status: 'REJECTED', gate: 'VENUE', reason: 'LEVERAGE_MISMATCH', detail, terminal: true },
    ])
    expect(desk.read(positionState)).toEqual([])
    desk.intent({ intent_id: 'intent-2' })
    expect(desk.commands('ENTRY')).toHaveLength(1)
  })

  it('the position records what was set, not what was wished', () => {
    const desk = actDesk()
    desk.intent({ leverage: 100 })
    desk.fill(desk.commands('ENTRY')[0]!)
    expect(desk.read(positionState).at(-1)).toMatchObject({ leverage: 5 })
  })
})
