// What connectors read while the registry is away, and where they begin when the broker has let their offsets expire.
import { describe, expect, test } from 'vitest'
import { createConnectorPolls } from '../../../connectors/kafka/connector-polls.ts'
import type { ConnectorPolls } from '../../../connectors/kafka/connector-polls.ts'
import { openConnectorWrites } from '../../../connectors/kafka/connector-writes.ts'
import type { TaskContext } from '../../../connectors/kafka/task-context.ts'
import { createCodec } from '../../../schemas/codec.ts'
import { safeModeCommand, safeModeState } from '../../../schemas/topics.ts'
import type { Topic } from '../../../schemas/topic.ts'
import type { SafeModeCommand } from '../../../schemas/types.gen.ts'
import { safeModeOf } from '../../kit/records.ts'
import { silentLogger } from '../../kit/silent-logger.ts'
import { commandOf, startMs } from '../../runtimes/sample.ts'
import { memoryBroker } from './memory-broker.ts'
import type { MemoryBroker } from './memory-broker.ts'
import { contextOn, learningCodec } from './on-memory.ts'

const group = 'gateway'
const unknownId = 987_654_321

function command(broker: MemoryBroker, reason: string, id?: number): void {
  const bytes = createCodec().encode(safeModeCommand.name, commandOf(reason, true, startMs))
  if (id !== undefined) bytes.writeInt32BE(id, 1)
  broker.append(safeModeCommand.name, 0, [['main', bytes]])
}
const pollsOf = (context: TaskContext, faults: unknown[] = []): ConnectorPolls =>
  createConnectorPolls({
    ...{ context, logger: silentLogger },
    onArrived: () => undefined,
    onFault: (error) => faults.push(error),
  })
const reasons = async (polls: ConnectorPolls): Promise<string[]> =>
  (await polls.poll(group, safeModeCommand, 10)).map(
    ({ value }) => (value as SafeModeCommand | null)?.reason ?? 'none',
  )
/** The group is done with so many records of a topic, as a connector says it. */
async function consume(context: TaskContext, topic: Topic, nextOffset: number): Promise<void> {
  const writes = await openConnectorWrites({
    ...{ context, logger: silentLogger },
    onConsumed: () => undefined,
    onFault: () => undefined,
  })
  await writes.write({ consumed: { group, positions: [{ topic, partition: 0, nextOffset }] } })
  await writes.close()
}

describe('a connector reads', () => {
  test('on when the registry is back, and waits for a schema until then', async () => {
    const broker = memoryBroker()
    let isAway = true
    const asked = Promise.withResolvers<void>()
    const codec = learningCodec(() => {
      asked.resolve()
      return isAway ? Promise.reject(new Error('away')) : Promise.resolve('missing')
    })
    command(broker, 'one')
    command(broker, 'two', unknownId)
    command(broker, 'three')
    const faults: unknown[] = []
    const polls = pollsOf(contextOn(broker, { codec }), faults)
    const polled = reasons(polls)
    await asked.promise
    isAway = false
    expect(await polled).toEqual(['one', 'none', 'three'])
    expect(faults).toEqual([])
    await polls.close()
  })

  test('no longer once it is closed, also while the registry is away', async () => {
    const broker = memoryBroker()
    let asked = 0
    const codec = learningCodec(() => {
      asked++
      return Promise.reject(new Error('away'))
    })
    command(broker, 'one', unknownId)
    const faults: unknown[] = []
    const polls = pollsOf(contextOn(broker, { codec }), faults)
    void reasons(polls)
    await expect.poll(() => asked, { interval: 2 }).toBe(1)
    await polls.close()
    await expect.poll(() => asked, { interval: 20, timeout: 2_000 }).toBe(2)
    expect(faults).toEqual([])
  })

  test('nothing again when the broker has let the offsets of its group expire', async () => {
    const broker = memoryBroker()
    const context = contextOn(broker)
    for (const reason of ['one', 'two', 'three']) command(broker, reason)
    await consume(context, safeModeCommand, 2)
    broker.forget(group)
    const polls = pollsOf(context)
    expect(await reasons(polls)).toEqual(['three'])
    polls.consumed({
      group,
      positions: [{ topic: safeModeCommand, partition: 0, nextOffset: 3 }],
    })
    await polls.close()
  })

  test('from the beginning when the log was made anew: its offsets name other records', async () => {
    const broker = memoryBroker()
    command(broker, 'one')
    await consume(contextOn(broker), safeModeCommand, 1)
    broker.forget(group)
    const polls = pollsOf(contextOn(broker, { logId: 'another log' }))
    expect(await reasons(polls)).toEqual(['one'])
    await polls.close()
  })

  test('each topic from its own position, also when it is done with several at once', async () => {
    const broker = memoryBroker()
    const state = createCodec().encode(safeModeState.name, safeModeOf({ account: 'main' }))
    broker.append(safeModeState.name, 0, [['main', state]])
    command(broker, 'one')
    const polls = pollsOf(contextOn(broker))
    expect(await polls.poll(group, safeModeState, 10)).toHaveLength(1)
    expect(await reasons(polls)).toEqual(['one'])
    polls.consumed({
      group,
      positions: [
        { topic: safeModeState, partition: 0, nextOffset: 0 },
        { topic: safeModeCommand, partition: 0, nextOffset: 1 },
      ],
    })
    expect(await polls.poll(group, safeModeState, 10)).toHaveLength(1)
    expect(await reasons(polls)).toEqual([])
    await polls.close()
  })
})
