// The broker's log from outside, on a broker in memory: order, last values, lag, names, schemas, and what is not there.
import { beforeEach, describe, expect, test } from 'vitest'
import type { LogReader } from '../../../connectors/log-reader.ts'
import { openKafkaOperatorLog } from '../../../connectors/kafka/operator.ts'
import { createKafkaReader } from '../../../connectors/kafka/reader.ts'
import { createReadingCodec } from '../../../connectors/registry/reading-codec.ts'
import { createCodec } from '../../../schemas/codec.ts'
import {
  connectorNotes,
  exchangeTick,
  markState,
  orderCommand,
  safeModeCommand,
} from '../../../schemas/topics.ts'
import type { Topic } from '../../../schemas/topic.ts'
import { partitionOf } from '../../../topologies/kernel/topic.ts'
import { markOf } from '../../kit/records.ts'
import { commandOf, sample, startMs, tradeOf } from '../../runtimes/sample.ts'
import { paperLog } from './log-on-paper.ts'
import type { PaperLog } from './log-on-paper.ts'

const prefix = 'one.'
const ids = new Map<string, number>()
const texts = new Map<number, string>()
const codec = createCodec(undefined, (topic) => {
  const id = ids.get(topic) ?? 7 + ids.size
  ids.set(topic, id)
  return id
})

let log: PaperLog
let reader: LogReader
let asked: number[]
beforeEach(() => {
  log = paperLog()
  asked = []
  for (const [topic, partitions] of [
    [exchangeTick, 3],
    [markState, 2],
    [safeModeCommand, 2],
    [orderCommand, 2],
    [connectorNotes, 1],
  ] as const) {
    log.topic(prefix + topic.name, partitions)
    const { id, text } = codec.writerSchema(topic.name)
    texts.set(id, text)
  }
  const registry = {
    async schema(id: number) {
      asked.push(id)
      return texts.get(id) ?? null
    },
  }
  reader = createKafkaReader({
    client: log.client,
    codec: createReadingCodec(registry),
    topology: sample,
    connectors: [{ group: 'gateway', topics: [orderCommand] }],
    prefix,
    place: 'nowhere:9092',
  })
})

function put(topic: Topic, partition: number, offset: number, value: unknown, atMs = offset): void {
  const bytes = value === null ? null : codec.encode(topic.name, value)
  const key = value === null ? 'BTCUSDT' : topic.keyOf(value as never)
  log.put(prefix + topic.name, partition, [{ offset, key, value: bytes, atMs }], offset + 2)
}

describe('read', () => {
  beforeEach(() => {
    put(exchangeTick, 0, 0, tradeOf('BTCUSDT', 1, startMs), 30)
    put(exchangeTick, 0, 2, tradeOf('BTCUSDT', 2, startMs), 40)
    put(exchangeTick, 1, 0, tradeOf('ETHUSDT', 3, startMs), 35)
    put(exchangeTick, 2, 0, tradeOf('SOLUSDT', 4, startMs), 35)
  })
  const prices = async (range?: object): Promise<unknown[]> =>
    (await reader.read(exchangeTick, range)).map(({ value }) => (value as { last: number }).last)

  test('gives records of all partitions by time, then partition', async () => {
    expect(await prices()).toEqual([1, 3, 4, 2])
    expect(await reader.read(exchangeTick, { limit: 1 })).toMatchObject([
      { topic: 'exchange.tick', key: 'BTCUSDT', partition: 0, offset: 0, at_ms: 30, fault: null },
    ])
  })

  test('cuts at the right end', async () => {
    expect(await prices({ limit: 2 })).toEqual([1, 3])
    expect(await prices({ limit: 2, newest: true })).toEqual([4, 2])
    expect(await prices({ limit: 0, newest: true })).toEqual([])
    expect(await prices({ partition: 0, from: 1 })).toEqual([2])
    expect(await prices({ from: 1, newest: true })).toEqual([2])
  })

  test('asks the registry once for a schema that it does not know', async () => {
    await prices()
    await prices()
    expect(asked.length).toBe(1)
  })

  test('a schema that nobody knows is the fault of the record, and the others come', async () => {
    const unknown = Buffer.from([0, 0, 0, 9, 9, 1, 2, 3])
    log.put('one.exchange.tick', 1, [{ offset: 4, value: unknown, atMs: 50 }])
    const [last] = (await reader.read(exchangeTick)).slice(-1)
    expect(last?.fault).toMatchObject({ cause: 'UNKNOWN_SCHEMA' })
    expect((await reader.read(exchangeTick)).filter(({ fault }) => fault === null).length).toBe(4)
  })

  test('begins anew where retention removed what it was about to read', async () => {
    let isDone = false
    log.beforeRead = () => {
      if (!isDone) log.trim('one.exchange.tick', 0, 2)
      isDone = true
    }
    expect(await prices()).toEqual([3, 4, 2])
  })

  test('a topic that is not there is named, with the way out', async () => {
    log = paperLog()
    const lost = createKafkaReader({
      ...{ client: log.client, codec: createReadingCodec({ schema: async () => null }) },
      ...{ topology: sample, connectors: [], prefix, place: 'nowhere:9092' },
    })
    for (const look of [
      () => lost.read(exchangeTick),
      () => lost.latest(exchangeTick),
      () => lost.version(exchangeTick),
      () => lost.meta(),
    ])
      await expect(look()).rejects.toThrow(
        /nowhere:9092: expected the topic one\.\S+, was none; `quantum topics apply`/,
      )
  })
})

