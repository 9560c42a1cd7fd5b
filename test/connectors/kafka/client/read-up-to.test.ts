// Restoring: a partition is read to a known end, whatever lies before it, and never waits for ever.
import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../../../connectors/kafka/client/kafka-error.ts'
import type { Fetched } from '../../../../connectors/kafka/client/port.ts'
import { readUpTo } from '../../../../connectors/kafka/client/read-up-to.ts'
import { createFakeCluster } from './fake-cluster.ts'
import { createFakeLog, place } from './fake-log.ts'
import type { FakeLog } from './fake-log.ts'

const stalledMs = 60

async function read(log: FakeLog, offset: number, toOffset: number) {
  const cluster = createFakeCluster(1)
  cluster.lead(1, log)
  const fetched: Fetched[] = []
  const onFetched = (one: Fetched) => fetched.push(one)
  await readUpTo(cluster.connections, { ...place, offset }, toOffset, onFetched, { stalledMs })
  const values = fetched.flatMap((one) => one.records.map((record) => String(record.value)))
  return { values, position: fetched.at(-1)?.nextOffset ?? offset, fetches: cluster.fetches.length }
}

function restored(): FakeLog {
  const log = createFakeLog()
  log.compacted(10, 2, 9)
  log.send(1, 'x')
  log.plain('a', 'b')
  log.abort(1)
  log.compacted(4)
  return log
}

describe('reading up to an offset', () => {
  test('ends when the position is there: behind a marker and emptied batches', async () => {
    const log = restored()
    const { values, position } = await read(log, 0, log.endOffset)
    expect(values).toEqual(log.committed())
    expect(position).toBe(18)
  })

  test('takes no record at the end or behind it', async () => {
    const { values, position } = await read(restored(), 0, 12)
    expect(values).toEqual(['kept 2', 'kept 9', 'a'])
    expect(position).toBe(12)
  })

  test('asks nobody when it is there already', async () => {
    const log = restored()
    expect(await read(log, 18, 18)).toEqual({ values: [], position: 18, fetches: 0 })
    expect(await read(log, 18, 12)).toMatchObject({ fetches: 0 })
  })

  test('rejects when nothing moves, and says where it stands', async () => {
    const log = restored()
    log.send(1, 'open')
    log.plain('behind')
    await expect(read(log, 0, log.endOffset)).rejects.toMatchObject({
      fault: 'FAILED',
      message: `log/3: expected to read up to offset 20, stood still at 18 for ${stalledMs} ms; last stable offset 18`,
    })
  })

  test('rejects with the trouble when that is why nothing moves', async () => {
    const cluster = createFakeCluster()
    cluster.lead(1, restored())
    cluster.fail(1, new KafkaError('UNREACHABLE', 'broker 1 is down'))
    const reading = readUpTo(cluster.connections, { ...place, offset: 0 }, 18, () => undefined, {
      stalledMs,
    })
    await expect(reading).rejects.toMatchObject({
      fault: 'UNREACHABLE',
      message: expect.stringMatching(
        /stood still at 0 .*last stable offset unknown; broker 1 is/,
      ) as string,
    })
  })

  test('goes on over a broker that was away', async () => {
    const cluster = createFakeCluster(1)
    const log = restored()
    cluster.lead(1, log)
    let answers = 0
    const values: string[] = []
    await readUpTo(cluster.connections, { ...place, offset: 0 }, 18, ({ records }) => {
      values.push(...records.map((record) => String(record.value)))
      if (++answers === 2) cluster.fail(1, new KafkaError('UNREACHABLE', 'away'))
      setTimeout(() => cluster.fail(1, null), 10)
    })
    expect(values).toEqual(log.committed())
  })

  test('rejects at once with what does not pass', async () => {
    const log = createFakeLog(5)
    log.plain('a')
    await expect(read(log, 2, 6)).rejects.toMatchObject({ fault: 'OFFSET_OUT_OF_RANGE' })
  })

  test('rejects with what the reader throws', async () => {
    const cluster = createFakeCluster()
    cluster.lead(1, restored())
    const reading = readUpTo(cluster.connections, { ...place, offset: 0 }, 18, () => {
      throw new Error('no such state')
    })
    await expect(reading).rejects.toThrow('no such state')
  })
})
