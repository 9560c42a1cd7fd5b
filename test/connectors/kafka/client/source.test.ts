// Reading assigned partitions while leaders move, brokers fail and the runtime pauses, moves and drops them.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { KafkaError } from '../../../../connectors/kafka/client/kafka-error.ts'
import type { KafkaFault } from '../../../../connectors/kafka/client/kafka-error.ts'
import type { Fetched, PartitionOffset, Source } from '../../../../connectors/kafka/client/port.ts'
import { createSource } from '../../../../connectors/kafka/client/source.ts'
import { createFakeCluster } from './fake-cluster.ts'
import type { FakeCluster } from './fake-cluster.ts'
import { createFakeLog } from './fake-log.ts'
import type { FakeLog } from './fake-log.ts'

interface Fault {
  readonly place: PartitionOffset
  readonly fault: KafkaFault
  readonly detail: string
}

const missingForMs = 60
const partition = (number: number) => ({ topic: 'ticks', partition: number })

let cluster: FakeCluster
let log: FakeLog
let source: Source
let fetched: Fetched[]
let faults: Fault[]
let troubles: KafkaFault[]
let onFetched: (one: Fetched) => void

beforeEach(() => {
  cluster = createFakeCluster()
  log = createFakeLog(0, partition(0))
  cluster.lead(1, log)
  fetched = []
  faults = []
  troubles = []
  onFetched = () => undefined
  source = createSource(
    cluster.connections,
    {
      onFetched(one) {
        fetched.push(one)
        onFetched(one)
      },
      onFault: (place, fault, detail) => faults.push({ place, fault, detail }),
    },
    { missingForMs, maxWaitMs: 50, onTrouble: (_place, error) => troubles.push(error.fault) },
  )
})

afterEach(() => source.close())

const values = (number = 0) =>
  fetched
    .filter((one) => one.partition === number)
    .flatMap((one) => one.records.map((record) => String(record.value)))

const seen = async (...wanted: string[]) => {
  await vi.waitFor(() => expect(values()).toEqual(wanted), { interval: 2 })
}

/** Another partition is read meanwhile: what was to come of the first would have come by then. */
const another = async (number: number) => {
  const other = createFakeLog(0, partition(number))
  other.plain('other')
  cluster.lead(1, other)
  assign(0, number)
  await vi.waitFor(() => expect(values(number)).toEqual(['other']), { interval: 2 })
}

const assign = (offset: number, number = 0) => source.assign({ ...partition(number), offset })

describe('a source', () => {
  test('tells all committed records in order, from the offset on, and where it is', async () => {
    log.plain('a', 'b', 'c')
    log.send(1, 'x')
    log.plain('d')
    log.abort(1)
    log.plain('e')
    assign(1)
    await seen('b', 'c', 'd', 'e')
    expect(fetched.map((one) => one.nextOffset)).toEqual([4, 6, 7])
    expect(fetched.at(-1)).toMatchObject({ logStartOffset: 0, lastStableOffset: 7 })
    log.plain('f')
    cluster.changed()
    await seen('b', 'c', 'd', 'e', 'f')
  })

  test('tells an idle partition once: that there is nothing, and where it ends', async () => {
    log.plain('a')
    assign(1)
    await vi.waitFor(() => expect(cluster.fetches.length).toBeGreaterThan(3), { interval: 2 })
    expect(fetched).toEqual([
      { ...partition(0), records: [], nextOffset: 1, logStartOffset: 0, lastStableOffset: 1 },
    ])
  })

  test('moves past what has no records at all', async () => {
    log.compacted(10)
    log.send(1, 'x')
    log.abort(1)
    assign(0)
    await vi.waitFor(() => expect(fetched.at(-1)?.nextOffset).toBe(12), { interval: 2 })
    expect(values()).toEqual([])
  })

  test('asks one broker for all its partitions at once, and begins with another each time', async () => {
    const others = [1, 2].map((number) => createFakeLog(0, partition(number)))
    for (const other of others) cluster.lead(1, other)
    cluster.lead(2, createFakeLog(0, partition(3)))
    for (const number of [0, 1, 2, 3]) assign(0, number)
    const asked = (nodeId: number) =>
      cluster.fetches
        .filter((one) => one.nodeId === nodeId)
        .map(({ places }) => places.map((place) => place.partition).join(''))
    await vi.waitFor(() => expect(asked(1)).toEqual(expect.arrayContaining(['012', '120', '201'])))
    expect(new Set(asked(2))).toEqual(new Set(['3']))
  })

  test('waits at the broker longer and longer while nothing comes', async () => {
    assign(0)
    const waits = () => cluster.fetches.map((one) => one.maxWaitMs)
    await vi.waitFor(() => expect(waits().slice(0, 6)).toEqual([5, 10, 20, 40, 50, 50]))
    source.pause(partition(0))
    source.resume(partition(0))
    await vi.waitFor(() => expect(waits().lastIndexOf(5)).toBeGreaterThan(5), { interval: 2 })
  })
})

