import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { topics } from '../../../schemas/topics.ts'
import { partitionCount, partitionKey, partitionOf } from '../../../topologies/kernel/topic.ts'

const murmur2 = createRequire(import.meta.url)(
  'kafkajs/src/producer/partitioners/default/murmur2.js',
) as (bytes: Buffer) => number

describe('the partition', () => {
  test('of a joint key comes from the part that the domain names', () => {
    expect(partitionKey('market', 'main|BTCUSDT')).toBe('BTCUSDT')
    expect(partitionKey('account', 'main|BTCUSDT')).toBe('main')
    expect(partitionKey('market', 'BTCUSDT')).toBe('BTCUSDT')
    expect(partitionKey('account', 'main')).toBe('main')
    expect(partitionKey('account', 'main|order|BTCUSDT|q1')).toBe('main')
    expect(partitionKey('ops', 'STALE_TOPIC|price.update')).toBe('')
  })

  test('is the same for every key of one symbol, whoever the account is', () => {
    for (const symbol of ['BTCUSDT', 'ETHUSDT', '1000PEPEUSDT', 'AXSUSDT'])
      for (const account of ['main', 'second', 'x'])
        expect(partitionOf('market', `${account}|${symbol}`, 7)).toBe(
          partitionOf('market', symbol, 7),
        )
  })

  test('never changes: a log that exists depends on it', () => {
    const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT', '1000PEPEUSDT']
    expect(symbols.map((symbol) => partitionOf('market', symbol, 6))).toEqual([2, 5, 3, 2, 5])
  })

  test('is where other programs put the same plain key: the default partitioner of Kafka’s own clients', () => {
    const keys = ['', 'a', 'ab', 'abc', 'abcd', 'BTCUSDT', '1000PEPEUSDT', 'zażółć', '取引', '😀x']
    for (const key of keys)
      expect(partitionOf('account', key, 13), key).toBe(
        (murmur2(Buffer.from(key)) & 0x7fffffff) % 13,
      )
  })

  test('is spread over all partitions', () => {
    const used = new Set<number>()
    for (let i = 0; i < 200; i++) used.add(partitionOf('market', `SYMBOL${String(i)}USDT`, 6))
    expect([...used].sort()).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('is 0 where there is one, and in the ops domain always', () => {
    expect(partitionOf('market', 'BTCUSDT', 1)).toBe(0)
    expect(partitionOf('ops', 'anything', 6)).toBe(0)
    expect(partitionCount('ops', { market: 6, account: 4 })).toBe(1)
    expect(partitionCount('account', { market: 6, account: 4 })).toBe(4)
  })
})

test('no two topic names are equal after a broker’s metrics fold dots and underscores', () => {
  const folded = topics.map((topic) => topic.name.replaceAll('.', '_'))
  expect(new Set(folded).size).toBe(folded.length)
})
