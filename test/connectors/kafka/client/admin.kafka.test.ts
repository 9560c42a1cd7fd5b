// Promises of administration, and of the ways in, on a real broker.
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KafkaClient } from '../../../../connectors/kafka/client/port.ts'
import { needsBench, needsFaults } from '../../../kit/broker/needs.ts'
import { freshPrefix, sharedBench } from '../../../kit/broker/shared-bench.ts'
import { startBroker } from '../../../kit/broker/start-broker.ts'
import type { Broker } from '../../../kit/broker/start-broker.ts'
import { apiKeys } from '../../../kit/broker/start-proxy.ts'
import { clientsOfFile, commitValues, committedValues, decidedEnd, makeTopic } from './clients.ts'

describe('the admin', needsBench(), () => {
  const { brokers } = sharedBench()
  const clients = clientsOfFile()
  const client = clients.ours(brokers)
  const { admin } = client
  const prefix = freshPrefix()

  test('creates topics with settings and describes them; those that are missing are left out', async () => {
    const name = `${prefix}made`
    await admin.createTopics([
      { name, partitions: 3, replication: 1, configs: { 'cleanup.policy': 'compact' } },
    ])
    expect(await admin.topics([name, `${prefix}none`])).toEqual([
      { name, partitions: 3, replication: 1 },
    ])
    expect((await admin.topics()).map((topic) => topic.name)).toContain(name)
    const configs = await admin.configs(name)
    expect(configs.get('cleanup.policy')).toEqual({ value: 'compact', isDefault: false })
    expect(configs.get('retention.ms')?.isDefault).toBe(true)
  })

  test('asking for a topic does not create it', async () => {
    const name = `${prefix}asked`
    expect(await admin.topics([name])).toEqual([])
    await expect(admin.endOffsets([{ topic: name, partition: 0 }], 'stable')).rejects.toMatchObject(
      { fault: 'TOPIC_MISSING' },
    )
    await expect(admin.configs(name)).rejects.toMatchObject({ fault: 'TOPIC_MISSING' })
    expect(await admin.topics([name])).toEqual([])
  })

  test('setting some configs leaves all others as they are; the stock library resets them', async () => {
    const before = { 'cleanup.policy': 'compact', 'retention.ms': '1234567' }
    const name = await makeTopic(client, `${prefix}configs`, 1, before)
    await admin.setConfigs(name, { 'min.cleanable.dirty.ratio': '0.25' })
    const valuesOf = async () => {
      const configs = await admin.configs(name)
      return ['cleanup.policy', 'retention.ms', 'min.cleanable.dirty.ratio'].map(
        (one) => configs.get(one)?.value,
      )
    }
    expect(await valuesOf()).toEqual(['compact', '1234567', '0.25'])
    await admin.setConfigs(name, {})
    await expect(admin.setConfigs(name, { 'no.such': 'x' })).rejects.toMatchObject({
      fault: 'FAILED',
      message: expect.stringContaining(name) as string,
    })

    const stock = clients.stock(brokers).admin()
    await stock.connect()
    await stock.alterConfigs({
      validateOnly: false,
      resources: [
        { type: 2, name, configEntries: [{ name: 'min.cleanable.dirty.ratio', value: '0.5' }] },
      ],
    })
    await stock.disconnect()
    await expect.poll(valuesOf).not.toContain('1234567')
  })

  test('a topic that another process made meanwhile is fine, unless its partitions differ', async () => {
    const name = await makeTopic(client, `${prefix}twice`, 2)
    const topic = { name, replication: 1, configs: {} }
    await Promise.all([
      admin.createTopics([{ ...topic, partitions: 2 }]),
      admin.createTopics([{ ...topic, partitions: 2 }]),
    ])
    await expect(admin.createTopics([{ ...topic, partitions: 3 }])).rejects.toMatchObject({
      message: expect.stringContaining('expected 3 partitions, was there already with 2') as string,
    })
  })

  test('what the broker refuses is told in its words', async () => {
    await expect(
      admin.createTopics([
        { name: `${prefix}bad`, partitions: 1, replication: 1, configs: { 'no.such': 'x' } },
      ]),
    ).rejects.toMatchObject({ message: expect.stringMatching(/no\.such/) as string })
    await expect(
      admin.createTopics([{ name: `${prefix}far`, partitions: 1, replication: 3, configs: {} }]),
    ).rejects.toMatchObject({ message: expect.stringMatching(/INVALID_REPLICATION/) as string })
  })

  test('deletes topics, and is content with those that are gone', async () => {
    const name = await makeTopic(client, `${prefix}gone`)
    await admin.deleteTopics([name, `${prefix}never`])
    expect(await admin.topics([name])).toEqual([])
    await makeTopic(client, name, 2)
    expect(await admin.topics([name])).toHaveLength(1)
  })

  test('tells the last stable offset apart from the high-water mark while a transaction is open', async () => {
    const name = await makeTopic(client, `${prefix}ends`)
    const place = { topic: name, partition: 0 }
    const transaction = await openTransaction(clients, brokers, name)
    const [stable] = await admin.endOffsets([place], 'stable')
    const [highWater] = await admin.endOffsets([place], 'high-water')
    expect([stable?.offset, highWater?.offset]).toEqual([0, 1])
    await transaction.abort()
    expect(await decidedEnd(client, name)).toBe(2)
    expect((await admin.startOffsets([place]))[0]?.offset).toBe(0)
    await transaction.disconnect()
  })

  test('leaves out partitions without a committed offset', async () => {
    const name = await makeTopic(client, `${prefix}committed`, 2)
    const group = `${prefix}committed`
    const producer = await client.fence(group)
    await commitValues(producer, name, ['x'], { group, offset: 5 })
    await producer.dispose()
    const places = [0, 1].map((partition) => ({ topic: name, partition }))
    expect(await admin.committed(group, places)).toEqual([{ topic: name, partition: 0, offset: 5 }])
    expect(await admin.committed(`${prefix}nobody`, places)).toEqual([])
  })

  test('lists groups of offsets only, and deletes them', async () => {
    const name = await makeTopic(client, `${prefix}groups`)
    const group = `${prefix}offsets-only`
    const producer = await client.fence(group)
    await commitValues(producer, name, ['x'], { group, offset: 1 })
    await producer.dispose()
    await expect
      .poll(async () => (await admin.groups()).find((one) => one.name === group))
      .toEqual({ name: group, state: 'Empty', members: [] })
    await admin.deleteGroups([group, `${prefix}no-group`])
    expect((await admin.groups()).some((one) => one.name === group)).toBe(false)
  })

  test('refuses to delete a group that has members', async () => {
    const name = await makeTopic(client, `${prefix}alive`)
    const joined = Promise.withResolvers<unknown>()
    const member = client.member({
      group: name,
      topics: [name],
      partitions: 1,
      instance: '',
      sessionTimeoutMs: 10_000,
      listener: {
        onRebalance: async () => {},
        onAssigned: joined.resolve,
        onLost: joined.reject,
        onFault: joined.reject,
      },
    })
    await joined.promise
    await expect(admin.deleteGroups([name])).rejects.toMatchObject({
      message: expect.stringContaining('NON_EMPTY_GROUP') as string,
    })
    await member.leave()
    await admin.deleteGroups([name])
  })
})

