// Sequence numbers of a producer.
import { expect, test } from 'vitest'
import { advanceSequence, createSequences } from '../../../../connectors/kafka/client/sequences.ts'

const last = 2 ** 31 - 1

test('each partition counts from 0', () => {
  const sequences = createSequences()
  sequences.advance({ topic: 'a', partition: 0 }, 3)
  sequences.advance({ topic: 'a', partition: 1 }, 1)
  sequences.advance({ topic: 'a', partition: 0 }, 2)
  expect(sequences.next({ topic: 'a', partition: 0 })).toBe(5)
  expect(sequences.next({ topic: 'a', partition: 1 })).toBe(1)
  expect(sequences.next({ topic: 'b', partition: 0 })).toBe(0)
})

test('after the last number comes 0, also within a batch', () => {
  expect(advanceSequence(last - 1, 1)).toBe(last)
  expect(advanceSequence(last, 1)).toBe(0)
  // Ten records from the last but one: two before the border, eight behind it.
  expect(advanceSequence(last - 1, 10)).toBe(8)
})