test('latest gives the last value of each key, and no key that has ended', async () => {
  put(markState, 0, 0, markOf({ symbol: 'SOLUSDT', price: 1 }))
  put(markState, 0, 2, markOf({ symbol: 'ETHUSDT', price: 2 }))
  put(markState, 0, 4, markOf({ symbol: 'SOLUSDT', price: 3 }))
  put(markState, 1, 0, markOf({ symbol: 'BTCUSDT', price: 4 }))
  put(markState, 1, 2, null)
  expect(await reader.latest(markState)).toMatchObject([
    { key: 'ETHUSDT', partition: 0, offset: 2, value: { price: 2 } },
    { key: 'SOLUSDT', partition: 0, offset: 4, value: { price: 3 } },
  ])
})

describe('ends', () => {
  test('are those of each partition, with the time of its last record', async () => {
    put(exchangeTick, 1, 0, tradeOf('ETHUSDT', 3, startMs), 35)
    put(exchangeTick, 1, 2, tradeOf('ETHUSDT', 3, startMs), 36)
    log.trim('one.exchange.tick', 1, 1)
    expect(await reader.ends([exchangeTick])).toEqual([
      { topic: 'exchange.tick', partition: 0, firstOffset: 0, nextOffset: 0, lastAtMs: null },
      { topic: 'exchange.tick', partition: 1, firstOffset: 1, nextOffset: 4, lastAtMs: 36 },
      { topic: 'exchange.tick', partition: 2, firstOffset: 0, nextOffset: 0, lastAtMs: null },
    ])
  })

  test('without topics are those of what lies under the prefix, declared or not, and of nobody else', async () => {
    log.topic('one.old.topic', 1)
    log.topic('other.exchange.tick', 1)
    const shown = new Set((await reader.ends()).map(({ topic }) => topic))
    expect([...shown].sort()).toEqual([
      ...[
        'connector.notes',
        'exchange.tick',
        'mark.state',
        'old.topic',
        'order.command',
        'safe_mode.command',
      ],
    ])
  })
})

test('version moves with the topic and only then', async () => {
  const before = await reader.version(exchangeTick)
  put(markState, 0, 0, markOf({}))
  expect(await reader.version(exchangeTick)).toBe(before)
  put(exchangeTick, 2, 0, tradeOf('BTCUSDT', 1, startMs))
  expect(await reader.version(exchangeTick)).not.toBe(before)
})

