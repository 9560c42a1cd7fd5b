// The plain producer while answers get lost and the broker dies; and connections that lead nowhere.
import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KafkaClient, PlainProducer } from '../../../../connectors/kafka/client/port.ts'
import { needsBench, needsFaults } from '../../../kit/broker/needs.ts'
import { freshPrefix, sharedBench } from '../../../kit/broker/shared-bench.ts'
import { startBroker } from '../../../kit/broker/start-broker.ts'
import type { Broker } from '../../../kit/broker/start-broker.ts'
import { apiKeys } from '../../../kit/broker/start-proxy.ts'
import { clientsOfFile, committedValues, makeTopic } from './clients.ts'

async function sendValue(producer: PlainProducer, topic: string, value: string): Promise<number> {
  const batches = producer.batches(topic, 0)
  // Of now: a broker that recovers forgets producers by the times of their records (producer.id.expiration.ms, a day).
  batches.add(Date.now(), null, Buffer.from(value))
  const [appended] = await producer.send([batches])
  return appended!.offsetOf(0)
}

describe('a plain producer that is disturbed', needsFaults(), () => {
  const clients = clientsOfFile()
  let broker: Broker
  let client: KafkaClient
  let outside: KafkaClient
  beforeAll(async () => {
    broker = await startBroker({ proxies: 1 })
    client = clients.ours([proxy().address], { request_timeout_ms: 2_000 })
    outside = clients.ours(broker.brokers)
  })
  afterAll(() => broker.stop())

  const proxy = () => broker.proxies[0]!

  test.for([
    ['request', 'cut'],
    ['answer', 'cut'],
    ['request', 'silence'],
    ['answer', 'silence'],
  ] as const)('has each record once after a Produce %s was lost (%s)', async ([at, then]) => {
    const topic = await makeTopic(outside, `plain-${at}-${then}`)
    const producer = await client.plainProducer()
    expect(await sendValue(producer, topic, 'one')).toBe(0)
    const lost = proxy().lose({ apiKey: apiKeys.produce, at, then })
    expect(await sendValue(producer, topic, 'two')).toBe(1)
    await lost
    expect(await sendValue(producer, topic, 'three')).toBe(2)
    expect(await committedValues(outside, topic)).toEqual(['one', 'two', 'three'])
    await producer.dispose()
  })

  test('goes on after its broker was killed and came back, with each record once', async () => {
    const topic = await makeTopic(outside, 'plain-kill')
    const patient = clients.ours([proxy().address], { request_timeout_ms: 30_000 })
    const producer = await patient.plainProducer()
    await sendValue(producer, topic, 'one')
    const lost = proxy().lose({ apiKey: apiKeys.produce, meanwhile: () => broker.kill() })
    const sending = sendValue(producer, topic, 'two')
    await lost
    await broker.restart()
    expect(await sending).toBe(1)
    await sendValue(producer, topic, 'three')
    expect(await committedValues(outside, topic)).toEqual(['one', 'two', 'three'])
    await producer.dispose()
  })

  test('tells when its time is up that a record may be there, and is unusable then', async () => {
    const topic = await makeTopic(outside, 'plain-late')
    const producer = await clients
      .ours([proxy().address], { request_timeout_ms: 1_000 })
      .plainProducer()
    await sendValue(producer, topic, 'one')
    broker.pause()
    const failed = sendValue(producer, topic, 'two')
    await expect(failed).rejects.toMatchObject({ fault: 'UNKNOWN_OUTCOME' })
    broker.resume()
    await expect(sendValue(producer, topic, 'three')).rejects.toMatchObject({ fault: 'FAILED' })
    await producer.dispose()
  })

  test('tells when no broker was there that nothing was sent', async () => {
    const topic = await makeTopic(outside, 'plain-nobody')
    const producer = await clients
      .ours([proxy().address], { request_timeout_ms: 1_000 })
      .plainProducer()
    proxy().close()
    try {
      // What is sent before the end of the connection was seen may have arrived, for all that a client knows.
      await wait(500)
      await expect(sendValue(producer, topic, 'one')).rejects.toMatchObject({ fault: 'FAILED' })
    } finally {
      proxy().open()
    }
    await producer.dispose()
    expect(await committedValues(outside, topic)).toEqual([])
  })
})

