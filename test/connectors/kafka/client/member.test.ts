// A member and coordinators that move, refuse and keep silent on demand.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createConnections } from '../../../../connectors/kafka/client/connections.ts'
import { encodeAssignment } from '../../../../connectors/kafka/client/consumer-protocol.ts'
import { kafkajsLogger } from '../../../../connectors/kafka/client/logging.ts'
import { createMember } from '../../../../connectors/kafka/client/member.ts'
import type { Member, MemberListener } from '../../../../connectors/kafka/client/port.ts'
import { silentLogger } from '../../../kit/silent-logger.ts'
import { metadataAnswer, metadataKey, startFakeBroker } from './fake-broker.ts'
import type { FakeBroker } from './fake-broker.ts'

const topics = ['orders']
const keys = { join: 11, heartbeat: 12, leave: 13, sync: 14 } as const
type Kind = keyof typeof keys

describe('a member', () => {
  let brokers: FakeBroker[]
  let coordinator = 1
  let asked: string[]
  let codes: Map<Kind, (number | null)[]>
  let told: string[]
  let member: Member | null = null

  const brokerOf = (nodeId: number) => brokers[nodeId - 1]!
  const answered = (nodeId: number, kind: Kind, write: (code: number) => unknown): unknown => {
    asked.push(`${nodeId} ${kind}`)
    const code = codes.get(kind)?.shift()
    return code === null ? false : write(code ?? 0)
  }

  beforeEach(async () => {
    brokers = [await startFakeBroker(), await startFakeBroker()]
    coordinator = 1
    asked = []
    told = []
    codes = new Map()
    for (const nodeId of [1, 2]) {
      const broker = brokerOf(nodeId)
      broker.on(metadataKey, metadataAnswer({ 1: brokerOf(1), 2: brokerOf(2) }, {}))
      broker.on(10, (_body, answer) => {
        const { host, port } = brokerOf(coordinator)
        answer.int32(0).int16(0).nullableString(null).int32(coordinator).string(host).int32(port)
      })
      broker.on(keys.join, (_body, answer) =>
        answered(nodeId, 'join', (code) => {
          answer.int32(0).int16(code).int32(7).string('by-partition-number')
          answer.string('someone').string('me').int32(0)
        }),
      )
      broker.on(keys.sync, (_body, answer) =>
        answered(nodeId, 'sync', (code) =>
          answer
            .int32(0)
            .int16(code)
            .bytes(encodeAssignment({ topics, numbers: [0, 1], refused: null })),
        ),
      )
      for (const kind of ['heartbeat', 'leave'] as const)
        broker.on(keys[kind], (_body, answer) =>
          answered(nodeId, kind, (code) => answer.int32(0).int16(code)),
        )
    }
  })
  afterEach(async () => {
    member?.abandon()
    member = null
    await Promise.all(brokers.map((broker) => broker.stop()))
  })

  const next = (kind: Kind, ...wanted: (number | null)[]) => codes.set(kind, wanted)
  const join = (listener: Partial<MemberListener> = {}, sessionTimeoutMs = 90) => {
    const open = () =>
      createConnections({
        brokers: [brokerOf(1).address],
        clientId: 'test',
        ssl: null,
        sasl: null,
        connectTimeoutMs: 2_000,
        requestTimeoutMs: 2_000,
        logger: kafkajsLogger(silentLogger),
      })
    member = createMember(
      { open },
      {
        group: 'group',
        topics,
        partitions: 2,
        instance: 'name',
        sessionTimeoutMs,
        listener: {
          async onRebalance() {
            told.push('rebalance')
          },
          onAssigned: (numbers, generation) =>
            told.push(`assigned ${numbers.join()} in ${generation}`),
          onLost: () => told.push('lost'),
          onFault: (fault, detail) => told.push(`${fault}: ${detail}`),
          ...listener,
        },
      },
    )
    return member
  }
  const hears = (...lines: string[]) => expect.poll(() => told, { interval: 5 }).toEqual(lines)
  const asks = (line: string) => expect.poll(() => asked, { interval: 5 }).toContain(line)

  test('heartbeats by itself, often enough for its session', async () => {
    join()
    await hears('assigned 0,1 in 7')
    await expect
      .poll(() => asked.filter((line) => line === '1 heartbeat').length, { interval: 5 })
      .toBeGreaterThan(3)
    expect(told).toHaveLength(1)
  })

  test('follows its coordinator to another broker without losing anything', async () => {
    join({}, 600)
    await hears('assigned 0,1 in 7')
    next('heartbeat', 16)
    coordinator = 2
    await asks('2 heartbeat')
    expect(told).toHaveLength(1)
  })

  test.for([14, 15, -1, 6, 13])(
    'goes on after a passing refusal (%i) of each request',
    async (code) => {
      next('join', code)
      next('sync', code)
      join({}, 600)
      await hears('assigned 0,1 in 7')
      next('heartbeat', code)
      await expect
        .poll(() => asked.filter((line) => line === '1 heartbeat').length, { interval: 5 })
        .toBeGreaterThan(1)
      expect(told).toHaveLength(1)
    },
  )

  test('goes on after an answer that makes no sense', async () => {
    join({}, 600)
    await hears('assigned 0,1 in 7')
    brokerOf(1).on(keys.heartbeat, () => {
      asked.push('1 nonsense')
      brokerOf(1).on(keys.heartbeat, (_body, answer) => {
        asked.push('1 sense')
        answer.int32(0).int16(0)
      })
    })
    await asks('1 sense')
    expect(told).toHaveLength(1)
  })

  test('drains once when a rebalance begins, then joins', async () => {
    join()
    await hears('assigned 0,1 in 7')
    next('heartbeat', 27)
    await hears('assigned 0,1 in 7', 'rebalance', 'assigned 0,1 in 7')
  })

  test.for([22, 25])('is told that it is out (%i), and joins anew', async (code) => {
    join()
    await hears('assigned 0,1 in 7')
    next('heartbeat', code)
    await hears('assigned 0,1 in 7', 'lost', 'assigned 0,1 in 7')
  })

  test('is out once when it hears nothing for a session, and in again later', async () => {
    join()
    await hears('assigned 0,1 in 7')
    next('heartbeat', ...Array<null>(50).fill(null))
    next('join', null, null)
    await hears('assigned 0,1 in 7', 'lost')
    codes.clear()
    brokerOf(1).cut()
    await hears('assigned 0,1 in 7', 'lost', 'assigned 0,1 in 7')
  })

  test.for([
    ['join', 30, 'NOT_AUTHORISED'],
    ['join', 23, 'CONFIGURATION'],
    ['join', 26, 'CONFIGURATION'],
    ['sync', 82, 'FENCED'],
  ] as const)(
    'stops with a fault when its %s is refused for good (%i)',
    async ([kind, code, fault]) => {
      next(kind, code)
      join()
      await expect.poll(() => told, { interval: 5 }).toHaveLength(1)
      expect(told[0]).toContain(`${fault}: `)
      expect(told[0]).toContain('group')
      await asks('1 leave')
      const { length } = asked
      await member?.leave()
      expect(asked).toHaveLength(length)
    },
  )

  test('makes a fault of a listener that throws, and stops', async () => {
    join({
      onAssigned() {
        throw new Error('not today')
      },
    })
    await hears('FAILED: group group: not today')
  })

  test('leaves with its id and name, also when nobody answers', async () => {
    join()
    await hears('assigned 0,1 in 7')
    await member?.leave()
    expect(asked.at(-1)).toBe('1 leave')
    await Promise.all(brokers.map((broker) => broker.stop()))
    join()
    await member?.leave()
  })

  test('hears nothing more once it was abandoned', async () => {
    join()
    await hears('assigned 0,1 in 7')
    member?.abandon()
    const { length } = asked
    brokerOf(1).cut()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(asked).toHaveLength(length)
    expect(told).toHaveLength(1)
  })
})
