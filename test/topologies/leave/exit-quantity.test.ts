import { describe, expect, test } from 'vitest'
import { quantityOf } from '../../../topologies/leave/exit-quantity.ts'
import type { Hit } from '../../../topologies/leave/rules/rule.ts'
import { watch } from '../../../topologies/leave/watched-position.ts'
import { exitConfig, planOf, sides } from '../../kit/exit-venue.ts'
import { instrumentOf } from '../../kit/records.ts'

const hit = (keepQuantity: string, closesAll = false): Hit => ({
  kind: closesAll ? 'STOP' : 'HARVEST',
  rung: closesAll ? 0 : 1,
  urgency: 'NORMAL',
  triggerPrice: null,
  closesAll,
  keepQuantity,
})

describe.each(sides)('what an exit of a %s closes', (side) => {
  const settings = { config: exitConfig(), instrument: instrumentOf() }
  const quantity = side === 'LONG' ? '0.167' : '-0.167'
  const [position] = watch(planOf(side, { quantity, peak_quantity: '0.167' }), settings)

  test('a part is stepped down to the filters', () => {
    const instrument = instrumentOf({ step_size: '0.01', min_quantity: '0.01' })
    expect(quantityOf(position, hit('0.1169'), instrument)).toBe('0.05')
  })

  test('without filters a part has no more decimals than the venue has taken before', () => {
    expect(quantityOf(position, hit('0.1169'), undefined)).toBe('0.05')
    expect(quantityOf(position, hit('0.1665'), undefined)).toBeNull()
  })

  test('everything is everything, with filters or without', () => {
    expect(quantityOf(position, hit('0', true), undefined)).toBe('0.167')
    expect(quantityOf(position, hit('0', true), instrumentOf({ step_size: '1' }))).toBe('0.167')
  })
})
