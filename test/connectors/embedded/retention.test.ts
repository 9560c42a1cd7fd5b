// Retention: in pieces, never ahead of the tasks of its own process, and honest about what others lost.
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { retentionChunk } from '../../../connectors/embedded/retention.ts'
import { exchangeTick, marketBar, markState } from '../../../schemas/topics.ts'
import { startMs, tradeOf } from '../../runtimes/sample.ts'
import { temporaryLog } from './temporary-log.ts'

const log = temporaryLog()
const laterMs = startMs + exchangeTick.retentionMs + 1

const trades = (count: number) =>
  Array.from({ length: count }, () => ({
    topic: exchangeTick,
    value: tradeOf('BTCUSDT', 90, startMs),
    atMs: startMs,
  }))

test('one transaction removes one chunk at most, over all topics; the next ones remove the rest', async () => {
  let wallMs = startMs
  const runtime = log.open({ wallMs: () => wallMs })
  await runtime.write({ records: trades(400) })
  await runtime.settle()
  wallMs = laterMs
  const left = async () =>
    (await runtime.read(exchangeTick)).length + (await runtime.read(markState)).length
  expect(await left()).toBe(800)
  await runtime.settle()
  expect(await left()).toBe(800 - retentionChunk)
  await runtime.settle()
  expect(await left()).toBe(0)
  expect((await runtime.read(marketBar)).length, 'kept for longer').toBe(400)
})

test('it does not take from the tasks what they have still to read, however old it is', async () => {
  const first = log.open()
  await first.write({ records: trades(300) })
  await first.close()
  const runtime = log.open({ wallMs: () => laterMs, log: { max_batch: 100 } })
  await runtime.settle()
  expect((await runtime.read(marketBar)).length).toBe(300)
  expect((await runtime.lag()).map((lag) => lag.trimmedUnread)).toEqual([0, 0])
})

test('a task that comes back to a trimmed topic goes on with what is left, and the loss is counted', async () => {
  let wallMs = startMs
  const first = log.open({ wallMs: () => wallMs })
  await first.write({ records: trades(3) })
  await first.settle()
  wallMs = laterMs
  await first.settle()
  await first.close()
  const db = new DatabaseSync(log.path())
  db.exec("UPDATE positions SET next_offset = 1 WHERE topic = 'exchange.tick'")
  db.close()
  const runtime = log.open({ wallMs: () => wallMs })
  await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 91, wallMs))
  await runtime.settle()
  const lag = (await runtime.lag()).find((l) => l.topic === 'exchange.tick')
  expect(lag).toMatchObject({ lag: 0, trimmedUnread: 2 })
  expect((await runtime.read(marketBar)).length).toBe(4)
})
