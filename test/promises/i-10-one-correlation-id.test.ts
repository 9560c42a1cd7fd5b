// I-10: a permit was never found, because its key used one id and its reader another.
import { describe, expect, it } from 'vitest'
import {
  fundingPaid,
  positionFlattened,
  positionState,
  reconcileReport,
} from '../../schemas/topics.ts'
import { actDesk } from '../kit/act-desk.ts'
import { fundingPaidOf, reconcileReportOf } from '../kit/records.ts'

describe('I-10: every record of a trade carries the id of its signal', () => {
  it('commands, results and positions, from the intent to flat', () => {
    const desk = actDesk()
    desk.intent()
    const [entry] = desk.commands('ENTRY')
    desk.fill(entry!, { quantity: '4' })
    desk.ack(desk.stops()[0]!)
    desk.fill(entry!)
    desk.ack(desk.stops()[1]!)
    desk.publish(fundingPaid, fundingPaidOf({ venue_sequence: 500 }))
    desk.exit({ quantity: '3', closes_all: false })
    desk.fill(desk.commands('EXIT')[0]!)
    desk.exit({ exit_id: 'exit-2', quantity: '7' })
    desk.fill(desk.commands('EXIT')[0]!)
    const purposes = desk.everyCommand().map((command) => command.purpose)
    expect(new Set(purposes)).toEqual(new Set(['ENTRY', 'PROTECT', 'EXIT', 'CANCEL']))
    const records = [
      ...desk.everyCommand(),
      ...desk.everyResult(),
      ...desk.read(positionState).filter((state) => state !== null),
      ...desk.read(positionFlattened),
    ]
    expect(records.length).toBeGreaterThan(15)
    for (const record of records) expect(record!.correlation_id).toBe('signal-1')
  })

  it('a position that was found at the venue has one of its own, the same in orders and positions', () => {
    const desk = actDesk()
    desk.publish(reconcileReport, reconcileReportOf())
    const [position] = desk.read(positionState)
    expect(desk.commands('PROTECT')).toMatchObject([{ correlation_id: position!.correlation_id }])
    expect(position!.correlation_id).toBe('reconcile-1')
  })
})
