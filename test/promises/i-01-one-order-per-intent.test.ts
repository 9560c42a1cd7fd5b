// I-01: an in-flight lock and an idempotency bucket of 60 s each let the same order through at the moment both ended.
import { describe, expect, it } from 'vitest'
import { tradeIntent } from '../../schemas/topics.ts'
import { actDesk } from '../kit/act-desk.ts'

const seconds = [0, 1, 59, 60, 61, 3_600, 6 * 86_400]

describe('I-01: one intent, one order, one terminal result', () => {
  it.each(['filled', 'rejected', 'still live'] as const)(
    'whenever a copy comes, when the first one is %s',
    (end) => {
      const desk = actDesk()
      const intent = desk.intent()
      const [entry] = desk.commands('ENTRY')
      if (end === 'filled') desk.fill(entry!)
      if (end === 'rejected') desk.says(entry!, { state: 'REJECTED', reason: 'OTHER' })
      let atSecond = 0
      for (const second of seconds) {
        desk.tick(Math.max(1, (second - atSecond) * 1_000))
        atSecond = second
        desk.publish(tradeIntent, intent)
        desk.restart()
        desk.publish(tradeIntent, { ...intent, expires_at_ms: desk.nowMs() + 10_000 })
      }
      expect(desk.everyCommand().filter((command) => command.purpose === 'ENTRY')).toHaveLength(1)
      const results = desk.everyResult()
      expect(results.filter((result) => result.terminal)).toHaveLength(end === 'still live' ? 0 : 1)
      const copies = results.filter((result) => !result.terminal)
      expect(copies).toHaveLength(2 * seconds.length)
      for (const copy of copies)
        expect(copy).toMatchObject({
          status: 'DUPLICATE',
          gate: 'IDEMPOTENCY',
          reason: 'DUPLICATE',
        })
    },
  )

  it('also for an intent that was refused: its copy does not pass later', () => {
    const desk = actDesk({ isCold: true })
    const intent = desk.intent()
    desk.tick(60_000)
    desk.publish(tradeIntent, intent)
    expect(desk.everyResult().map((result) => [result.status, result.terminal])).toEqual([
      ['REFUSED', true],
      ['DUPLICATE', false],
    ])
  })

  it('and another intent with the same content is another one', () => {
    const desk = actDesk()
    desk.intent()
    desk.says(desk.commands('ENTRY')[0]!, { state: 'REJECTED', reason: 'OTHER' })
    desk.intent({ intent_id: 'intent-2' })
    expect(desk.commands('ENTRY')).toHaveLength(1)
  })
})
