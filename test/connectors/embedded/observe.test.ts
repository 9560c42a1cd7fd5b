// What the embedded log says of its readers: how far each is behind in each partition, in records and in time.
import { expect, test } from 'vitest'
import { exchangeTick, topicObserved } from '../../../schemas/topics.ts'
import type { TopicObserved } from '../../../schemas/types.gen.ts'
import type { EmbeddedRuntime } from '../../../connectors/embedded/runtime.ts'
import { startMs, tradeOf } from '../../runtimes/sample.ts'
import { temporaryLog } from './temporary-log.ts'

const log = temporaryLog()

const put = (runtime: EmbeddedRuntime, symbol: string, atMs: number) =>
  runtime.publish(exchangeTick, tradeOf(symbol, 90, atMs), atMs)

async function observed(runtime: EmbeddedRuntime, topic: string): Promise<TopicObserved[]> {
  const records = (await runtime.read(topicObserved)).map((r) => r.value as TopicObserved)
  const lastMs = Math.max(...records.map((one) => one.at_ms))
  return records.filter((one) => one.at_ms === lastMs && one.topic === topic)
}

test('the age of a lag is that of the oldest record that waits, and goes when it is read', async () => {
  let wallMs = startMs
  const runtime = log.open({ wallMs: () => wallMs })
  await put(runtime, 'BTCUSDT', startMs)
  await put(runtime, 'BTCUSDT', startMs + 3_000)
  wallMs = startMs + 10_000
  const lag = async () => (await runtime.lag()).find((one) => one.topic === 'exchange.tick')
  expect(await lag()).toEqual({
    ...{ group: 'sample.market', topic: 'exchange.tick', partition: 0, trimmedUnread: 0 },
    ...{ known: true, lag: 2, lagMs: 10_000, committedOffset: 0, endOffset: 2 },
  })
  await runtime.settle()
  expect(await lag()).toMatchObject({ lag: 0, lagMs: null, committedOffset: 2, endOffset: 2 })
})

test('a reader of the only partition is observed in one record', async () => {
  const runtime = log.open()
  await put(runtime, 'BTCUSDT', startMs)
  await runtime.tick(startMs + 10_000)
  expect(await observed(runtime, 'exchange.tick')).toMatchObject([
    { group: '', partition: -1, committed_offset: null, lag_ms: null, end_offset: 1 },
    { group: 'sample.market', partition: 0, committed_offset: 1, lag: 0, lag_ms: null },
  ])
})

test('a reader of several is observed in each of them, with the ends of that partition', async () => {
  const runtime = log.open({ log: { market_partitions: 3 } })
  for (const symbol of ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT', 'ADAUSDT'])
    await put(runtime, symbol, startMs)
  await runtime.tick(startMs + 10_000)
  const [whole, ...readers] = await observed(runtime, 'exchange.tick')
  expect(whole).toMatchObject({ group: '', partition: -1, end_offset: 5 })
  expect(readers.map((one) => one.partition)).toEqual([0, 1, 2])
  expect(readers.reduce((sum, one) => sum + one.end_offset, 0)).toBe(5)
  for (const one of readers) expect(one.committed_offset, 'all is read').toBe(one.end_offset)
})

test('a reader from outside that does not come is observed with a lag that gets older', async () => {
  let wallMs = startMs
  const runtime = log.open({ wallMs: () => wallMs })
  await runtime.write({
    consumed: { group: 'desk', positions: [{ topic: exchangeTick, partition: 0, nextOffset: 0 }] },
  })
  await put(runtime, 'BTCUSDT', startMs)
  for (const afterMs of [10_000, 20_000]) {
    wallMs = startMs + afterMs
    await runtime.tick(wallMs)
    const desk = (await observed(runtime, 'exchange.tick')).find((one) => one.group === 'desk')
    expect(desk).toMatchObject({ lag: 1, lag_ms: afterMs, committed_offset: 0, lag_known: true })
  }
})
