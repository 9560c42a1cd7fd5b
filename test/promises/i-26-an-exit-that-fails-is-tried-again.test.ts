// An exit failed inside, its error was swallowed, and the position stayed open without anybody knowing.
import { describe, expect, it } from 'vitest'
import { sides, venue } from '../kit/exit-venue.ts'
import type { Answer } from '../kit/exit-venue.ts'

const failures: [string, Answer][] = [
  ['is refused', 'REFUSED'],
  ['is never answered', 'SILENT'],
]

describe.each(sides)('I-26: an exit of a %s that has no effect', (side) => {
  it.each(failures)(
    '%s: critical, once, and tried again until the position is closed',
    (_, answer) => {
      const v = venue(side)
      v.answer = () => answer
      v.prices(989)
      v.seconds(60)
      expect(v.position).not.toBeNull()
      expect(v.alerts.filter((alert) => alert.kind === 'EXIT_FAILED')).toMatchObject([
        { severity: 'CRITICAL', state: 'RAISED', subject: 'main|BTCUSDT' },
      ])
      const attempts = v.signals.map((signal) => signal.attempt)
      expect(attempts.length).toBeGreaterThan(10)
      expect(attempts).toEqual(attempts.map((_one, i) => i + 1))
      for (const signal of v.signals)
        expect(signal).toMatchObject({ side: side === 'LONG' ? 'SELL' : 'BUY', closes_all: true })
      v.answer = () => 'FILLED'
      v.seconds(10)
      expect(v.position).toBeNull()
      expect(v.alerts.filter((alert) => alert.kind === 'EXIT_FAILED').at(-1)).toMatchObject({
        state: 'CLEARED',
      })
    },
  )

  it('fills in part: what is left is closed too', () => {
    const v = venue(side)
    v.answer = (signal) => (signal.attempt < 4 ? 0.25 : 'FILLED')
    v.prices(989)
    v.seconds(60)
    expect(v.position).toBeNull()
    expect(v.signals.length).toBe(4)
  })
})
