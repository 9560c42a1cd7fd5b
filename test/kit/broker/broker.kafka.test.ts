// The bench itself: if a fault control did not do what it says, every fault test would pass for nothing.
import { readFileSync } from 'node:fs'
import { Kafka, logLevel } from 'kafkajs'
import type { KafkaConfig, SASLOptions } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needsBench, needsFaults } from './needs.ts'
import { freshPrefix, sharedBench } from './shared-bench.ts'
import { startBroker } from './start-broker.ts'
import type { Broker } from './start-broker.ts'
import { apiKeys } from './start-proxy.ts'

// The machine may be busy: what comes back comes back, however long it takes.
const persistent = { initialRetryTime: 50, maxRetryTime: 500, retries: 200 }
const connectionTimeout = 10_000

function kafka(brokers: string[], settings: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({
    brokers,
    logLevel: logLevel.NOTHING,
    retry: persistent,
    connectionTimeout,
    ...settings,
  })
}

async function makeTopic(client: Kafka): Promise<string> {
  const topic = `${freshPrefix()}bench`
  const admin = client.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
  await admin.disconnect()
  return topic
}

async function send(client: Kafka, topic: string, value: string): Promise<void> {
  const producer = client.producer()
  await producer.connect()
  try {
    await producer.send({ topic, messages: [{ key: 'k', value }] })
  } finally {
    await producer.disconnect()
  }
}

async function endOffset(client: Kafka, topic: string): Promise<number> {
  const admin = client.admin()
  await admin.connect()
  const [place] = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  return Number(place?.offset)
}

describe('the shared bench', needsBench(), () => {
  const { brokers, registryUrl } = sharedBench()

  test('its broker takes records', async () => {
    const client = kafka(brokers)
    const topic = await makeTopic(client)
    await send(client, topic, 'one')
    expect(await endOffset(client, topic)).toBe(1)
  })

  test('its registry stands at the root and starts with BACKWARD', async () => {
    expect(new URL(registryUrl).pathname).toBe('/')
    const answer = await fetch(`${registryUrl}/config`)
    expect(await answer.json()).toEqual({ compatibilityLevel: 'BACKWARD' })
  })
})

