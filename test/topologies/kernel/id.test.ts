import { describe, expect, test } from 'vitest'
import { hashId } from '../../../topologies/kernel/id.ts'

describe('an id', () => {
  test('is the same for the same text, on every machine and for ever', () => {
    expect(hashId('')).toBe('dcu82e00ie5n7n6qe7sp2pb260')
    expect(hashId('exit-brain|price.update|0|17|1|0')).toBe('4a28kj2mn5o08t79i0gl4at723')
  })

  test('fits a client order id with a letter in front: 26 characters of [0-9a-v]', () => {
    for (let i = 0; i < 1_000; i++) expect(hashId(`x${String(i)}`)).toMatch(/^[0-9a-v]{26}$/)
  })

  test('is different for 100,000 origins that differ by little', () => {
    const ids = new Set<string>()
    for (let offset = 0; offset < 50_000; offset++)
      for (const n of [0, 1])
        ids.add(hashId(`gates|trade.intent|0|${String(offset)}|1|${String(n)}`))
    expect(ids.size).toBe(100_000)
  })

  test('tells apart what differs in one place only, wherever it is', () => {
    const parts = ['gates', 'trade.intent', '0', '17', '1', '0']
    const ids = new Set([hashId(parts.join('|'))])
    parts.forEach((part, i) => {
      ids.add(hashId(parts.with(i, `${part}1`).join('|')))
    })
    expect(ids.size).toBe(parts.length + 1)
  })

  test('uses all of its characters evenly: no character is rare in any place', () => {
    const places = Array.from({ length: 26 }, () => new Map<string, number>())
    const total = 20_000
    for (let i = 0; i < total; i++)
      [...hashId(`a|${String(i)}`)].forEach((c, place) =>
        places[place]!.set(c, (places[place]!.get(c) ?? 0) + 1),
      )
    // The last place holds two bits; all others hold five.
    places.forEach((counts, place) => {
      const symbols = place === 25 ? 4 : 32
      expect(counts.size).toBe(symbols)
      for (const n of counts.values()) {
        expect(n).toBeGreaterThan((0.7 * total) / symbols)
        expect(n).toBeLessThan((1.3 * total) / symbols)
      }
    })
  })
})
