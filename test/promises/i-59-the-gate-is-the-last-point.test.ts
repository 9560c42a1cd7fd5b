// I-59: a lockdown was not enforced: its gate stood before the last step, so what was queued behind it still went out.
import { describe, expect, it } from 'vitest'
import { safeModeState } from '../../schemas/topics.ts'
import { actDesk } from '../kit/act-desk.ts'
import { safeModeOf } from '../kit/records.ts'

const symbols = Array.from({ length: 8 }, (_, n) => `COIN${n}USDT`)
const config = { accounts: [{ name: 'main', symbols }], limits: { max_open_positions: 3 } }

describe('I-59: what was queued when safe mode starts is refused', () => {
  it('entries that wait in the decision window are refused at once, over a restart too', () => {
    const desk = actDesk({ config })
    symbols.forEach((symbol, n) => desk.intent({ intent_id: `intent-${n}`, symbol }))
    desk.restart()
    desk.publish(safeModeState, safeModeOf({ active: true }))
    const refused = desk.results()
    expect(refused).toHaveLength(symbols.length)
    expect(refused.every((result) => result.reason === 'SAFE_MODE_ACTIVE')).toBe(true)
    desk.tick(1_000)
    expect(desk.commands()).toEqual([])
  })

  it('so are they when safe mode becomes unknown', () => {
    const desk = actDesk({ config })
    desk.intent({ symbol: symbols[0]! })
    desk.publish(safeModeState, null, 'main')
    expect(desk.results()).toMatchObject([{ reason: 'SAFE_MODE_ACTIVE' }])
  })

  it('entries decided before the end of safe mode are refused after it, later ones pass', () => {
    const desk = actDesk()
    const beforeMs = desk.nowMs() - 1
    desk.publish(safeModeState, safeModeOf({ active: true }))
    desk.tick(900_000)
    const endedAtMs = desk.nowMs()
    desk.publish(safeModeState, safeModeOf({ active: false, changed_at_ms: endedAtMs }))
    const expires_at_ms = endedAtMs + 10_000
    desk.intent({ intent_id: 'before', created_at_ms: beforeMs, expires_at_ms })
    desk.intent({ intent_id: 'during', created_at_ms: endedAtMs - 1, expires_at_ms })
    expect(desk.results()).toMatchObject([
      { subject_id: 'before', reason: 'SAFE_MODE_ACTIVE' },
      { subject_id: 'during', reason: 'SAFE_MODE_ACTIVE' },
    ])
    desk.intent({ intent_id: 'after', created_at_ms: endedAtMs, expires_at_ms })
    expect(desk.commands('ENTRY')).toMatchObject([{ parent_id: 'after' }])
  })

  it('a record that says again that safe mode is off ends nothing anew', () => {
    const desk = actDesk()
    desk.tick(5_000)
    const decidedAtMs = desk.nowMs() - 100
    desk.publish(
      safeModeState,
      safeModeOf({ changed_at_ms: desk.nowMs(), detail: 'was off already' }),
    )
    desk.intent({ created_at_ms: decidedAtMs })
    expect(desk.commands('ENTRY')).toHaveLength(1)
  })
})
