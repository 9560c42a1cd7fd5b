import { describe, expect, test } from 'vitest'
import { exitConfig, sides, venue } from '../kit/exit-venue.ts'

const hourMs = 3_600_000

describe.each(sides)('I-50: a calm %s of any age', (side) => {
  test('is closed by the time stop and by nothing before it', () => {
    const config = exitConfig({ max_hold_ms: 240 * hourMs })
    const v = venue(side, { config, position: { horizon_ms: null } })
    for (let hour = 1; hour < 240; hour++) {
      v.nowMs += hourMs - 3_200
      v.prices(1000 + Math.sin(hour), 1000 - Math.sin(hour))
      v.seconds(3)
    }
    expect(v.signals).toEqual([])
    v.nowMs += hourMs
    expect(v.seconds(1)).toMatchObject([{ kind: 'TIME', closes_all: true }])
  })

  test('is closed by no rule that scores its age: the only rule without a price is the time stop', () => {
    const v = venue(side, {
      config: exitConfig({ max_hold_ms: 1_000 * hourMs, time_stop_horizons: 1e9 }),
    })
    v.nowMs += 999 * hourMs
    v.prices(1000)
    v.seconds(1)
    expect(v.signals).toEqual([])
  })
})