describe('a partition that is paused', () => {
  test('is told nothing, also not what was under way, and loses nothing', async () => {
    log.plain('a')
    const release = cluster.hold()
    assign(0)
    await vi.waitFor(() => expect(cluster.fetches).toHaveLength(1), { interval: 2 })
    source.pause(partition(0))
    release()
    log.plain('b')
    await another(1)
    expect(values()).toEqual([])
    source.resume(partition(0))
    expect(values()).toEqual([])
    await seen('a', 'b')
  })

  test('again at once is told nothing of what is held', async () => {
    log.plain('a')
    const release = cluster.hold()
    assign(0)
    await vi.waitFor(() => expect(cluster.fetches).toHaveLength(1), { interval: 2 })
    source.pause(partition(0))
    release()
    await another(1)
    source.resume(partition(0))
    source.pause(partition(0))
    await another(2)
    expect(values()).toEqual([])
    source.resume(partition(0))
    await seen('a')
  })

  test('in the midst of an answer is told no more', async () => {
    onFetched = (one) => source.pause(one)
    for (const value of ['a', 'b', 'c', 'd', 'e']) log.plain(value)
    assign(0)
    await seen('a', 'b')
    source.resume(partition(0))
    await seen('a', 'b', 'c', 'd')
    source.resume(partition(0))
    await seen('a', 'b', 'c', 'd', 'e')
  })

  test('and moved is read from the new offset, not paused', async () => {
    log.plain('a', 'b')
    assign(0)
    await seen('a', 'b')
    source.pause(partition(0))
    fetched = []
    assign(1)
    await seen('b')
  })
})

describe('a partition that is moved or dropped', () => {
  test('never gets the answer to what was asked before', async () => {
    log.plain('a')
    log.plain('b')
    const release = cluster.hold()
    assign(0)
    await vi.waitFor(() => expect(cluster.fetches).toHaveLength(1), { interval: 2 })
    assign(1)
    release()
    await seen('b')
    expect(fetched.map((one) => one.nextOffset)).toEqual([2])
  })

  test('while its leader is sought is never asked for', async () => {
    log.plain('a')
    assign(0)
    source.unassign(partition(0))
    await another(1)
    expect(values()).toEqual([])
    expect(cluster.fetches.flatMap((one) => one.places).map((one) => one.partition)).not.toContain(
      0,
    )
  })

  test('is told nothing after it was unassigned', async () => {
    log.plain('a')
    const release = cluster.hold()
    assign(0)
    await vi.waitFor(() => expect(cluster.fetches).toHaveLength(1), { interval: 2 })
    source.unassign(partition(0))
    release()
    await another(1)
    expect(values()).toEqual([])
    expect(faults).toEqual([])
  })

  test('is told nothing after the source was closed, whatever comes', async () => {
    log.plain('a')
    const release = cluster.hold()
    assign(0)
    assign(0, 1)
    await vi.waitFor(() => expect(cluster.fetches).toHaveLength(1), { interval: 2 })
    await source.close()
    release()
    const told: Fetched[] = []
    const next = createSource(cluster.connections, {
      onFetched: (one) => told.push(one),
      onFault: () => undefined,
    })
    next.assign({ ...partition(0), offset: 0 })
    await vi.waitFor(() => expect(told).toHaveLength(1), { interval: 2 })
    await next.close()
    expect(fetched).toEqual([])
    expect(faults).toEqual([])
  })

  test('held while paused is not told after the move', async () => {
    log.plain('a')
    log.plain('b')
    const release = cluster.hold()
    assign(0)
    await vi.waitFor(() => expect(cluster.fetches).toHaveLength(1), { interval: 2 })
    source.pause(partition(0))
    release()
    await another(1)
    source.resume(partition(0))
    assign(1)
    await seen('b')
  })
})

