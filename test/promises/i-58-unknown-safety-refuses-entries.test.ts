// I-58: the safety check let everything pass exactly when safe mode was set: it failed on reading the value, and failed open.
import { describe, expect, it } from 'vitest'
import { safeModeState } from '../../schemas/topics.ts'
import { actDesk } from '../kit/act-desk.ts'
import type { ActDesk } from '../kit/act-desk.ts'
import { safeModeOf } from '../kit/records.ts'

describe('I-58: an entry passes only where safe mode is known to be off', () => {
  it.each<[string, (desk: ActDesk) => void]>([
    ['was never heard of', () => undefined],
    ['is active', (desk) => desk.publish(safeModeState, safeModeOf({ active: true }))],
    [
      'is active and its end has passed without a word',
      (desk) => {
        desk.publish(safeModeState, safeModeOf({ active: true, until_ms: desk.nowMs() + 1 }))
        desk.tick(900_001)
      },
    ],
    [
      'ended its record',
      (desk) => {
        desk.publish(safeModeState, safeModeOf())
        desk.publish(safeModeState, null, 'main')
      },
    ],
    [
      "is another account's",
      (desk) => desk.publish(safeModeState, safeModeOf({ account: 'other' })),
    ],
    [
      'is active before a restart',
      (desk) => {
        desk.publish(safeModeState, safeModeOf({ active: true }))
        desk.restart()
      },
    ],
  ])('it is refused when safe mode %s', (_, prepare) => {
    const desk = actDesk({ isCold: true })
    prepare(desk)
    desk.intent()
    expect(desk.commands()).toEqual([])
    expect(desk.results()).toMatchObject([
      { gate: 'SAFE_MODE', reason: 'SAFE_MODE_ACTIVE', terminal: true },
    ])
  })
})
