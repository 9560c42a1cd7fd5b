// What is sent when in a transaction, and what each refusal means, held against brokers that refuse on demand.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createConnections } from '../../../../connectors/kafka/client/connections.ts'
import { kafkajsLogger } from '../../../../connectors/kafka/client/logging.ts'
import { createPlainProducer } from '../../../../connectors/kafka/client/plain-producer.ts'
import type {
  PlainProducer,
  TransactionalProducer,
} from '../../../../connectors/kafka/client/port.ts'
import {
  commitDeadlineMs,
  fence,
} from '../../../../connectors/kafka/client/transactional-producer.ts'
import { silentLogger } from '../../../kit/silent-logger.ts'
import { startFakeCluster, topic } from './fake-coordinator.ts'
import type { FakeCluster } from './fake-coordinator.ts'

let cluster: FakeCluster
const disposed: { dispose(): Promise<void> }[] = []
beforeEach(async () => {
  cluster = await startFakeCluster()
})
afterEach(async () => {
  await Promise.all(disposed.splice(0).map((one) => one.dispose()))
  await cluster.stop()
})

function connections() {
  return createConnections({
    brokers: [cluster.brokers[0]!.address],
    clientId: 'test',
    ssl: null,
    sasl: null,
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 2_000,
    logger: kafkajsLogger(silentLogger),
  })
}

