// What a task does after failures: how long it waits, what it learns, and when it stops instead of trying for ever.
import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../../connectors/kafka/client/kafka-error.ts'
import type { TaskContext } from '../../../connectors/kafka/task-context.ts'
import type { TaskLoop } from '../../../connectors/kafka/task-handle.ts'
import { createTaskLoop } from '../../../connectors/kafka/task-loop.ts'
import { InvariantError } from '../../../topologies/kernel/invariant.ts'
import { createCodec } from '../../../schemas/codec.ts'
import { contractReport, deadLetter, exchangeTick, marketBar } from '../../../schemas/topics.ts'
import type { DeadLetter } from '../../../schemas/types.gen.ts'
import { startMs } from '../../runtimes/sample.ts'
import { memoryBroker } from './memory-broker.ts'
import type { MemoryBroker } from './memory-broker.ts'
import { contextOn, kafkaConfig, learningCodec, market, trade } from './on-memory.ts'

/** A task that works by itself on partition 0. */
function running(broker: MemoryBroker, changes: Partial<TaskContext> = {}): TaskLoop {
  const source = broker.client.source({
    onFetched: (fetched) => {
      loop.onFetched(fetched)
    },
    onFault: (_place, fault, detail) => {
      loop.onFault(new KafkaError(fault, detail))
    },
  })
  const loop = createTaskLoop({
    context: contextOn(broker, { nowMs: () => startMs + performance.now(), ...changes }),
    ...{ sub: market, partition: 0, source, after: Promise.resolve() },
    onStopped: () => undefined,
    onRunning: () => undefined,
  })
  loop.go()
  return loop
}
const letters = (broker: MemoryBroker): DeadLetter[] =>
  broker
    .records(deadLetter.name)
    .map(({ value }) => createCodec().decode(deadLetter.name, value!) as DeadLetter)
const until = (condition: () => boolean): Promise<void> =>
  expect.poll(condition, { interval: 2, timeout: 5_000 }).toBe(true)

describe('a task that fails', () => {
  test('waits out its pause when it is fenced, whatever news comes meanwhile', async () => {
    const broker = memoryBroker()
    const config = kafkaConfig({ session_timeout_ms: 300 })
    const loop = running(broker, { config })
    await until(() => broker.commits.length > 0)
    trade(broker, 90)
    let fencedAt = 0
    broker.beforeCommit = () => {
      fencedAt = performance.now()
      broker.beforeCommit = () => undefined
      trade(broker, 90)
      throw new KafkaError('FENCED', 'another owner')
    }
    await until(() => broker.fenced.length === 2)
    expect(performance.now() - fencedAt).toBeGreaterThan(290)
    await loop.end()
  })

  test('waits briefly again once it has committed in between', async () => {
    const broker = memoryBroker()
    const loop = running(broker)
    await until(() => broker.commits.length > 0)
    const startedAt = performance.now()
    for (let failures = 1; failures <= 6; failures++) {
      broker.beforeCommit = () => {
        broker.beforeCommit = () => undefined
        throw new KafkaError('FAILED', 'it passes')
      }
      const { length } = broker.commits
      trade(broker, 90)
      await until(() => broker.fenced.length === failures + 1 && broker.commits.length > length)
    }
    expect(performance.now() - startedAt).toBeLessThan(1_500)
    await loop.end()
  })

  test('stops at bytes that it may not bury, also where records that fail are buried', async () => {
    const broker = memoryBroker()
    const config = kafkaConfig({ on_error: { deserialise: 'fail', process: 'dead-letter' } })
    const loop = running(broker, { config })
    await loop.ready
    broker.append(exchangeTick.name, 0, [['BTCUSDT', Buffer.from('no record')]])
    await until(() => loop.status() === 'STOPPED')
    // Once to begin with, and once to commit what came before.
    expect(broker.fenced).toHaveLength(2)
    expect(loop.detail()).toContain(`reading ${exchangeTick.name} offset 0`)
  })

  test('has committed all that comes before the record at which it stops', async () => {
    const broker = memoryBroker()
    const config = kafkaConfig({ on_error: { deserialise: 'fail' } })
    const loop = running(broker, { config })
    await loop.ready
    for (const price of [90, 91]) trade(broker, price)
    broker.append(exchangeTick.name, 0, [['BTCUSDT', Buffer.from('no record')]])
    trade(broker, 92)
    await until(() => loop.status() === 'STOPPED')
    expect(loop.detail()).toContain(`reading ${exchangeTick.name} offset 2`)
    expect(broker.records(marketBar.name)).toHaveLength(2)
  })

  test('stops when the dead letter of a record can not be written either', async () => {
    const broker = memoryBroker()
    const config = kafkaConfig({ on_error: { process: 'dead-letter', produce: 'dead-letter' } })
    const codec = learningCodec()
    const encodeShared: typeof codec.encodeShared = (topic, value) => {
      if (topic === marketBar.name || topic === deadLetter.name)
        throw new KafkaError('TOO_LARGE', 'it is too large')
      return codec.encodeShared(topic, value)
    }
    const loop = running(broker, { config, codec: { ...codec, encodeShared } })
    await loop.ready
    trade(broker, 90)
    await until(() => loop.status() === 'STOPPED')
    expect(broker.fenced).toHaveLength(3)
  })

  test('buries a record of any size that the broker took: its letter has the beginning', async () => {
    const broker = memoryBroker()
    const loop = running(broker)
    await loop.ready
    const bytes = Buffer.alloc(850_000, 7)
    broker.append(exchangeTick.name, 0, [['BTCUSDT', bytes]])
    await until(() => letters(broker).length === 1)
    const [letter] = letters(broker)
    const payload = Buffer.from(letter!.payload, 'base64')
    expect(payload.equals(bytes.subarray(0, payload.length))).toBe(true)
    expect(letter!.detail).toContain('of 850000 bytes')
    await loop.end()
  })

  test('buries the record whose state can not be written, and not the last one beside it', async () => {
    const broker = memoryBroker()
    const config = kafkaConfig({ on_error: { produce: 'dead-letter' } })
    const codec = learningCodec()
    const encodeShared: typeof codec.encodeShared = (topic, value) => {
      if (topic === contractReport.name && (value as { item: string }).item === 'BAD')
        throw new InvariantError('no state')
      return codec.encodeShared(topic, value)
    }
    for (const symbol of ['A', 'BAD', 'C', 'D']) trade(broker, 90, symbol)
    const loop = running(broker, { config, codec: { ...codec, encodeShared } })
    await until(() => broker.offset('sample.market', exchangeTick.name, 0) === 4)
    expect(letters(broker).map(({ topic, offset }) => [topic, offset])).toEqual([
      [exchangeTick.name, 1],
    ])
    expect(broker.records(marketBar.name).map(({ key }) => key)).toEqual(['A', 'C', 'D'])
    await loop.end()
  })
})