describe('a client', needsBench(), () => {
  const { brokers } = sharedBench()
  const clients = clientsOfFile()

  /** A server that is no broker. */
  const serving = async (onConnection: (socket: Socket) => void) => {
    const server = createServer(onConnection)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
  }

  test('says at once that nobody listens, with the address', async () => {
    const { server, address } = await serving(() => {})
    await new Promise((resolve) => server.close(resolve))
    await expect(clients.ours([address]).connect()).rejects.toMatchObject({
      name: 'KafkaError',
      fault: 'UNREACHABLE',
      message: expect.stringMatching(new RegExp(`${address}.*ECONNREFUSED`)) as string,
    })
  })

  test.for([
    ['closes', (socket: Socket) => socket.destroy()],
    ['answers in another language', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n')],
    ['answers nonsense', (socket: Socket) => socket.write(Buffer.alloc(64, 0xff))],
  ] as const)('survives a server that %s', async ([, onConnection]) => {
    const { server, address } = await serving((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => onConnection(socket))
    })
    await expect(
      clients.ours([address], { request_timeout_ms: 1_000 }).connect(),
    ).rejects.toMatchObject({ name: 'KafkaError' })
    server.close()
  })

  test('gives up a server that never answers', async () => {
    const { server, address } = await serving((socket) => socket.on('error', () => {}))
    await expect(
      clients.ours([address], { request_timeout_ms: 300 }).connect(),
    ).rejects.toMatchObject({ fault: 'UNREACHABLE' })
    server.close()
  })

  test('finds the cluster by any of its brokers to begin with', async () => {
    const { server, address } = await serving((socket) => socket.destroy())
    await clients.ours([address, ...brokers]).connect()
    server.close()
  })

  test('keeps no process alive once it is closed, and writes nothing to the error output', async () => {
    const script = `
      import { createKafkaClient } from '${new URL('../../../../connectors/kafka/client/client.ts', import.meta.url).href}'
      import { testConfig } from '${new URL('../../../kit/given.ts', import.meta.url).href}'
      import { silentLogger } from '${new URL('../../../kit/silent-logger.ts', import.meta.url).href}'
      const config = testConfig({ kafka: { brokers: ${JSON.stringify(brokers)} } }).kafka
      const client = createKafkaClient({ config, password: null, logger: silentLogger, clientId: 'exit' })
      const name = '${freshPrefix()}exit'
      await client.admin.createTopics([{ name, partitions: 1, replication: 1, configs: {} }])
      const producer = await client.fence(name)
      const plain = await client.plainProducer()
      const source = client.source({ onFetched() {}, onFault() {} })
      source.assign({ topic: name, partition: 0, offset: 0 })
      const joined = Promise.withResolvers()
      const member = client.member({
        group: name, topics: [name], partitions: 1, instance: 'one', sessionTimeoutMs: 10_000,
        listener: { onRebalance: async () => {}, onAssigned: joined.resolve, onLost() {}, onFault: joined.reject },
      })
      await joined.promise
      const batches = producer.batches(name, 0)
      batches.add(1, null, Buffer.from('x'))
      await producer.commit({ batches: [batches], offsets: null })
      await member.leave()
      await source.close()
      await producer.dispose()
      await plain.dispose()
      await client.close()
      process.stdout.write('closed')
    `
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module-typescript', '--eval', script],
      { timeout: 30_000 },
    )
    expect({ stdout, stderr }).toEqual({ stdout: 'closed', stderr: '' })
  })
})
