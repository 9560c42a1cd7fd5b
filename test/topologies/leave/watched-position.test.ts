import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LevelReason } from '../../../schemas/types.gen.ts'
import { setNumbers, tighten, update, watch } from '../../../topologies/leave/watched-position.ts'
import { exitConfig, mirrored, planOf, sides } from '../../kit/exit-venue.ts'
import { instrumentOf } from '../../kit/records.ts'

const config = exitConfig()
const settings = { config, instrument: instrumentOf() }

describe.each(sides)('the stop of a %s', (side) => {
  const sign = side === 'LONG' ? 1 : -1
  const at = (price: number): string => String(side === 'LONG' ? price : mirrored(price))
  const move = (price: number, reason: LevelReason = 'TRAILING') => ({
    stopPrice: at(price),
    reason,
  })

  test('takes a tighter level and refuses a looser or an equal one, whichever rule asks', () => {
    const [position] = watch(planOf(side), settings)
    expect(tighten(position, move(995), sign * Number(at(1010)))).toMatchObject({
      oldPrice: at(990),
      newPrice: at(995),
    })
    expect(tighten(position, move(994.99), sign * Number(at(1010)))).toBeNull()
    expect(tighten(position, move(995), sign * Number(at(1010)))).toBeNull()
    expect(position.stop_price).toBe(at(995))
  })

  test('refuses a level at or beyond the price: it would close at once', () => {
    const [position] = watch(planOf(side), settings)
    expect(tighten(position, move(1000), sign * Number(at(1000)))).toBeNull()
    expect(tighten(position, move(1001), sign * Number(at(1000)))).toBeNull()
    expect(tighten(position, move(999), sign * Number(at(1000)))).not.toBeNull()
  })

  test('only tightens whatever moves are asked for', () => {
    const asked = fc.array(fc.integer({ min: -400, max: 400 }).map((n) => 1000 + n / 8))
    fc.assert(
      fc.property(asked, (prices) => {
        const [position] = watch(planOf(side), settings)
        let stop = sign * Number(position.stop_price)
        for (const price of prices) {
          tighten(position, move(price), sign * Number(at(1060)))
          const now = sign * Number(position.stop_price)
          expect(now).toBeGreaterThanOrEqual(stop)
          stop = now
        }
      }),
    )
  })

  test('is not touched by later fills of the entry, while target distances follow the average', () => {
    const first = planOf(side, { quantity: String(sign), peak_quantity: '1' })
    const [position] = watch(first, settings)
    const changes = update(position, planOf(side, { average_entry_price: at(1002) }), settings)
    expect(changes).toMatchObject([
      { level: 'TARGET', rung: 1, oldPrice: at(1010), newPrice: at(1014) },
      { level: 'TARGET', rung: 2, oldPrice: at(1020), newPrice: at(1026) },
    ])
    expect(position).toMatchObject({
      stop_price: at(990),
      risk: 12,
      quantity: '2',
      entered_quantity: '2',
    })
    setNumbers(position, config.exits)
    expect(position.signed_rung).toBe(sign * Number(at(1014)))
  })

  test('a state that changes nothing changes no level', () => {
    const [position] = watch(planOf(side), settings)
    expect(update(position, planOf(side, { funding_usd: '-1' }), settings)).toEqual([])
  })
})
