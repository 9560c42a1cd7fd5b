// Batches that a real broker packed itself, with the libraries of its own, in each codec that it knows.
import { beforeAll, describe, expect, test } from 'vitest'
import { needsBench } from '../../../kit/broker/needs.ts'
import { onBench } from '../on-bench.ts'

const records = 3_000

function valueOf(i: number): string {
  return `{"symbol":"BTCUSDT","bid":${(i * 7919) % 100_000},"ask":${(i * 104_729) % 100_003},"i":${i}}`
}

describe('records that a broker packed are read', needsBench(), () => {
  const bench = onBench()
  let prefix = ''

  beforeAll(() => {
    prefix = bench.freshConfig().kafka.topic_prefix
  })

  const writeAndRead = async (name: string, configs: Readonly<Record<string, string>>) => {
    const topic = `${prefix}${name}`
    const { admin } = bench.client
    await admin.createTopics([{ name: topic, partitions: 1, replication: 1, configs }])
    const producer = await bench.client.plainProducer()
    const batches = producer.batches(topic, 0)
    for (let i = 0; i < records; i++)
      batches.add(1_700_000_000_000 + i, `k${i % 7}`, Buffer.from(valueOf(i)), [['i', String(i)]])
    await producer.send([batches])
    await producer.dispose()
    const read: unknown[] = []
    const times = new Set<number>()
    await bench.client.readUpTo({ topic, partition: 0, offset: 0 }, records, (fetched) => {
      for (const { offset, key, value, headers, timestampMs } of fetched.records) {
        read.push([offset, key, String(value), headers])
        times.add(timestampMs)
      }
    })
    return { read, times }
  }

  const written = Array.from({ length: records }, (_, i) => [
    i,
    `k${i % 7}`,
    valueOf(i),
    [['i', String(i)]],
  ])

  test.each(['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'])('in %s', async (codec) => {
    const { read, times } = await writeAndRead(codec, { 'compression.type': codec })
    expect(read).toEqual(written)
    expect(times.size).toBe(records)
  })

  test('with the broker’s time instead of their own', async () => {
    const startMs = Date.now()
    const { read, times } = await writeAndRead('stamped', {
      'message.timestamp.type': 'LogAppendTime',
      'compression.type': 'zstd',
    })
    expect(read).toEqual(written)
    const [first, ...others] = [...times]
    expect(first).toBeGreaterThanOrEqual(startMs - 1_000)
    expect(others.length).toBeLessThan(5)
  })
})