describe('a transaction', () => {
  const fenced = async (transactionTimeoutMs = 6_000): Promise<TransactionalProducer> => {
    const producer = await fence({
      transactionalId: 'id',
      transactionTimeoutMs,
      fenceTimeoutMs: 1_000,
      connections: connections(),
    })
    disposed.push(producer)
    return producer
  }
  const commit = (producer: TransactionalProducer, records = 1) => {
    const batches = producer.batches(topic, 0)
    for (let index = 0; index < records; index += 1) batches.add(1, null, Buffer.from('x'))
    return producer.commit({
      batches: [batches],
      offsets: { group: 'group', offsets: [{ topic, partition: 0, offset: 1 }] },
    })
  }
  const steps = [
    '1 init',
    '1 addPartitions',
    '1 addOffsets',
    '1 produce',
    '1 commitOffsets',
    '1 commit',
  ]

  test('asks five times, in three round trips', async () => {
    const producer = await fenced()
    const [appended] = await commit(producer)
    expect(appended?.offsetOf(0)).toBe(100)
    expect(cluster.asked).toEqual(steps)
  })

  test('sends the first two without waiting for an answer, and the next two', async () => {
    const producer = await fenced(3_000)
    cluster.next('addPartitions', null)
    const committing = commit(producer).catch(String)
    await expect.poll(() => cluster.asked, { interval: 5 }).toEqual(steps.slice(0, 3))
    expect(await committing).toContain('AddPartitionsToTxn')
    const next = await fenced(3_000)
    cluster.asked.length = 0
    cluster.next('produce', null)
    const again = commit(next).catch(String)
    await expect.poll(() => cluster.asked, { interval: 5 }).toEqual(steps.slice(1, 5))
    expect(await again).toContain(`Produce for ${topic}/0`)
  })

  test('counts records in its sequence numbers from one transaction to the next', async () => {
    const producer = await fenced()
    await commit(producer, 3)
    await commit(producer, 2)
    await commit(producer, 1)
    expect(cluster.batches.map(({ sequence }) => sequence)).toEqual([0, 3, 5])
  })

  test.for(['addPartitions', 'addOffsets', 'commitOffsets', 'commit'] as const)(
    'asks again at %s while the coordinator is busy, loads or moves',
    async (step) => {
      const producer = await fenced()
      cluster.next(step, 51, 51, 14)
      await commit(producer)
      expect(cluster.asked.filter((asked) => asked.endsWith(` ${step}`))).toHaveLength(4)
    },
  )

  test('goes on with the coordinator and the leader that took over', async () => {
    const producer = await fenced()
    await commit(producer)
    cluster.asked.length = 0
    cluster.next('addPartitions', 16)
    cluster.next('produce', 6)
    cluster.lead(2, 2)
    await commit(producer)
    expect(cluster.asked).toContain('2 addPartitions')
    expect(cluster.asked.at(-1)).toBe('2 commit')
    // Refused, so not in the log: the same batch with the same number.
    expect(cluster.batches.slice(1)).toEqual([
      { broker: 1, place: `${topic}/0`, sequence: 1 },
      { broker: 2, place: `${topic}/0`, sequence: 1 },
    ])
  })

  test.for([
    ['addPartitions', 47],
    ['addOffsets', 90],
    ['produce', 47],
    ['commitOffsets', 49],
    ['commit', 48],
  ] as const)(
    'is over for a producer that is fenced at %s (%i): nothing more is sent',
    async ([step, code]) => {
      const producer = await fenced()
      cluster.next(step, code)
      await expect(commit(producer)).rejects.toMatchObject({ fault: 'FENCED' })
      const { length } = cluster.asked
      await expect(commit(producer)).rejects.toMatchObject({ fault: 'FENCED' })
      await producer.dispose()
      expect(cluster.asked).toHaveLength(length)
    },
  )

  test.for([
    ['addPartitions', 29, 'NOT_AUTHORISED'],
    ['addOffsets', 120, 'FAILED'],
    ['produce', 10, 'TOO_LARGE'],
    ['produce', 18, 'TOO_LARGE'],
    ['produce', 45, 'FAILED'],
    ['produce', 59, 'FAILED'],
    ['commitOffsets', 30, 'NOT_AUTHORISED'],
  ] as const)('is aborted at once when %s is refused (%i)', async ([step, code, fault]) => {
    const producer = await fenced()
    cluster.next(step, code)
    await expect(commit(producer)).rejects.toMatchObject({ fault })
    expect(cluster.asked.at(-1)).toBe('1 abort')
    expect(cluster.asked).not.toContain('1 commit')
    await expect(commit(producer)).rejects.toMatchObject({ fault: 'FAILED' })
    await producer.dispose()
    expect(cluster.asked.filter((asked) => asked === '1 abort')).toHaveLength(1)
  })

  test('has an unknown outcome when its end is refused by a coordinator that may have written it', async () => {
    const producer = await fenced(600)
    cluster.next('commit', ...Array<number>(500).fill(15))
    await expect(commit(producer)).rejects.toMatchObject({ fault: 'UNKNOWN_OUTCOME' })
    expect(cluster.asked).not.toContain('1 abort')
  })

  test('is never sent twice when an answer is lost', async () => {
    const producer = await fenced(600)
    cluster.next('produce', null)
    await expect(commit(producer)).rejects.toMatchObject({ fault: 'FAILED' })
    expect(cluster.asked.filter((asked) => asked === '1 produce')).toHaveLength(1)
  })

  test('is left to the fence when an answer is lost: a late record must not begin it again', async () => {
    for (const step of ['addPartitions', 'produce', 'commitOffsets'] as const) {
      const producer = await fenced(600)
      cluster.next(step, null)
      await expect(commit(producer)).rejects.toMatchObject({ fault: 'FAILED' })
      await producer.dispose()
    }
    expect(cluster.asked).not.toContain('1 abort')
  })

  test('is not aborted beside a commit that is under way', async () => {
    const producer = await fenced(6_000)
    cluster.next('produce', null)
    const committing = commit(producer).catch(String)
    await expect.poll(() => cluster.asked, { interval: 5 }).toContain('1 produce')
    await producer.dispose()
    await committing
    expect(cluster.asked).not.toContain('1 abort')
  })

  test('takes one commit at a time', async () => {
    const producer = await fenced()
    const first = commit(producer)
    await expect(commit(producer)).rejects.toThrow('one commit at a time')
    await first
  })

  test('is not begun by a producer that was disposed of', async () => {
    const producer = await fenced()
    await producer.dispose()
    await producer.dispose()
    await expect(commit(producer)).rejects.toMatchObject({ fault: 'FAILED' })
    expect(cluster.asked).toEqual(['1 init'])
  })

  test('may take a third of the time that the broker allows, and 20 s at most', () => {
    expect(commitDeadlineMs(30_000)).toBe(10_000)
    expect(commitDeadlineMs(900_000)).toBe(20_000)
  })
})