describe('a broker of a test’s own', needsFaults(), () => {
  let broker: Broker
  beforeAll(async () => {
    broker = await startBroker({ proxies: 1, secure: true })
  })
  afterAll(() => broker.stop())

  test('comes back on the same port with its records after a kill', async () => {
    const client = kafka(broker.brokers)
    const topic = await makeTopic(client)
    await send(client, topic, 'before')
    const { pid } = broker
    await broker.kill()
    expect(() => process.kill(pid, 0)).toThrow()
    await broker.restart()
    await send(client, topic, 'after')
    expect(await endOffset(client, topic)).toBe(2)
  })

  test('comes back after a restart without a kill', async () => {
    const client = kafka(broker.brokers)
    const topic = await makeTopic(client)
    await send(client, topic, 'before')
    const { pid } = broker
    await broker.restart()
    expect(broker.pid).not.toBe(pid)
    expect(await endOffset(client, topic)).toBe(1)
  })

  test('answers nothing while paused and goes on where it was', async () => {
    const client = kafka(broker.brokers)
    const topic = await makeTopic(client)
    broker.pause()
    const impatient = kafka(broker.brokers, { requestTimeout: 300, retry: { retries: 0 } })
    await expect(send(impatient, topic, 'lost')).rejects.toThrow(/timed out/i)
    broker.resume()
    await send(client, topic, 'later')
    expect(await endOffset(client, topic)).toBe(1)
  })

  test.for(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'lets a client in with TLS and %s, and none with a wrong password',
    async (mechanism) => {
      const { secure } = broker
      if (secure === undefined) throw new Error('expected a secure listener')
      const { brokers, caFile, username, password } = secure
      // A new object each time: kafkajs writes into it, credentials included.
      const sasl = (given: string) => ({ mechanism, username, password: given }) as SASLOptions
      const ssl = { ca: readFileSync(caFile) }
      const right = kafka(brokers, { ssl, sasl: sasl(password) })
      const topic = await makeTopic(right)
      await send(right, topic, 'safe')
      const wrong = kafka(brokers, { ssl, sasl: sasl('guess') })
      await expect(send(wrong, topic, 'unsafe')).rejects.toThrow(/authentication/i)
      expect(await endOffset(kafka(broker.brokers), topic)).toBe(1)
    },
  )

  test('lets a client in with TLS alone, and none that does not know its authority', async () => {
    const { tlsBrokers: brokers, caFile } = broker.secure ?? { tlsBrokers: [], caFile: '' }
    const topic = await makeTopic(kafka(brokers, { ssl: { ca: readFileSync(caFile) } }))
    const stranger = kafka(brokers, { ssl: true, retry: { retries: 0 } })
    await expect(send(stranger, topic, 'unsafe')).rejects.toThrow(/certificate/i)
  })

  test('a client that enters through the proxy stays behind it', async () => {
    const proxy = behindProxy(broker)
    const topic = await makeTopic(kafka(broker.brokers))
    const before = proxy.requests(apiKeys.produce)
    await send(kafka([proxy.address]), topic, 'one')
    expect(proxy.requests(apiKeys.produce)).toBe(before + 1)
    await send(kafka(broker.brokers), topic, 'two')
    expect(proxy.requests(apiKeys.produce)).toBe(before + 1)
  })

  test('the proxy loses one answer: the record is there, the client is not told', async () => {
    const proxy = behindProxy(broker)
    const topic = await makeTopic(kafka(broker.brokers))
    const lost = proxy.lose({ apiKey: apiKeys.produce })
    const once = kafka([proxy.address], { retry: { retries: 0 } })
    await expect(send(once, topic, 'untold')).rejects.toThrow(/connection/i)
    await lost
    expect(await endOffset(kafka(broker.brokers), topic)).toBe(1)
    await send(once, topic, 'told')
    expect(await endOffset(kafka(broker.brokers), topic)).toBe(2)
  })

  test('the proxy loses one request: the record is not there', async () => {
    const proxy = behindProxy(broker)
    const topic = await makeTopic(kafka(broker.brokers))
    const lost = proxy.lose({ apiKey: apiKeys.produce, at: 'request', after: 1 })
    const once = kafka([proxy.address], { retry: { retries: 0 } })
    await send(once, topic, 'first')
    await expect(send(once, topic, 'second')).rejects.toThrow(/connection/i)
    await lost
    expect(await endOffset(kafka(broker.brokers), topic)).toBe(1)
  })

  test('the proxy swallows an answer and keeps the connection', async () => {
    const proxy = behindProxy(broker)
    const topic = await makeTopic(kafka(broker.brokers))
    const lost = proxy.lose({ apiKey: apiKeys.produce, then: 'silence' })
    const once = kafka([proxy.address], { requestTimeout: 500, retry: { retries: 0 } })
    await expect(send(once, topic, 'untold')).rejects.toThrow(/timed out/i)
    await lost
    expect(await endOffset(kafka(broker.brokers), topic)).toBe(1)
  })

  test('what is done meanwhile is done before the connection is cut', async () => {
    const proxy = behindProxy(broker)
    const topic = await makeTopic(kafka(broker.brokers))
    const meanwhile = () => broker.kill()
    const lost = proxy.lose({ apiKey: apiKeys.produce, at: 'request', meanwhile })
    const sending = send(kafka([proxy.address]), topic, 'kept')
    await Promise.all([sending, lost.then(() => broker.restart())])
    expect(await endOffset(kafka(broker.brokers), topic)).toBe(1)
  })

  test('a closed proxy lets nobody in until it opens', async () => {
    const proxy = behindProxy(broker)
    const topic = await makeTopic(kafka(broker.brokers))
    proxy.close()
    const once = kafka([proxy.address], { retry: { retries: 0 } })
    await expect(send(once, topic, 'none')).rejects.toThrow()
    proxy.open()
    await send(once, topic, 'one')
    expect(await endOffset(kafka(broker.brokers), topic)).toBe(1)
  })

  test('a delay holds answers back, and no longer than it lasts', async () => {
    const proxy = behindProxy(broker)
    const topic = await makeTopic(kafka(broker.brokers))
    const producer = kafka([proxy.address]).producer()
    await producer.connect()
    const sendMs = async () => {
      const startMs = performance.now()
      await producer.send({ topic, messages: [{ value: 'one' }] })
      return performance.now() - startMs
    }
    proxy.delay(1_000)
    expect(await sendMs()).toBeGreaterThan(995)
    proxy.delay(0)
    expect(await sendMs()).toBeLessThan(995)
    await producer.disconnect()
  })
})

function behindProxy(broker: Broker) {
  const [proxy] = broker.proxies
  if (proxy === undefined) throw new Error('expected a broker with a proxy')
  return proxy
}