/** Of the stock library: one record sent, not ended. */
async function openTransaction(
  clients: ReturnType<typeof clientsOfFile>,
  brokers: readonly string[],
  topic: string,
) {
  const producer = clients.stock(brokers).producer({ transactionalId: `${topic}.open` })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic, messages: [{ value: 'pending', partition: 0 }] })
  return { abort: () => transaction.abort(), disconnect: () => producer.disconnect() }
}

describe('the admin of a broker that is disturbed', needsFaults(), () => {
  const clients = clientsOfFile()
  let broker: Broker
  let client: KafkaClient
  beforeAll(async () => {
    broker = await startBroker({ proxies: 1, secure: true })
    client = clients.ours([broker.proxies[0]!.address])
  })
  afterAll(() => broker.stop())

  test('creates topics at once on a broker that has only just started', async () => {
    const names = Array.from({ length: 5 }, (_, index) => `fresh${index}`)
    await Promise.all(names.map((name) => makeTopic(client, name, 3)))
    expect(await client.admin.topics(names)).toHaveLength(5)
  })

  test('asks for 60 topics with 6 partitions in one request of each kind', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `many${index}`)
    await client.admin.createTopics(
      names.map((name) => ({ name, partitions: 6, replication: 1, configs: {} })),
    )
    const places = names.flatMap((topic) =>
      [0, 1, 2, 3, 4, 5].map((partition) => ({ topic, partition })),
    )
    // Until all leaders are in office.
    await client.admin.endOffsets(places, 'stable')
    const proxy = broker.proxies[0]!
    const kinds = [apiKeys.metadata, apiKeys.listOffsets, apiKeys.offsetFetch]
    const countsOf = () => kinds.map((apiKey) => proxy.requests(apiKey))
    const own = clients.ours([proxy.address])
    await own.connect()
    const before = countsOf()
    const ends = await own.admin.endOffsets(places, 'stable')
    expect(ends.map(({ topic, partition }) => ({ topic, partition }))).toEqual(places)
    expect(await own.admin.committed('many', places)).toEqual([])
    expect(countsOf().map((count, index) => count - before[index]!)).toEqual([1, 1, 1])
  })

  test('asks again after an answer was lost, and when its broker is back', async () => {
    const proxy = broker.proxies[0]!
    const topic = await makeTopic(client, 'asked')
    for (const apiKey of [apiKeys.metadata, apiKeys.listOffsets]) {
      const lost = proxy.lose({ apiKey })
      const asked = client.admin.endOffsets([{ topic, partition: 0 }], 'stable')
      if (apiKey === apiKeys.metadata) await client.admin.topics()
      await lost
      expect(await asked).toHaveLength(1)
    }
    proxy.close()
    const asked = client.admin.topics([topic])
    setTimeout(() => proxy.open(), 300)
    expect(await asked).toHaveLength(1)
  })

  test('waits for an offset that an open transaction is about to change', async () => {
    const group = 'pending'
    const topic = await makeTopic(client, 'pending')
    const producer = await client.fence(group)
    await commitValues(producer, topic, ['x'], { group, offset: 1 })
    const lost = broker.proxies[0]!.lose({ apiKey: apiKeys.txnOffsetCommit, then: 'silence' })
    const committing = commitValues(producer, topic, ['y'], { group, offset: 2 }).catch(String)
    await lost
    const asked = clients.ours(broker.brokers).admin.committed(group, [{ topic, partition: 0 }])
    let isAnswered = false
    void asked.then(() => {
      isAnswered = true
    })
    await clients.ours(broker.brokers).admin.groups()
    expect(isAnswered).toBe(false)
    // The next owner aborts it, so that the offset before stands.
    const next = await clients.ours(broker.brokers).fence(group)
    expect((await asked)[0]?.offset).toBe(1)
    await next.dispose()
    await producer.dispose()
    expect(await committing).toContain('KafkaError')
  })

  describe('with TLS and SASL', () => {
    const access = () => broker.secure!
    const secured = (sasl: object, password: string | null, tls: object = {}) =>
      clients.ours(
        access().brokers,
        { tls: { enabled: true, ca_file: access().caFile, ...tls }, sasl },
        password,
      )

    test.for(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
      'lets %s in, on every connection that it opens',
      async (mechanism) => {
        const own = secured({ mechanism, username: access().username }, access().password)
        await own.connect()
        const topic = await makeTopic(own, `secure-${mechanism}`)
        const producer = await own.fence(topic)
        await commitValues(producer, topic, ['safe'], { group: topic, offset: 1 })
        expect(await committedValues(own, topic)).toEqual(['safe'])
        const plain = await own.plainProducer()
        await producer.dispose()
        await plain.dispose()
      },
    )

    test('shows a certificate of its own, and refuses a key that does not belong to it', async () => {
      const own = (name: string) => join(dirname(access().caFile), name)
      const sasl = { mechanism: 'plain', username: access().username }
      const given = { cert_file: own('server.pem'), key_file: own('server.key') }
      await secured(sasl, access().password, given).connect()
      expect(() => secured(sasl, access().password, { ...given, key_file: own('ca.key') })).toThrow(
        own('ca.key'),
      )
    })

    test('says who was not let in, and never the password', async () => {
      const username = access().username
      const wrong = secured({ mechanism: 'scram-sha-256', username }, 'geheim-1')
      const error: unknown = await wrong.connect().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ fault: 'NOT_AUTHORISED' })
      expect(String(error)).toMatch(/authentication/i)
      expect(JSON.stringify(error) + String(error)).not.toContain('geheim-1')
    })

    test('does not trust a broker whose authority it does not know', async () => {
      const stranger = secured(
        { mechanism: 'plain', username: access().username },
        access().password,
        { ca_file: null },
      )
      await expect(stranger.connect()).rejects.toMatchObject({
        fault: 'CONFIGURATION',
        message: expect.stringMatching(/certificate/i) as string,
      })
    })

    test('a client without TLS gets no further than its time limit', async () => {
      const plain = clients.ours(access().brokers, { request_timeout_ms: 1_000 })
      await expect(plain.connect()).rejects.toMatchObject({ fault: 'UNREACHABLE' })
    })
  })
})
