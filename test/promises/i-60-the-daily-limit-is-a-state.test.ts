// I-60, at the gates: a daily limit of 10,000 trades turned every signal to HOLD, by a counter nobody could see or reset.
import { describe, expect, it } from 'vitest'
import { actDesk } from '../kit/act-desk.ts'
import type { ActDesk } from '../kit/act-desk.ts'

const config = { limits: { max_entries_per_day: 3, max_entries_per_minute: 100 } }
const dayMs = 86_400_000

/** An entry that is rejected by the venue; whether it was sent. */
function enter(desk: ActDesk, id: string): boolean {
  desk.intent({ intent_id: id })
  const [entry] = desk.commands('ENTRY')
  if (entry !== undefined) desk.says(entry, { state: 'REJECTED', reason: 'OTHER' })
  return entry !== undefined
}

describe('I-60: the daily limit is a count in the state of the account, with the time of its reset', () => {
  it('it refuses as DAILY_LIMIT with count, limit and reset, over a restart too', () => {
    const desk = actDesk({ config })
    expect(['a', 'b', 'c'].map((id) => enter(desk, id))).toEqual([true, true, true])
    desk.restart()
    desk.results()
    expect(enter(desk, 'd')).toBe(false)
    const [result] = desk.results()
    const midnight = desk.nowMs() - (desk.nowMs() % dayMs)
    expect(result).toMatchObject({ gate: 'ACCOUNT_LIMIT', reason: 'DAILY_LIMIT' })
    expect(result!.detail).toContain('3 of 3')
    expect(result!.detail).toContain(String(midnight + dayMs))
    expect(desk.gates()).toMatchObject({ entries_today: 3, entries_day_start_at_ms: midnight })
  })

  it('it starts anew at 00:00 UTC by itself, not before', () => {
    const desk = actDesk({ config })
    for (const id of ['a', 'b', 'c']) enter(desk, id)
    desk.wait(dayMs - (desk.nowMs() % dayMs) - 1)
    expect(enter(desk, 'last-ms')).toBe(false)
    desk.wait(1)
    expect(enter(desk, 'midnight')).toBe(true)
    expect(desk.gates()).toMatchObject({ entries_today: 1 })
  })

  it('refused entries and exits do not count', () => {
    const desk = actDesk({ config })
    desk.foreignFill({ symbol: 'ETHUSDT', fill_quantity: '100' })
    for (let n = 0; n < 20; n++) {
      desk.intent({ intent_id: `refused-${n}`, notional_usd: '1' })
      desk.exit({ exit_id: `exit-${n}`, symbol: 'ETHUSDT', quantity: '1', closes_all: false })
    }
    desk.commands()
    expect(enter(desk, 'a')).toBe(true)
    expect(desk.gates()).toMatchObject({ entries_today: 1 })
  })
})
