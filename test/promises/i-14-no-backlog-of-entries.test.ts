// I-14, at the gates: a lag of 1.43 million records, because entries came faster than they were worked off one by one.
import { describe, expect, it } from 'vitest'
import { safeModeState } from '../../schemas/topics.ts'
import { actDesk } from '../kit/act-desk.ts'
import { safeModeOf } from '../kit/records.ts'

const backlog = 5_000

describe('I-14: old entries are refused at once, one after the other, and exits are not', () => {
  it.each([
    ['expired', 'EXPIRED', false],
    ['behind safe mode', 'SAFE_MODE_ACTIVE', true],
  ])('a backlog of entries that are %s leaves nothing waiting', (_, reason, isActive) => {
    const desk = actDesk()
    const decidedAtMs = desk.nowMs()
    desk.tick(isActive ? 1_000 : 600_000)
    if (isActive) desk.publish(safeModeState, safeModeOf({ active: true, until_ms: 2e12 }))
    for (let n = 0; n < backlog; n++)
      desk.intent({
        intent_id: `intent-${n}`,
        created_at_ms: decidedAtMs,
        expires_at_ms: decidedAtMs + 10_000,
      })
    const results = desk.results()
    expect(results).toHaveLength(backlog)
    expect(results.every((result) => result.reason === reason && result.terminal)).toBe(true)
    expect(desk.commands()).toEqual([])
    expect(desk.gates()).toMatchObject({ waiting: [], orders: [], window_ends_at_ms: null })
  })

  it('an exit in the midst of it goes out at once, however old it is', () => {
    const desk = actDesk()
    desk.foreignFill({ fill_quantity: '2' })
    const decidedAtMs = desk.nowMs()
    desk.tick(3_600_000)
    desk.commands()
    for (let n = 0; n < 100; n++) {
      desk.intent({ intent_id: `intent-${n}`, symbol: 'ETHUSDT', expires_at_ms: decidedAtMs })
      if (n === 50)
        desk.exit({ quantity: '2', created_at_ms: decidedAtMs, tick_at_ms: decidedAtMs })
    }
    expect(desk.commands()).toMatchObject([{ purpose: 'EXIT', reduce_only: true, quantity: '2' }])
  })
})
