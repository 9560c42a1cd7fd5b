// What members tell each other, held against the stock library's reading of it.
import { AssignerProtocol } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../../connectors/kafka/client/consumer-protocol.ts'

const { MemberAssignment, MemberMetadata } = AssignerProtocol

describe('a subscription', () => {
  const subscription = { topics: ['a', 'b'], partitions: 6, owned: [1, 4], generation: 7 }

  test('comes back as it was, and others read its topics', () => {
    const bytes = encodeSubscription(subscription)
    expect(decodeSubscription(bytes)).toEqual(subscription)
    expect(MemberMetadata.decode(bytes)?.topics).toEqual(['a', 'b'])
  })

  test.for([
    ['nothing', Buffer.alloc(0)],
    [
      'another program’s',
      MemberMetadata.encode({ version: 1, topics: ['a'], userData: Buffer.alloc(0) }),
    ],
    [
      'JSON of another kind',
      MemberMetadata.encode({ version: 1, topics: ['a'], userData: Buffer.from('{"owned":1}') }),
    ],
  ] as const)('is none of ours when it is %s', ([, bytes]) => {
    expect(decodeSubscription(bytes)).toBe(null)
  })
})

describe('an assignment', () => {
  test('has the same numbers for every topic, as others read it', () => {
    const bytes = encodeAssignment({ topics: ['a', 'b'], numbers: [0, 3], refused: null })
    expect(MemberAssignment.decode(bytes)?.assignment).toEqual({ a: [0, 3], b: [0, 3] })
    expect(decodeAssignment(bytes)).toEqual({
      places: [
        { topic: 'a', partition: 0 },
        { topic: 'a', partition: 3 },
        { topic: 'b', partition: 0 },
        { topic: 'b', partition: 3 },
      ],
      refused: null,
    })
  })

  test('tells a member why it gets nothing', () => {
    const bytes = encodeAssignment({ topics: ['a'], numbers: [], refused: 'too old' })
    expect(decodeAssignment(bytes)).toEqual({ places: [], refused: 'too old' })
  })

  test('of another program is read, whatever its own data are', () => {
    const bytes = MemberAssignment.encode({
      version: 1,
      assignment: { x: [2] },
      userData: Buffer.from([1, 2, 3]),
    })
    expect(decodeAssignment(bytes)).toEqual({
      places: [{ topic: 'x', partition: 2 }],
      refused: null,
    })
    expect(decodeAssignment(Buffer.alloc(0)).places).toEqual([])
  })
})