describe('what passes by itself', () => {
  test('a leader that moves: reading goes on at the new one, without a gap', async () => {
    log.plain('a')
    assign(0)
    await seen('a')
    cluster.lead(2, log)
    log.plain('b')
    cluster.changed()
    await seen('a', 'b')
    expect(cluster.fetches.at(-1)?.nodeId).toBe(2)
    expect(faults).toEqual([])
  })

  test('a broker that does not answer: reading goes on when it is back, however late', async () => {
    cluster.fail(1, new KafkaError('UNREACHABLE', 'down'))
    log.plain('a')
    assign(0)
    await vi.waitFor(() => expect(troubles.length).toBeGreaterThan(3), { interval: 5 })
    expect(faults).toEqual([])
    cluster.fail(1, null)
    await seen('a')
    cluster.fail(1, new KafkaError('UNREACHABLE', 'down again'))
    cluster.changed()
    const before = troubles.length
    await vi.waitFor(() => expect(troubles.length).toBeGreaterThan(before), { interval: 2 })
    log.plain('b')
    cluster.fail(1, null)
    await seen('a', 'b')
    expect(faults).toEqual([])
  })

  test('a topic that is known a little later', async () => {
    cluster.remove(log)
    log.plain('a')
    assign(0)
    await vi.waitFor(() => expect(troubles).toContain('TOPIC_MISSING'), { interval: 2 })
    cluster.lead(1, log)
    await seen('a')
    expect(faults).toEqual([])
  })

  test('an offset that a new leader does not know yet', async () => {
    log.plain('a')
    let refusals = 2
    cluster.onAnswer = (one) => (refusals-- > 0 ? { ...one, code: 1, bytes: Buffer.alloc(0) } : one)
    assign(0)
    await seen('a')
    expect(faults).toEqual([])
  })
})

describe('what does not pass', () => {
  const told = async (fault: KafkaFault, offset = 0) => {
    await vi.waitFor(() => expect(faults).toHaveLength(1), { interval: 2 })
    expect(faults[0]).toMatchObject({ place: { ...partition(0), offset }, fault })
    const asked = cluster.fetches.length
    cluster.onAnswer = (one) => one
    cluster.fail(1, null)
    await another(8)
    const later = cluster.fetches.slice(asked).flatMap((one) => one.places)
    expect(later.filter((place) => place.partition === 0)).toEqual([])
    expect(faults).toHaveLength(1)
    return faults[0]!.detail
  }

  test('an offset below the log: told, never reset', async () => {
    log = createFakeLog(5, partition(0))
    log.plain('a')
    cluster.lead(1, log)
    assign(3)
    const detail = await told('OFFSET_OUT_OF_RANGE', 3)
    expect(detail).toContain('ticks/0 from offset 3')
    expect(values()).toEqual([])
  })

  test('an offset above the log: told, never reset', async () => {
    log.plain('a')
    assign(9)
    await told('OFFSET_OUT_OF_RANGE', 9)
  })

  test('a topic that stays unknown', async () => {
    cluster.remove(log)
    const startMs = performance.now()
    assign(0)
    await told('TOPIC_MISSING')
    expect(performance.now() - startMs).toBeGreaterThan(missingForMs)
  })

  test('a topic that goes away while it is read', async () => {
    log.plain('a')
    assign(0)
    await seen('a')
    cluster.remove(log)
    await told('TOPIC_MISSING', 1)
  })

  test('a topic that may not be read', async () => {
    cluster.onAnswer = (one) => ({ ...one, code: 29, bytes: Buffer.alloc(0) })
    assign(0)
    expect(await told('NOT_AUTHORISED')).toContain('TOPIC_AUTHORIZATION_FAILED')
    expect(troubles).toEqual([])
  })

  test('a broker that lets nobody in, or speaks another protocol', async () => {
    cluster.fail(1, new KafkaError('CONFIGURATION', 'expected version 11'))
    assign(0)
    expect(await told('CONFIGURATION')).toBe('expected version 11')
  })

  test('a batch that can’t be read; those before it are told, other partitions go on', async () => {
    log.plain('a')
    log.plain('b')
    cluster.onAnswer = (one) => {
      if (one.partition !== 0) return one
      const bytes = Buffer.from(one.bytes)
      bytes[bytes.length - 3]! ^= 1
      return { ...one, bytes }
    }
    const other = createFakeLog(0, partition(1))
    cluster.lead(1, other)
    assign(0, 1)
    assign(0)
    await vi.waitFor(() => expect(faults).toHaveLength(1), { interval: 2 })
    expect(faults[0]).toMatchObject({ fault: 'UNDECODABLE_BATCH', place: { offset: 1 } })
    expect(faults[0]!.detail).toContain('ticks/0, batch at offset 1: expected checksum')
    expect(values()).toEqual(['a'])
    other.plain('other')
    cluster.changed()
    await vi.waitFor(() => expect(values(1)).toEqual(['other']), { interval: 2 })
  })
})

test('A source that was closed reads nothing more, whatever it is assigned', async () => {
  await source.close()
  let asked = 0
  cluster.connections.leaderOf = () => {
    asked++
    return Promise.reject(new KafkaError('FAILED', 'expected open connections, were closed'))
  }
  cluster.connections.refresh = () => Promise.reject(new KafkaError('FAILED', 'were closed'))
  assign(0)
  await new Promise((resolve) => setImmediate(resolve))
  expect(asked).toBe(0)
})
