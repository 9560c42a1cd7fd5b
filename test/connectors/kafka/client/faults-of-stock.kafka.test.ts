// Two faults of the stock kafkajs consumer, on a real broker, next to our own reading of the same log. The stock side is
// asserted as well: when it fails here, the library was corrected, and ours may be thrown away.
import { Kafka, logLevel } from 'kafkajs'
import type { Consumer, Producer } from 'kafkajs'
import { describe, expect, test, vi } from 'vitest'
import { needsBench } from '../../../kit/broker/needs.ts'
import { freshPrefix, sharedBench } from '../../../kit/broker/shared-bench.ts'
import { onBench } from '../on-bench.ts'

describe('faults of stock kafkajs that ours does not have', needsBench(), () => {
  const { brokers } = sharedBench()
  const bench = onBench()
  const retry = { initialRetryTime: 5, multiplier: 1.5, maxRetryTime: 100, retries: 40 }
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry })

  const createTopic = async (configs: Readonly<Record<string, string>> = {}): Promise<string> => {
    const name = `${bench.freshConfig().kafka.topic_prefix}log`
    await bench.client.admin.createTopics([{ name, partitions: 1, replication: 1, configs }])
    return name
  }

  const endOf = async (topic: string, end: 'stable' | 'high-water' = 'stable'): Promise<number> => {
    const [place] = await bench.client.admin.endOffsets([{ topic, partition: 0 }], end)
    return place!.offset
  }

  /** What ours shows from an offset on, and where it ends. */
  const ours = async (topic: string, offset: number) => {
    const values: string[] = []
    const offsets: number[] = []
    let position = offset
    const from = { topic, partition: 0, offset }
    await bench.client.readUpTo(from, await endOf(topic), ({ records, nextOffset }) => {
      position = nextOffset
      for (const record of records) {
        values.push(String(record.value))
        offsets.push(record.offset)
      }
    })
    return { values, offsets, position }
  }

  /** A stock consumer at an offset. */
  const stock = async (topic: string, offset: number, onValue: (value: string) => void) => {
    const consumer = kafka.consumer({
      groupId: `${freshPrefix()}stock`,
      maxWaitTimeInMs: 100,
      readUncommitted: false,
    })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    consumer.on(consumer.events.GROUP_JOIN, () =>
      consumer.seek({ topic, partition: 0, offset: String(offset) }),
    )
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => onValue(String(message.value)),
    })
    return consumer
  }

  describe('A: aborted records of interleaved transactions', () => {
    interface Writer {
      begin(): Promise<void>
      send(value: string): Promise<void>
      abort(): Promise<void>
      commit(): Promise<void>
    }

    const writer = async (topic: string, connected: Producer[]): Promise<Writer> => {
      const producer = kafka.producer({
        transactionalId: `${freshPrefix()}x`,
        maxInFlightRequests: 1,
        retry,
      })
      await producer.connect()
      connected.push(producer)
      let transaction = await producer.transaction()
      // The answer to an abort or a commit comes before its marker is in the log.
      const withMarker = async (end: () => Promise<void>): Promise<void> => {
        const before = await endOf(topic, 'high-water')
        await end()
        await vi.waitFor(async () => expect(await endOf(topic, 'high-water')).toBe(before + 1), {
          timeout: 10_000,
        })
      }
      return {
        async begin() {
          transaction = await producer.transaction()
        },
        async send(value) {
          await transaction.send({ topic, messages: [{ partition: 0, value }] })
        },
        abort: () => withMarker(() => transaction.abort()),
        commit: () => withMarker(() => transaction.commit()),
      }
    }

    /** The topic in which the story has been written. */
    const write = async (story: (x: Writer, y: Writer) => Promise<void>): Promise<string> => {
      const topic = await createTopic()
      const connected: Producer[] = []
      await story(await writer(topic, connected), await writer(topic, connected))
      for (const producer of connected) await producer.disconnect()
      return topic
    }

    /** What the stock consumer shows up to the last record, which is `committed`. */
    const stockValues = async (topic: string, offset: number): Promise<string[]> => {
      const values: string[] = []
      const consumer = await stock(topic, offset, (value) => values.push(value))
      await vi.waitFor(() => expect(values).toContain('committed'), { timeout: 20_000 })
      await consumer.disconnect()
      return values
    }

    test('the later transaction is aborted first', async () => {
      const topic = await write(async (x, y) => {
        await x.send('x0')
        await y.send('y1')
        await y.abort()
        await x.abort()
        await y.begin()
        await y.send('committed')
        await y.commit()
      })
      expect(await stockValues(topic, 0)).toEqual(['x0', 'committed'])
      for (let offset = 0; offset <= 4; offset++)
        expect(await ours(topic, offset)).toEqual({
          values: ['committed'],
          offsets: [4],
          position: 6,
        })
    })

    test('reading starts behind the first records of both', async () => {
      const topic = await write(async (x, y) => {
        await x.send('x0')
        await y.send('y1')
        await y.send('y2')
        await x.send('x3')
        await x.abort()
        await y.abort()
        await x.begin()
        await x.send('committed')
        await x.commit()
      })
      expect(await stockValues(topic, 0)).toEqual(['committed'])
      expect(await stockValues(topic, 2)).toEqual(['y2', 'committed'])
      for (let offset = 0; offset <= 6; offset++)
        expect(await ours(topic, offset)).toEqual({
          values: ['committed'],
          offsets: [6],
          position: 8,
        })
    })
  })

  describe('B: batches that compaction emptied', () => {
    const keys = 10
    const filler = 'v'.repeat(80_000)

    const writeBatches = async (topic: string, batches: number): Promise<void> => {
      const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, retry })
      await producer.connect()
      for (let batch = 0; batch < batches; batch++)
        await producer.send({
          topic,
          messages: Array.from({ length: keys }, (_, key) => ({ key: `k${key}`, value: filler })),
        })
      await producer.disconnect()
    }

    /** Resolves when the consumer has asked so often. */
    const fetches = (consumer: Consumer, count: number): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>()
      let seen = 0
      consumer.on(consumer.events.FETCH, () => {
        if (++seen === count) resolve()
      })
      return promise
    }

    test('the first batch of the log is one', async () => {
      const topic = await createTopic({
        'cleanup.policy': 'compact',
        'segment.bytes': '1048576',
        'min.cleanable.dirty.ratio': '0.001',
        'delete.retention.ms': '0',
        'min.compaction.lag.ms': '0',
      })
      await writeBatches(topic, 1)
      await writeBatches(topic, 6)
      const survivors = Array.from({ length: 2 * keys }, (_, i) => 50 + i)
      await vi.waitFor(
        async () => {
          const { offsets, position } = await ours(topic, 0)
          expect(position).toBe(70)
          expect(offsets).toEqual(survivors)
        },
        { timeout: 50_000, interval: 500 },
      )

      let shown = 0
      const consumer = await stock(topic, 0, () => shown++)
      await fetches(consumer, 300)
      expect(shown).toBe(0)
      consumer.seek({ topic, partition: 0, offset: '10' })
      await vi.waitFor(() => expect(shown).toBe(2 * keys), { timeout: 20_000 })
      await consumer.disconnect()
    })
  })
})
