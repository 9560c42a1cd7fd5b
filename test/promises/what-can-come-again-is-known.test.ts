// Ids were remembered for a day or a week, and the log could deliver their records again for a month: a copy that came
// late was new.
import { describe, expect, it } from 'vitest'
import { configSchema } from '../../schemas/config.ts'
import {
  exitSignal,
  orderReport,
  positionFlattened,
  tradeClosed,
  tradeIntent,
} from '../../schemas/topics.ts'
import { tradeCloser } from '../../topologies/leave/trade-closer.ts'
import { trading } from '../../topologies/trading.ts'
import { actDesk } from '../kit/act-desk.ts'
import { given, tick } from '../kit/given.ts'
import { positionFlattenedOf, startMs } from '../kit/records.ts'

const dayMs = 86_400_000

/** Entries of these are a memory of what came; the others are kept until they are deleted. */
const memories = [
  'trade-closer',
  'execution-gates',
  'position-keeper',
  'rl-feedback',
  'rl-monitor',
  'reconciler',
  'duplicate-orders',
]

describe('what the log can deliver again is known again', () => {
  it.each(memories)('%s remembers at least as long as any topic that it reads is kept', (name) => {
    const processor = trading.processors.find((one) => one.name === name)!
    for (const topic of processor.reads)
      expect(processor.ledgerKeepMs).toBeGreaterThanOrEqual(topic.retentionMs)
    expect(processor.ledgerKeepMs).toBeLessThan(Infinity)
  })

  it('nobody else forgets by time, and no setting makes the memory shorter', () => {
    const forgetful = trading.processors.filter((one) => one.ledgerKeepMs !== Infinity)
    expect(forgetful.map((one) => one.name).sort()).toEqual(memories.toSorted())
    expect(() => configSchema.parse({ limits: { remember_ms: 1 } })).toThrow('remember_ms')
  })

  it.each([1, 7, 29, 30])(
    'after %i days the same records make no second order or trade',
    (days) => {
      const desk = actDesk()
      const intent = desk.intent()
      desk.fill(desk.commands('ENTRY')[0]!)
      const exit = desk.exit({ quantity: '4', closes_all: false })
      const fill = desk.fill(desk.commands('EXIT')[0]!)
      desk.tick(days * dayMs)
      desk.restart()
      desk.commands()
      desk.publish(tradeIntent, intent)
      desk.publish(exitSignal, exit)
      desk.publish(orderReport, fill)
      expect(desk.commands('ENTRY')).toEqual([])
      expect(desk.commands('EXIT')).toEqual([])
      expect(desk.gates().legs).toMatchObject([{ quantity: '6' }])

      const closer = given(tradeCloser).records([positionFlattened, positionFlattenedOf()])
      closer.records(tick(startMs + days * dayMs)).restarted()
      closer.when([positionFlattened, positionFlattenedOf()])
      expect(closer.outputs(tradeClosed)).toEqual([])
    },
  )
})
