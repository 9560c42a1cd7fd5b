// I-26, at the gates: an exit that was sent and never answered made the gates refuse every exit after it for ten seconds.
import { describe, expect, it } from 'vitest'
import type { ExitKind } from '../../schemas/types.gen.ts'
import { actDesk } from '../kit/act-desk.ts'
import { sides, venue } from '../kit/exit-venue.ts'
import type { Venue } from '../kit/exit-venue.ts'

/** What makes the exit brain close everything, at prices of a long from 1000. */
const reasons: [ExitKind, (v: Venue) => void][] = [
  ['STOP', (v) => v.prices(989)],
  ['TARGET', (v) => v.prices(1_031)],
  ['TIME', (v) => v.seconds(1_441)],
]

describe.each(sides)('I-26: a %s whose venue is silent', (side) => {
  it.each(reasons)(
    'every try of a %s becomes a reduce-only order of all that is open',
    (kind, cause) => {
      const v = venue(side)
      v.answer = () => 'SILENT'
      cause(v)
      v.seconds(60)
      const tries = v.signals
      expect(tries.length).toBeGreaterThan(10)
      for (const signal of tries) expect(signal).toMatchObject({ kind, closes_all: true })

      const desk = actDesk()
      const stop_price = side === 'LONG' ? '99' : '101'
      const target_price = side === 'LONG' ? '102' : '98'
      desk.intent({ side: side === 'LONG' ? 'BUY' : 'SELL', stop_price, target_price })
      desk.fill(desk.commands('ENTRY')[0]!)
      for (const signal of tries) {
        // The first one came a little late, so that the gates' clock saw less time go by than the exit brain's.
        const lateMs = signal.attempt === 1 ? 40 : 0
        desk.wait(Math.max(0, signal.created_at_ms + lateMs - desk.nowMs()))
        desk.exit({ ...signal, symbol: 'BTCUSDT' })
      }
      expect(desk.commands('EXIT').map((order) => order.parent_id)).toEqual(
        tries.map((signal) => signal.exit_id),
      )
      for (const order of desk.everyCommand())
        if (order.purpose === 'EXIT')
          expect(order).toMatchObject({ quantity: '10', reduce_only: true, type: 'MARKET' })
      expect(desk.everyResult().filter((result) => result.subject === 'EXIT')).toEqual([])
    },
  )
})
