import { describe, expect, test } from 'vitest'
import { allParts, namesOf, partsOf } from '../../../cli/up/parts.ts'
import { trading } from '../../../topologies/trading.ts'

describe('--run', () => {
  test.each(['embedded', 'redpanda'] as const)('absent is everything, on %s', (runtime) => {
    const parts = partsOf(undefined, trading, runtime)
    expect(parts).toEqual(allParts(trading))
    expect(namesOf(parts)).toEqual(['market', 'account', 'ops', 'gateway'])
  })

  test('names the parts of one process, in any order', () => {
    expect(partsOf('gateway', trading, 'redpanda')).toEqual({ subTopologies: [], gateway: true })
    expect(partsOf('account,market', trading, 'redpanda')).toEqual({
      subTopologies: ['market', 'account'],
      gateway: false,
    })
  })

  test('refuses a part that is not there, and lists those that are', () => {
    for (const text of ['market,exits', 'exits', ''])
      expect(() => partsOf(text, trading, 'redpanda')).toThrow(
        /^--run: expected some of market,account,ops,gateway, was (exits)?$/,
      )
  })

  test('may leave nothing out on the embedded log, which has one process', () => {
    const all = 'gateway,ops,account,market'
    expect(partsOf(all, trading, 'embedded')).toEqual(allParts(trading))
    expect(() => partsOf('market,account,ops', trading, 'embedded')).toThrow(
      /expected all of market,account,ops,gateway on the embedded log, .* was market,account,ops;/,
    )
  })
})
