// I-55: safe mode was a bare flag, with an unknown trigger, and it blocked exits too.
import { describe, expect, it } from 'vitest'
import { safeModeState } from '../../schemas/topics.ts'
import type { SafeModeTrigger } from '../../schemas/types.gen.ts'
import { actDesk } from '../kit/act-desk.ts'
import { safeModeOf } from '../kit/records.ts'

const triggers: SafeModeTrigger[] = [
  'OPERATOR',
  'RATE_BREAKER',
  'VENUE_FAULTS',
  'STALE_PRICES',
  'RECONCILIATION',
  'DUPLICATE_ORDER',
  'DAILY_LOSS',
  'DRAWDOWN',
  'NAKED_POSITION',
  'UNKNOWN',
]

describe.each(triggers)('I-55: while safe mode is active by %s', (trigger) => {
  const active = (until_ms: number) =>
    safeModeOf({ active: true, trigger, reason: 'a reason', actor: 'test', until_ms })

  it('an entry is refused with trigger and end', () => {
    const desk = actDesk()
    desk.publish(safeModeState, active(desk.nowMs() + 900_000))
    desk.intent()
    const [result] = desk.results()
    expect(result).toMatchObject({ gate: 'SAFE_MODE', reason: 'SAFE_MODE_ACTIVE', terminal: true })
    expect(result!.detail).toContain(trigger)
    expect(result!.detail).toContain(String(desk.nowMs() + 900_000))
  })

  it('an exit passes, a stop is placed, sized anew and swept', () => {
    const desk = actDesk()
    desk.intent()
    const [entry] = desk.commands()
    desk.publish(safeModeState, active(desk.nowMs() + 900_000))
    desk.fill(entry!)
    expect(desk.commands('PROTECT')).toMatchObject([{ quantity: '10', reduce_only: true }])
    desk.exit({ quantity: '4', closes_all: false })
    desk.fill(desk.commands('EXIT')[0]!)
    expect(desk.commands('PROTECT')).toMatchObject([{ quantity: '6' }])
    desk.exit({ exit_id: 'exit-2', quantity: '6' })
    desk.fill(desk.commands('EXIT')[0]!)
    expect(desk.commands('CANCEL')).toHaveLength(2)
    expect(desk.gates().legs).toMatchObject([{ quantity: '0' }])
  })
})
