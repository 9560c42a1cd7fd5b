// I-47: exits were lost when the own ledger was flat or missing: they passed through the entries' filters.
import { describe, expect, it } from 'vitest'
import type { OrderReport } from '../../schemas/types.gen.ts'
import { actDesk } from '../kit/act-desk.ts'

describe('I-47: every exit ends once, and what we do not know we ask the venue', () => {
  it('an exit on a leg without any record goes to the venue, and ends as the venue says', () => {
    const desk = actDesk({ isCold: true })
    desk.exit({ quantity: '7' })
    const [exit] = desk.commands()
    expect(exit).toMatchObject({ purpose: 'EXIT', quantity: '7', reduce_only: true })
    desk.fill(exit!)
    expect(desk.results()).toMatchObject([
      { subject_id: 'exit-1', status: 'FILLED', filled_quantity: '7' },
    ])
  })

  it.each<OrderReport['state']>(['REJECTED', 'CANCELLED', 'EXPIRED', 'FILLED'])(
    'an exit whose order is %s has exactly one terminal result',
    (state) => {
      const desk = actDesk()
      desk.foreignFill({ fill_quantity: '2' })
      desk.exit({ quantity: '2' })
      const [exit] = desk.commands('EXIT')
      if (state === 'FILLED') desk.fill(exit!)
      else desk.says(exit!, { state })
      desk.tick(60_000)
      expect(desk.everyResult()).toMatchObject([{ subject: 'EXIT', status: state, terminal: true }])
    },
  )

  it('only a leg that is known flat, with nothing on its way, has an exit end as POSITION_FLAT', () => {
    const desk = actDesk()
    desk.intent()
    const [entry] = desk.commands()
    desk.exit({ exit_id: 'while-entering' })
    const [early] = desk.commands('EXIT')
    desk.says(early!, { state: 'REJECTED', reason: 'REDUCE_ONLY_REJECTED' })
    desk.fill(entry!)
    desk.exit({ exit_id: 'open', quantity: '10' })
    const [exit] = desk.commands('EXIT')
    desk.fill(exit!)
    for (const stop of desk.stops()) desk.says(stop, { state: 'CANCELLED' })
    desk.results()
    desk.exit({ exit_id: 'flat' })
    expect(desk.commands('EXIT')).toEqual([])
    expect(desk.results()).toMatchObject([
      { subject_id: 'flat', reason: 'POSITION_FLAT', terminal: true },
    ])
  })
})
