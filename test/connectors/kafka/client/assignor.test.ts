// Who gets which partition numbers.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assign } from '../../../../connectors/kafka/client/assignor.ts'
import type { Candidate } from '../../../../connectors/kafka/client/assignor.ts'

const topics = ['orders', 'prices']

function candidate(
  memberId: string,
  owned: readonly number[] = [],
  generation = owned.length === 0 ? -1 : 1,
  partitions = 6,
): Candidate {
  return { memberId, instance: null, subscription: { topics, partitions, owned, generation } }
}

function numbersOf(candidates: readonly Candidate[], partitions = 6) {
  return Object.fromEntries(
    [...assign({ topics, partitions }, candidates)].map(([id, { numbers }]) => [id, numbers]),
  )
}

describe('the assignor', () => {
  test('deals numbers in order to members without a past', () => {
    expect(numbersOf([candidate('b'), candidate('a')])).toEqual({ a: [0, 1, 2], b: [3, 4, 5] })
  })

  test('moves no more than balance asks for when a member comes or goes', () => {
    const two = [candidate('a', [0, 1, 2]), candidate('b', [3, 4, 5])]
    expect(numbersOf([...two, candidate('c')])).toEqual({ a: [0, 1], b: [3, 4], c: [2, 5] })
    const three = [candidate('a', [0, 1]), candidate('b', [3, 4]), candidate('c', [2, 5])]
    expect(numbersOf(three.slice(0, 2))).toEqual({ a: [0, 1, 2], b: [3, 4, 5] })
  })

  test('believes the latest generation when two say that they hold a number', () => {
    const former = candidate('a', [0, 1, 2, 3, 4, 5], 3)
    const present = candidate('b', [0, 1, 2], 7)
    expect(numbersOf([former, present])).toEqual({ a: [3, 4, 5], b: [0, 1, 2] })
  })

  test('orders members by name where they have one, so that a new id changes nothing', () => {
    const named = (memberId: string, instance: string) => ({ ...candidate(memberId), instance })
    const before = numbersOf([named('x1', 'one'), named('a9', 'two')])
    const after = numbersOf([named('z7', 'one'), named('a9', 'two')])
    expect([before['x1'], before['a9']]).toEqual([after['z7'], after['a9']])
  })

  test('gives nothing to members that are one too many', () => {
    expect(numbersOf([candidate('a', [], -1, 1), candidate('b', [], -1, 1)], 1)).toEqual({
      a: [0],
      b: [],
    })
  })

  test('refuses members that differ from the leader, and deals all numbers to the others', () => {
    const subscription = { topics: ['orders'], partitions: 6, owned: [], generation: -1 }
    const assigned = assign({ topics, partitions: 6 }, [
      candidate('a'),
      { memberId: 'b', instance: null, subscription },
      candidate('c', [], -1, 3),
      { memberId: 'd', instance: null, subscription: null },
    ])
    expect(assigned.get('a')).toEqual({ numbers: [0, 1, 2, 3, 4, 5], refused: null })
    expect(assigned.get('b')?.refused).toContain('without [prices]')
    expect(assigned.get('c')?.refused).toContain('expected 6 partitions')
    expect(assigned.get('d')?.refused).toContain('another client')
  })

  const past = fc.record({
    members: fc.uniqueArray(fc.stringMatching(/^[a-h]$/), { minLength: 1, maxLength: 6 }),
    partitions: fc.integer({ min: 1, max: 24 }),
    owned: fc.array(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 24 })),
    generations: fc.array(fc.integer({ min: -1, max: 5 })),
  })
  const candidatesOf = ({ members, partitions, owned, generations }: Past) =>
    members.map((id, index) =>
      candidate(id, owned[index] ?? [], generations[index] ?? -1, partitions),
    )
  interface Past {
    readonly members: string[]
    readonly partitions: number
    readonly owned: number[][]
    readonly generations: number[]
  }

  test('whatever members say: each number once, nobody has two more than another', () => {
    fc.assert(
      fc.property(past, (given) => {
        const numbers = Object.values(numbersOf(candidatesOf(given), given.partitions))
        expect(numbers.flat().sort((a, b) => a - b)).toEqual(
          Array.from({ length: given.partitions }, (_, number) => number),
        )
        const sizes = numbers.map(({ length }) => length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('every leader comes to the same result, and a second round moves nothing', () => {
    fc.assert(
      fc.property(past, (given) => {
        const candidates = candidatesOf(given)
        const dealt = numbersOf(candidates, given.partitions)
        expect(numbersOf([...candidates].reverse(), given.partitions)).toEqual(dealt)
        const again = given.members.map((id) => candidate(id, dealt[id], 9, given.partitions))
        expect(numbersOf(again, given.partitions)).toEqual(dealt)
      }),
    )
  })
})
