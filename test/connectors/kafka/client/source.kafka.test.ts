// Reading on a real broker that is killed, stopped in mid-air and trimmed while it is read.
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createKafkaClient } from '../../../../connectors/kafka/client/client.ts'
import type { Fetched, KafkaClient, Source } from '../../../../connectors/kafka/client/port.ts'
import { needsFaults } from '../../../kit/broker/needs.ts'
import { startBroker } from '../../../kit/broker/start-broker.ts'
import type { Broker } from '../../../kit/broker/start-broker.ts'
import { testConfig } from '../../../kit/given.ts'
import { silentLogger } from '../../../kit/silent-logger.ts'

const soon = { timeout: 30_000, interval: 5 }
const inRange = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

describe('a source on a broker that fails', needsFaults(), () => {
  let broker: Broker
  let client: KafkaClient
  let source: Source
  let topic = ''
  let topics = 0
  let fetched: Fetched[] = []
  const faults: string[] = []

  beforeAll(async () => {
    broker = await startBroker()
    const config = testConfig({ kafka: { brokers: broker.brokers, request_timeout_ms: 2_000 } })
    client = createKafkaClient({
      config: config.kafka,
      password: null,
      logger: silentLogger,
      clientId: 'test',
    })
    await client.connect()
  })
  afterAll(async () => {
    await client.close()
    await broker.stop()
  })
  beforeEach(async () => {
    topic = `log-${++topics}`
    await client.admin.createTopics([{ name: topic, partitions: 2, replication: 1, configs: {} }])
    fetched = []
    faults.length = 0
    source = client.source({
      onFetched: (one) => fetched.push(one),
      onFault: (place, fault) => faults.push(`${place.partition} ${place.offset} ${fault}`),
    })
  })
  afterEach(() => source.close())

  /** Values `from` up to `to` into both partitions. */
  const write = async (from: number, to: number): Promise<void> => {
    const producer = await client.plainProducer()
    const both = [0, 1].map((partition) => producer.batches(topic, partition))
    for (const value of inRange(from, to))
      for (const batches of both) batches.add(Date.now(), 'k', Buffer.from(String(value)))
    await producer.send(both)
    await producer.dispose()
  }
  const read = (partition: number): number[] =>
    fetched
      .filter((one) => one.partition === partition)
      .flatMap((one) => one.records.map((record) => Number(record.value)))
  const seen = async (count: number): Promise<void> => {
    await vi.waitFor(() => {
      expect(read(0)).toHaveLength(count)
      expect(read(1)).toHaveLength(count)
    }, soon)
  }
  const assignBoth = (): void => {
    for (const partition of [0, 1]) source.assign({ topic, partition, offset: 0 })
  }

  test('goes on after a kill and a restart, each record once and in order', async () => {
    await write(0, 500)
    assignBoth()
    await seen(500)
    await broker.kill()
    await broker.restart()
    await write(500, 1_000)
    await seen(1_000)
    for (const partition of [0, 1]) expect(read(partition)).toEqual(inRange(0, 1_000))
    expect(faults).toEqual([])
  })

  test('goes on after a broker that stood still for longer than a request may take', async () => {
    await write(0, 10)
    assignBoth()
    await seen(10)
    broker.pause()
    const writing = write(10, 20)
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    broker.resume()
    await writing
    await seen(20)
    for (const partition of [0, 1]) expect(read(partition)).toEqual(inRange(0, 20))
    expect(faults).toEqual([])
  })

  test('tells an offset that retention took away, and reads the other partition on', async () => {
    await write(0, 10)
    const kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    // The library deletes only where it knows the topic already.
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] })
    await admin.disconnect()
    assignBoth()
    await vi.waitFor(() => expect(faults).toEqual(['0 0 OFFSET_OUT_OF_RANGE']), soon)
    await vi.waitFor(() => expect(read(1)).toEqual(inRange(0, 10)), soon)
    expect(read(0)).toEqual([])
    source.assign({ topic, partition: 0, offset: 6 })
    await vi.waitFor(() => expect(read(0)).toEqual(inRange(6, 10)), soon)
    expect(fetched.find((one) => one.partition === 0)?.logStartOffset).toBe(6)
  })

  test('is paused and resumed without a gap, and at once, while another partition is idle', async () => {
    await write(0, 10)
    source.assign({ topic, partition: 0, offset: 10 })
    source.assign({ topic, partition: 1, offset: 0 })
    await vi.waitFor(() => expect(read(1)).toHaveLength(10), soon)
    source.pause({ topic, partition: 1 })
    await write(10, 20)
    await vi.waitFor(() => expect(read(0)).toEqual(inRange(10, 20)), soon)
    expect(read(1)).toHaveLength(10)
    const resumedMs = performance.now()
    source.resume({ topic, partition: 1 })
    await vi.waitFor(() => expect(read(1)).toEqual(inRange(0, 20)), soon)
    expect(performance.now() - resumedMs).toBeLessThan(1_000)
  })
})