describe('a fence', () => {
  const fenceWithin = (fenceTimeoutMs: number) =>
    fence({
      transactionalId: 'id',
      transactionTimeoutMs: 6_000,
      fenceTimeoutMs,
      connections: connections(),
    })

  test('waits while the predecessor’s transaction ends and the coordinator moves', async () => {
    cluster.next('init', 51, 51, 14, 16)
    disposed.push(await fenceWithin(5_000))
    expect(cluster.asked).toHaveLength(5)
  })

  test('gives up when its time is over, with the reason', async () => {
    cluster.next('init', ...Array<number>(500).fill(51))
    await expect(fenceWithin(100)).rejects.toMatchObject({
      message: expect.stringContaining('CONCURRENT_TRANSACTIONS (51)') as string,
    })
  })

  test.for([
    [50, 'CONFIGURATION'],
    [53, 'NOT_AUTHORISED'],
  ] as const)('is refused at once with code %i as %s', async ([code, fault]) => {
    cluster.next('init', code)
    await expect(fenceWithin(5_000)).rejects.toMatchObject({ fault })
    expect(cluster.asked).toHaveLength(1)
  })
})

describe('a plain producer', () => {
  const producing = async (deliveryTimeoutMs = 2_000): Promise<PlainProducer> => {
    const producer = await createPlainProducer({
      connections: connections(),
      deliveryTimeoutMs,
      requestTimeoutMs: 300,
    })
    disposed.push(producer)
    cluster.asked.length = 0
    return producer
  }
  const send = (producer: PlainProducer, partitions: readonly number[] = [0]) =>
    producer.send(
      partitions.map((partition) => {
        const batches = producer.batches(topic, partition)
        batches.add(1, null, Buffer.from('x'))
        return batches
      }),
    )

  test('sends the same batch with the same number until it is taken', async () => {
    const producer = await producing()
    cluster.next('produce', 19, 20, 7, null, 6)
    const [appended] = await send(producer)
    expect(appended?.offsetOf(0)).toBe(100)
    await send(producer)
    expect(cluster.batches.map(({ sequence }) => sequence)).toEqual([0, 0, 0, 0, 0, 1])
  })

  test('goes on with the leader that took over', async () => {
    const producer = await producing()
    await send(producer)
    cluster.next('produce', 6)
    cluster.lead(2, 1)
    await send(producer)
    expect(cluster.asked).toEqual(['1 produce', '1 produce', '2 produce'])
  })

  test('has one request under way, and sends together what came in meanwhile', async () => {
    const producer = await producing()
    await Promise.all([send(producer), send(producer, [0]), send(producer, [1])])
    expect(cluster.batches.map(({ place, sequence }) => `${place} ${sequence}`)).toEqual([
      `${topic}/0 0`,
      `${topic}/0 1`,
      `${topic}/1 0`,
    ])
    expect(cluster.asked).toHaveLength(2)
  })

  test.for([
    [45, 'FAILED'],
    [59, 'FAILED'],
    [10, 'TOO_LARGE'],
    [29, 'NOT_AUTHORISED'],
  ] as const)('says honestly that a batch was refused (%i): %s', async ([code, fault]) => {
    const producer = await producing()
    cluster.next('produce', code)
    await expect(send(producer)).rejects.toMatchObject({ fault })
    await expect(send(producer)).rejects.toMatchObject({ fault: 'FAILED' })
  })

  test.for([
    [19, 'FAILED'],
    [6, 'UNKNOWN_OUTCOME'],
    [20, 'UNKNOWN_OUTCOME'],
    [7, 'UNKNOWN_OUTCOME'],
    [null, 'UNKNOWN_OUTCOME'],
  ] as const)('when its time is over after answers of %s: %s', async ([code, fault]) => {
    const producer = await producing(250)
    cluster.next('produce', ...Array<number | null>(500).fill(code))
    await expect(send(producer)).rejects.toMatchObject({ fault })
  })
})
