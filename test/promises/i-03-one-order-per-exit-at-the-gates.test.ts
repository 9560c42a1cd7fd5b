// I-03, at the gates: the dedupe key of a reduce order held drifting numbers, so one position got twenty of them.
import { describe, expect, it } from 'vitest'
import { actDesk } from '../kit/act-desk.ts'

function open() {
  const desk = actDesk()
  desk.intent()
  desk.fill(desk.commands('ENTRY')[0]!)
  desk.commands()
  return desk
}

describe('I-03: an exit is known by its id, not by its numbers', () => {
  it('a thousand signals of one exit with drifting numbers give one order', () => {
    const desk = open()
    for (let i = 0; i < 1_000; i++)
      desk.exit({
        exit_id: 'position-1|HARVEST|1|1',
        kind: 'HARVEST',
        rung: 1,
        closes_all: false,
        quantity: '3',
        observed_price: String(101 + i / 1_000),
        r_multiple: 1 + i / 1_000,
      })
    expect(desk.commands('EXIT')).toMatchObject([
      { quantity: '3', exit_kind: 'HARVEST', exit_rung: 1 },
    ])
  })

  it('also after its order ended: a copy does not close a second part', () => {
    const desk = open()
    desk.exit({ quantity: '3', closes_all: false })
    desk.fill(desk.commands('EXIT')[0]!)
    desk.restart()
    desk.exit({ quantity: '3', closes_all: false })
    expect(desk.commands('EXIT')).toEqual([])
    expect(desk.gates().legs).toMatchObject([{ quantity: '7' }])
  })

  it('a follow-up has another id and passes once the first one has ended without effect', () => {
    const desk = open()
    desk.exit({ exit_id: 'exit|1', quantity: '10' })
    desk.says(desk.commands('EXIT')[0]!, { state: 'EXPIRED', reason: 'NO_LIQUIDITY' })
    desk.exit({ exit_id: 'exit|2', attempt: 2, quantity: '10' })
    expect(desk.commands('EXIT')).toMatchObject([{ parent_id: 'exit|2', quantity: '10' }])
  })
})
