// A group that lets go: nothing of it begins any more, and nothing of it goes on.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openGroup } from '../../../connectors/kafka/group.ts'
import type { Group } from '../../../connectors/kafka/group.ts'
import { exchangeTick } from '../../../schemas/topics.ts'
import { silentLogger } from '../../kit/silent-logger.ts'
import { startMs } from '../../runtimes/sample.ts'
import { memoryBroker } from './memory-broker.ts'
import type { MemoryBroker } from './memory-broker.ts'
import { contextOn, market, names, trade } from './on-memory.ts'

const task = names.task('market', 0)

/** A group that works by itself, with a fast clock. */
async function running(broker: MemoryBroker): Promise<Group> {
  const group = openGroup({
    context: contextOn(broker, { nowMs: () => startMs + performance.now() * 100 }),
    sub: market,
    logger: silentLogger,
    onRunning: () => undefined,
    onStopped: () => undefined,
    onFault: () => undefined,
  })
  broker.members[0]!.listener.onAssigned([0], 1)
  await group.ready
  group.go()
  trade(broker, 90)
  await expect.poll(() => broker.commits.length, { interval: 2 }).toBeGreaterThan(0)
  return group
}

describe('a group', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test.for([
    ['runs though one of its partitions can not', [0, 1], null],
    ['says so when none of its partitions can run', [1], 'somebody changed one of them'],
  ] as const)('%s', async ([, assigned, failure]) => {
    const broker = memoryBroker()
    // Without a checkpoint that says the same.
    broker.setOffset('sample.market', exchangeTick.name, 1, 5)
    const stopped: number[] = []
    const group = openGroup({
      context: contextOn(broker, { partitions: { market: 2, account: 1 } }),
      sub: market,
      logger: silentLogger,
      onRunning: () => undefined,
      onStopped: (loop) => stopped.push(loop.partition),
      onFault: () => undefined,
    })
    broker.members[0]!.listener.onAssigned(assigned, 1)
    if (failure === null) await group.ready
    else await expect(group.ready).rejects.toThrow(failure)
    expect(stopped).toEqual([1])
    await group.close()
  })

  test('that is closed begins no task, whatever it is assigned meanwhile', async () => {
    const broker = memoryBroker()
    const group = await running(broker)
    const closing = group.close()
    broker.members[0]!.listener.onAssigned([0], 2)
    await closing
    broker.members[0]!.listener.onAssigned([0], 3)
    await settled()
    expect(broker.fenced).toEqual([task])
    expect(group.tasks()).toEqual([])
  })

  test('that lets go at once takes no task over again, so the process can end', async () => {
    const broker = memoryBroker()
    const group = await running(broker)
    const [loop] = group.tasks()
    group.abandon()
    await expect.poll(() => loop!.status(), { interval: 2 }).toBe('ENDED')
    const { length } = broker.commits
    await settled()
    expect(broker.commits).toHaveLength(length)
    expect(broker.fenced).toEqual([task])
  })

  test('is closed in time though a commit is never answered', async () => {
    const broker = memoryBroker()
    const group = await running(broker)
    const asked = Promise.withResolvers<void>()
    broker.beforeCommit = () => {
      asked.resolve()
      return new Promise<void>(() => undefined)
    }
    await asked.promise
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const closing = group.close()
    await vi.advanceTimersByTimeAsync(5_000)
    await closing
  })
})

/** Several ticks, and longer than the first pause before a task is taken over again. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 150))
}