test('meta says how many partitions the domains have, and the id of the log once it has one', async () => {
  expect(await reader.meta()).toMatchObject({ logId: null, partitions: { market: 3, account: 2 } })
  const note = { owner: 'log', name: 'log_id', value: 'an-id' }
  const bytes = codec.encode(connectorNotes.name, note)
  log.put('one.connector.notes', 0, [{ offset: 0, key: 'log|log_id', value: bytes }])
  expect((await reader.meta()).logId).toBe('an-id')
})

describe('lag', () => {
  const lagOf = async (group: string, topic: Topic): Promise<object[]> =>
    (await reader.lag(1_000)).filter((one) => one.group === group && one.topic === topic.name)

  test('is what lies between the committed offset and the last stable one', async () => {
    put(exchangeTick, 1, 0, tradeOf('ETHUSDT', 3, startMs), 100)
    put(exchangeTick, 1, 2, tradeOf('ETHUSDT', 3, startMs), 400)
    log.commit('one.sample.market', 'one.exchange.tick', 1, 2)
    expect(await lagOf('sample.market', exchangeTick)).toMatchObject([
      { partition: 0, lag: 0, lagMs: null, known: true },
      { partition: 1, lag: 2, lagMs: 600, committedOffset: 2, endOffset: 4 },
      { partition: 2, lag: 0 },
    ])
  })

  test('is 0 where the group has committed the end, marks included', async () => {
    put(exchangeTick, 1, 0, tradeOf('ETHUSDT', 3, startMs))
    log.commit('one.sample.market', 'one.exchange.tick', 1, 2)
    expect((await lagOf('sample.market', exchangeTick))[1]).toMatchObject({ lag: 0, lagMs: null })
  })

  test('of a group that has committed nothing counts from where the log begins', async () => {
    put(orderCommand, 0, 0, null)
    log.put('one.order.command', 1, [{ offset: 5 }, { offset: 6 }])
    log.trim('one.order.command', 1, 5)
    expect(await lagOf('gateway', orderCommand)).toMatchObject([
      { partition: 0, lag: 2, trimmedUnread: 0 },
      { partition: 1, lag: 2, trimmedUnread: 0 },
    ])
  })

  test('is no lag but a loss where retention was faster', async () => {
    log.put('one.exchange.tick', 0, [{ offset: 10 }])
    log.trim('one.exchange.tick', 0, 10)
    log.commit('one.sample.market', 'one.exchange.tick', 0, 4)
    expect((await lagOf('sample.market', exchangeTick))[0]).toMatchObject({
      ...{ lag: 1, trimmedUnread: 6 },
    })
  })

  test('is not known for a topic that is not there', async () => {
    log = paperLog()
    const lost = createKafkaReader({
      ...{ client: log.client, codec: createReadingCodec({ schema: async () => null }) },
      ...{ topology: sample, connectors: [], prefix, place: 'nowhere:9092' },
    })
    const lags = await lost.lag(0)
    expect(lags.length).toBeGreaterThan(0)
    expect(lags.every(({ known, lag }) => !known && lag === 0)).toBe(true)
  })
})

describe('an operator', () => {
  const open = () =>
    openKafkaOperatorLog({ client: log.client, codec, prefix, place: 'nowhere:9092' })

  test('appends to the partition of the key, with the time given', async () => {
    const operator = await open()
    const command = commandOf('by hand', true, startMs)
    expect(await operator.append(safeModeCommand, command, startMs)).toBe(0)
    expect(await operator.append(safeModeCommand, command, startMs)).toBe(1)
    const [record] = await reader.read(safeModeCommand)
    const partition = partitionOf('account', 'main', 2)
    expect(record).toMatchObject({ partition, key: 'main', value: command, at_ms: startMs })
    await operator.close()
  })

  test('may write no topic of others, and none that is not there', async () => {
    const operator = await open()
    await expect(operator.append(exchangeTick, tradeOf('X', 1, 0), 0)).rejects.toThrow(
      'exchange.tick: an operator may not write it',
    )
    log = paperLog()
    const lost = await open()
    await expect(lost.append(safeModeCommand, commandOf('x', true, 0), 0)).rejects.toThrow(
      'nowhere:9092: expected the topic one.safe_mode.command, was none',
    )
  })
})
