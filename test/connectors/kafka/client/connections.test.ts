// Which broker is asked, over which socket, while leaders and addresses change.
import type { KafkajsSasl } from 'kafkajs/src/network/connection.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createConnections } from '../../../../connectors/kafka/client/connections.ts'
import type { Cluster, Exchange } from '../../../../connectors/kafka/client/connections.ts'
import { kafkajsLogger } from '../../../../connectors/kafka/client/logging.ts'
import { silentLogger } from '../../../kit/silent-logger.ts'
import { metadataAnswer, metadataKey, startFakeBroker } from './fake-broker.ts'
import type { FakeBroker } from './fake-broker.ts'

const heartbeatKey = 12
const findCoordinatorKey = 10
const saslHandshakeKey = 17
const saslAuthenticateKey = 36

/** A request that is answered with the number of its broker. */
function whoAreYou(apiKey = heartbeatKey, timeoutMs = 5_000): Exchange<number> {
  return {
    apiKey,
    apiVersion: 1,
    apiName: 'WhoAreYou',
    about: 'nothing',
    timeoutMs,
    body: Buffer.alloc(0),
    decode: (payload) => payload.readInt32BE(0),
  }
}

describe('connections', () => {
  let one: FakeBroker
  let two: FakeBroker
  let cluster: Cluster
  const started: FakeBroker[] = []
  const start = async (nodeId: number): Promise<FakeBroker> => {
    const broker = await startFakeBroker()
    started.push(broker)
    broker.on(heartbeatKey, (_body, answer) => answer.int32(nodeId))
    broker.on(1, (_body, answer) => answer.int32(nodeId))
    return broker
  }
  const connect = (
    brokers: readonly string[],
    requestTimeoutMs = 5_000,
    sasl: KafkajsSasl | null = null,
  ): Cluster => {
    cluster = createConnections({
      brokers,
      clientId: 'test',
      ssl: null,
      sasl,
      connectTimeoutMs: 2_000,
      requestTimeoutMs,
      logger: kafkajsLogger(silentLogger),
    })
    return cluster
  }
  const tell = (topics: Parameters<typeof metadataAnswer>[1], brokers = { 1: one, 2: two }) => {
    for (const broker of [one, two]) broker.on(metadataKey, metadataAnswer(brokers, topics))
  }
  const countOf = (broker: FakeBroker, apiKey: number) =>
    broker.asked.filter((asked) => asked === apiKey).length

  beforeEach(async () => {
    one = await start(1)
    two = await start(2)
    tell({ orders: [1, 2] })
  })
  afterEach(async () => {
    await cluster.close()
    await Promise.all(started.splice(0).map((broker) => broker.stop()))
  })

  test.for([
    ['reset by a broker that dies', () => one.reset()],
    ['closed by a broker that ends', () => one.cut()],
  ] as const)('that are %s while they authenticate are no refusal', async ([, end]) => {
    one.on(saslHandshakeKey, (_body, answer) =>
      answer.int16(0).list(['PLAIN'], (mechanism) => answer.string(mechanism)),
    )
    one.on(saslAuthenticateKey, () => {
      end()
      return false
    })
    const sasl = { mechanism: 'plain', username: 'me', password: 'secret' } as const
    const asking = connect([one.address], 5_000, sasl).nodeIds()
    await expect(asking).rejects.toMatchObject({ fault: 'UNREACHABLE' })
  })

  test('lead to the leader of each partition', async () => {
    connect([one.address])
    const leaders = await Promise.all(
      [0, 1].map((partition) => cluster.leaderOf({ topic: 'orders', partition })),
    )
    expect(leaders.map(({ nodeId }) => nodeId)).toEqual([1, 2])
    expect(await Promise.all(leaders.map((link) => link.send(whoAreYou())))).toEqual([1, 2])
  })

  test('ask for many topics at once in one request, and keep the seed’s socket for its broker', async () => {
    const topics = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`topic${index}`, [1]]),
    )
    tell(topics)
    connect([one.address])
    await Promise.all(Object.keys(topics).map((topic) => cluster.leaderOf({ topic, partition: 0 })))
    expect(countOf(one, metadataKey)).toBe(1)
    expect(countOf(one, 18)).toBe(1)
  })

  test('follow a leader that moved, once they are told to look or its socket ends', async () => {
    connect([one.address])
    const place = { topic: 'orders', partition: 0 }
    expect((await cluster.leaderOf(place)).nodeId).toBe(1)
    tell({ orders: [2, 2] })
    expect((await cluster.leaderOf(place)).nodeId).toBe(1)
    await cluster.refresh(['orders'])
    expect((await cluster.leaderOf(place)).nodeId).toBe(2)
    tell({ orders: [1, 2] })
    two.cut()
    await expect.poll(async () => (await cluster.leaderOf(place)).nodeId, { interval: 5 }).toBe(1)
  })

  test('follow a broker to another address', async () => {
    connect([one.address])
    const link = await cluster.link(2)
    expect(await link.send(whoAreYou())).toBe(2)
    const moved = await start(22)
    tell({}, { 1: one, 2: moved })
    await two.stop()
    await expect
      .poll(async () => (await cluster.link(2)).send(whoAreYou()).catch(() => null), {
        interval: 5,
        timeout: 5_000,
      })
      .toBe(22)
  })

  test('open a socket anew after it ended, for the same link', async () => {
    connect([one.address])
    const link = await cluster.link(1)
    one.cut()
    await expect.poll(() => link.send(whoAreYou()).catch(() => null), { interval: 5 }).toBe(1)
  })

  test('begin anew behind an answer that was cut in the middle', async () => {
    connect([one.address])
    const link = await cluster.link(1)
    // A length of 1000, and a few bytes of the answer.
    one.on(13, () => Buffer.from([0, 0, 3, 232, 0, 0, 0, 1, 7, 7, 7]))
    const broken = link.send(whoAreYou(13)).catch((error: unknown) => error)
    await expect.poll(() => countOf(one, 13), { interval: 5 }).toBe(1)
    one.cut()
    expect(await broken).toMatchObject({ fault: 'UNREACHABLE' })
    await expect.poll(() => link.send(whoAreYou()).catch(() => null), { interval: 5 }).toBe(1)
  })

  test('keep fetches, which wait at the broker, off the other socket', async () => {
    connect([one.address])
    const link = await cluster.link(1)
    one.on(1, () => false)
    const fetching = link.send(whoAreYou(1, 200)).catch(String)
    expect(await link.send(whoAreYou())).toBe(1)
    expect(await fetching).toContain('no answer to WhoAreYou within 200 ms')
    one.on(1, (_body, answer) => answer.int32(11))
    expect(await link.send(whoAreYou(1))).toBe(11)
  })

  test('name broker, request and subject when an answer is not there in time', async () => {
    connect([one.address])
    const link = await cluster.link(1)
    one.on(heartbeatKey, () => false)
    await expect(link.send(whoAreYou(heartbeatKey, 50))).rejects.toMatchObject({
      fault: 'UNREACHABLE',
      message: `WhoAreYou for nothing at broker ${one.address}: no answer to WhoAreYou within 50 ms, so the connection is given up`,
    })
  })

  test('tell a topic that is missing from a leader that is missing', async () => {
    tell({ orders: [-1] })
    connect([one.address])
    const faultOf = (topic: string, partition: number) =>
      cluster.leaderOf({ topic, partition }).catch((error: unknown) => error)
    expect(await faultOf('nowhere', 0)).toMatchObject({ fault: 'TOPIC_MISSING' })
    expect(await faultOf('orders', 1)).toMatchObject({ fault: 'TOPIC_MISSING' })
    expect(await faultOf('orders', 0)).toMatchObject({ fault: 'UNREACHABLE' })
  })

  test('look for a coordinator again when they are told to forget it', async () => {
    let coordinator = { nodeId: 1, broker: one }
    const answer = (_body: unknown, to: Parameters<Parameters<FakeBroker['on']>[1]>[1]) =>
      to
        .int32(0)
        .int16(0)
        .nullableString(null)
        .int32(coordinator.nodeId)
        .string(coordinator.broker.host)
        .int32(coordinator.broker.port)
    for (const broker of [one, two]) broker.on(findCoordinatorKey, answer)
    connect([one.address])
    expect((await cluster.coordinatorOf('group', 'g')).nodeId).toBe(1)
    coordinator = { nodeId: 2, broker: two }
    expect((await cluster.coordinatorOf('group', 'g')).nodeId).toBe(1)
    cluster.forgetCoordinator('group', 'g')
    expect((await cluster.coordinatorOf('group', 'g')).nodeId).toBe(2)
  })

  test('refuse a request in a version that the broker does not speak, before it is sent', async () => {
    connect([one.address])
    const link = await cluster.link(1)
    await expect(link.send({ ...whoAreYou(), apiVersion: 13 })).rejects.toMatchObject({
      fault: 'CONFIGURATION',
      message: expect.stringContaining('version 13, was 0 to 12') as string,
    })
    expect(countOf(one, heartbeatKey)).toBe(0)
  })

  test('reject what is under way when they are closed, and everything after', async () => {
    connect([one.address])
    const link = await cluster.link(1)
    one.on(heartbeatKey, () => false)
    const waiting = link.send(whoAreYou()).catch((error: unknown) => error)
    await expect.poll(() => countOf(one, heartbeatKey), { interval: 5 }).toBe(1)
    await cluster.close()
    expect(await waiting).toMatchObject({ message: expect.stringContaining('closed') as string })
    await expect(cluster.link(1)).rejects.toMatchObject({ fault: 'FAILED' })
    await expect(link.send(whoAreYou())).rejects.toMatchObject({ fault: 'FAILED' })
  })
})
