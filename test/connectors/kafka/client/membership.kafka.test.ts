// Promises of membership, on a real coordinator: who works on what, told in time, whatever processes and brokers do.
import { setTimeout as wait } from 'node:timers/promises'
import { AssignerProtocol } from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { KafkaFault } from '../../../../connectors/kafka/client/kafka-error.ts'
import type {
  KafkaClient,
  Member,
  MemberListener,
  MemberOptions,
} from '../../../../connectors/kafka/client/port.ts'
import { needsFaults } from '../../../kit/broker/needs.ts'
import { startBroker } from '../../../kit/broker/start-broker.ts'
import type { Broker } from '../../../kit/broker/start-broker.ts'
import { clientsOfFile, makeTopic } from './clients.ts'

const patience = { timeout: 20_000, interval: 10 }

/** A member and what it was told, in order. */
interface Watched {
  readonly member: Member
  readonly told: string[]
  readonly faults: [KafkaFault, string][]
  numbers: readonly number[] | null
  generation: number
}

describe('a member of a group', needsFaults(), () => {
  const clients = clientsOfFile()
  let broker: Broker
  let client: KafkaClient
  let groups = 0
  const members: Watched[] = []
  beforeAll(async () => {
    broker = await startBroker({
      proxies: 1,
      properties: { 'group.min.session.timeout.ms': '1000' },
    })
    client = clients.ours(broker.brokers)
    await makeTopic(client, 'orders', 6)
    await makeTopic(client, 'prices', 6)
  })
  afterEach(async () => {
    await Promise.all(members.splice(0).map(({ member }) => member.leave()))
  })
  afterAll(() => broker.stop())

  const freshGroup = () => {
    groups += 1
    return `group${groups}`
  }

  const watch = (
    group: string,
    options: Partial<MemberOptions> = {},
    listener: Partial<MemberListener> = {},
    of: KafkaClient = client,
  ): Watched => {
    const told: string[] = []
    const faults: [KafkaFault, string][] = []
    const watched = { told, faults, numbers: null as readonly number[] | null, generation: -1 }
    const member = of.member({
      group,
      topics: ['orders', 'prices'],
      partitions: 6,
      instance: '',
      sessionTimeoutMs: 10_000,
      ...options,
      listener: {
        async onRebalance() {
          told.push('rebalance')
        },
        onAssigned(numbers, generation) {
          told.push(`assigned ${numbers.join(' ')}`)
          Object.assign(result, { numbers, generation })
        },
        onLost(reason) {
          told.push('lost')
          result.numbers = null
          lostReasons.push(reason)
        },
        onFault(fault, detail) {
          told.push(`fault ${fault}`)
          faults.push([fault, detail])
        },
        ...listener,
      },
    })
    const lostReasons: string[] = []
    const result: Watched = Object.assign(watched, { member })
    members.push(result)
    return result
  }

  /** All members have one generation, and together all six numbers, each once. */
  const settled = async (...all: Watched[]) => {
    await vi.waitFor(() => {
      expect(new Set(all.map(({ generation }) => generation)).size).toBe(1)
      const numbers = all.flatMap((one) => one.numbers ?? [])
      expect([...numbers].sort()).toEqual([0, 1, 2, 3, 4, 5])
    }, patience)
  }

  test('has all partition numbers when it is alone, and outside tools see real topics', async () => {
    const group = freshGroup()
    const one = watch(group, { instance: 'one' })
    await settled(one)
    expect(one.told).toEqual(['assigned 0 1 2 3 4 5'])
    const described = (await client.admin.groups()).find(({ name }) => name === group)
    expect(described?.state).toBe('Stable')
    expect(described?.members).toHaveLength(1)
    expect(described?.members[0]?.partitions).toContainEqual({ topic: 'prices', partition: 5 })

    const stock = clients.stock(broker.brokers).admin()
    await stock.connect()
    const [theirs] = (await stock.describeGroups([group])).groups
    const assignment = AssignerProtocol.MemberAssignment.decode(
      theirs!.members[0]!.memberAssignment,
    )
    expect(assignment?.assignment).toEqual({
      orders: [0, 1, 2, 3, 4, 5],
      prices: [0, 1, 2, 3, 4, 5],
    })
    await stock.disconnect()
  })

  test('shares with a second one, keeps its half, and gets all back at once when that one leaves', async () => {
    const group = freshGroup()
    const one = watch(group)
    await settled(one)
    const two = watch(group)
    await settled(one, two)
    expect(one.told).toEqual(['assigned 0 1 2 3 4 5', 'rebalance', 'assigned 0 1 2'])
    expect(two.told).toEqual(['assigned 3 4 5'])
    await two.member.leave()
    await settled(one)
    expect(one.told.slice(3)).toEqual(['rebalance', 'assigned 0 1 2 3 4 5'])
    expect(two.told).toHaveLength(1)
  })

  test('keeps numbers with those that have them when a third one comes and goes', async () => {
    const group = freshGroup()
    const one = watch(group)
    await settled(one)
    const two = watch(group)
    await settled(one, two)
    const held = [one.numbers, two.numbers]
    const three = watch(group)
    await settled(one, two, three)
    const kept = [one.numbers, two.numbers]
    expect([...kept, three.numbers].map((numbers) => numbers?.length)).toEqual([2, 2, 2])
    for (const [i, numbers] of kept.entries())
      expect(held[i]).toEqual(expect.arrayContaining([...(numbers ?? [])]))
    await three.member.leave()
    await settled(one, two)
    for (const [i, numbers] of [one.numbers, two.numbers].entries()) {
      expect(numbers).toHaveLength(3)
      expect(numbers).toEqual(expect.arrayContaining([...(kept[i] ?? [])]))
    }
  })

  test('is not joined anew before it has drained: nobody gets a number that is still at work', async () => {
    const group = freshGroup()
    const drained = Promise.withResolvers<void>()
    const one = watch(group, {}, { onRebalance: () => drained.promise })
    await settled(one)
    const two = watch(group)
    await wait(1_500)
    expect(two.told).toEqual([])
    drained.resolve()
    await settled(one, two)
    expect(one.told.includes('lost')).toBe(false)
  })

  test('waits for a drain no longer than the session', async () => {
    const group = freshGroup()
    const one = watch(
      group,
      { sessionTimeoutMs: 2_000 },
      { onRebalance: () => new Promise(() => {}) },
    )
    await settled(one)
    const two = watch(group, { sessionTimeoutMs: 2_000 })
    await settled(one, two)
  })

  test('with a name takes its numbers back after a crash without anybody else noticing', async () => {
    const group = freshGroup()
    const one = watch(group, { instance: 'one' })
    const two = watch(group, { instance: 'two' })
    await settled(one, two)
    const before = { one: [...one.told], two: two.numbers, generation: one.generation }
    two.member.abandon()
    const again = watch(group, { instance: 'two' })
    await settled(one, again)
    expect(again.numbers).toEqual(before.two)
    await wait(1_200)
    expect(one.told).toEqual(before.one)
    expect(again.generation).toBe(before.generation)
  })

  test('with a name is told when another process takes the name', async () => {
    const group = freshGroup()
    const one = watch(group, { instance: 'same' })
    await settled(one)
    const two = watch(group, { instance: 'same' })
    await vi.waitFor(() => expect(one.faults).toHaveLength(1), patience)
    expect(one.told.slice(1)).toEqual(['lost', 'fault FENCED'])
    expect(one.faults[0]?.[1]).toContain('same')
    await settled(two)
  })

  test('with a name leaves at once, so that others need not wait for its session', async () => {
    const group = freshGroup()
    const one = watch(group, { instance: 'one', sessionTimeoutMs: 30_000 })
    const two = watch(group, { instance: 'two', sessionTimeoutMs: 30_000 })
    await settled(one, two)
    await two.member.leave()
    await settled(one)
  })

  test('that is abandoned loses its numbers to others by its session, and hears nothing more', async () => {
    const group = freshGroup()
    const one = watch(group, { sessionTimeoutMs: 2_000 })
    const two = watch(group, { sessionTimeoutMs: 2_000 })
    await settled(one, two)
    const told = [...two.told]
    two.member.abandon()
    await settled(one)
    expect(two.told).toEqual(told)
  })

  test('that was cut off for longer than its session is told that it lost all, and joins again', async () => {
    const proxy = broker.proxies[0]!
    const group = freshGroup()
    const behind = clients.ours([proxy.address])
    const one = watch(group, { sessionTimeoutMs: 2_000 }, {}, behind)
    await settled(one)
    proxy.close()
    await vi.waitFor(() => expect(one.told).toContain('lost'), patience)
    const two = watch(group, { sessionTimeoutMs: 2_000 })
    await settled(two)
    proxy.open()
    await settled(one, two)
    expect(one.told[1]).toBe('lost')
    expect(one.faults).toEqual([])
  })

  test('goes on after its broker stood still for longer than its session', async () => {
    const proxy = broker.proxies[0]!
    const group = freshGroup()
    const one = watch(group, { sessionTimeoutMs: 1_000 }, {}, clients.ours([proxy.address]))
    await settled(one)
    broker.pause()
    await wait(2_500)
    broker.resume()
    const two = watch(group, { sessionTimeoutMs: 1_000 })
    await settled(one, two)
    expect(one.faults).toEqual([])
  })

  test('of another version is refused with the difference, and the group goes on', async () => {
    const group = freshGroup()
    const one = watch(group)
    await settled(one)
    const other = watch(group, { topics: ['orders'] })
    await vi.waitFor(() => expect(other.faults).toHaveLength(1), patience)
    expect(other.faults[0]?.[0]).toBe('CONFIGURATION')
    expect(other.faults[0]?.[1]).toContain('without [prices]')
    const smaller = watch(group, { partitions: 3 })
    await vi.waitFor(() => expect(smaller.faults).toHaveLength(1), patience)
    expect(smaller.faults[0]?.[1]).toContain('expected 6 partitions')
    await settled(one)
    expect(one.faults).toEqual([])
  })

  test('of another program is a clear fault for ours and no crash', async () => {
    const group = freshGroup()
    const stock = clients.stock(broker.brokers).consumer({ groupId: group })
    await stock.connect()
    await stock.subscribe({ topic: 'orders' })
    await stock.run({ eachMessage: async () => {} })
    const one = watch(group)
    await vi.waitFor(() => expect(one.faults).toHaveLength(1), patience)
    expect(one.faults[0]?.[0]).toBe('CONFIGURATION')
    await stock.disconnect()
  })

  test('goes on over a restart of its coordinator', async () => {
    const group = freshGroup()
    const one = watch(group, { sessionTimeoutMs: 30_000 })
    await settled(one)
    await broker.kill()
    await broker.restart()
    const two = watch(group, { sessionTimeoutMs: 30_000 })
    await settled(one, two)
    expect(one.told).toEqual(['assigned 0 1 2 3 4 5', 'rebalance', 'assigned 0 1 2'])
  })

  test('leaves while it waits for others to join', async () => {
    const group = freshGroup()
    const one = watch(group, {}, { onRebalance: () => wait(3_000) })
    await settled(one)
    const two = watch(group)
    await wait(300)
    const beginMs = performance.now()
    await two.member.leave()
    expect(performance.now() - beginMs).toBeLessThan(2_500)
    await settled(one)
  })
})
