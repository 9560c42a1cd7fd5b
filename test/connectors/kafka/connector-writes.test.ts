// What connectors write while a broker fails: once, in order, and never for ever.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { KafkaError } from '../../../connectors/kafka/client/kafka-error.ts'
import { openConnectorWrites } from '../../../connectors/kafka/connector-writes.ts'
import type { ConnectorWrites } from '../../../connectors/kafka/connector-writes.ts'
import { connectorNotes, exchangeTick, safeModeCommand } from '../../../schemas/topics.ts'
import { silentLogger } from '../../kit/silent-logger.ts'
import { commandOf, startMs, tradeOf } from '../../runtimes/sample.ts'
import { memoryBroker } from './memory-broker.ts'
import type { MemoryBroker } from './memory-broker.ts'
import { contextOn, names } from './on-memory.ts'

const faults: unknown[] = []
afterEach(() => {
  vi.useRealTimers()
  faults.length = 0
})

const open = (broker: MemoryBroker): Promise<ConnectorWrites> =>
  openConnectorWrites({
    ...{ context: contextOn(broker), logger: silentLogger },
    onConsumed: () => undefined,
    onFault: (error) => faults.push(error),
  })
const command = { topic: safeModeCommand, value: commandOf('test', true, startMs) }
const price = { topic: exchangeTick, value: tradeOf('BTCUSDT', 90, startMs) }
/** The next commit or send fails so. */
const failOnce = (broker: MemoryBroker, when: 'beforeCommit' | 'afterCommit', error: Error) => {
  broker[when] = () => {
    broker[when] = () => undefined
    throw error
  }
}

describe('a write of connectors', () => {
  test('whose answer was lost is there once, also while another transaction hides the note that says so', async () => {
    const broker = memoryBroker()
    const writes = await open(broker)
    const notes = broker.log(names.topic(connectorNotes))
    // Of another program, a moment before ours: what comes behind it can't be read before it ends.
    notes.stable = notes.end
    failOnce(broker, 'afterCommit', new KafkaError('UNKNOWN_OUTCOME', 'no answer'))
    const written = writes.write({ records: [command] })
    setTimeout(() => {
      notes.stable = null
    }, 100)
    await written
    expect(broker.records(names.topic(safeModeCommand))).toHaveLength(1)
    await writes.close()
  })

  test('of a price outlives a broker that is away for longer than a delivery lasts', async () => {
    const broker = memoryBroker()
    const writes = await open(broker)
    failOnce(broker, 'beforeCommit', new KafkaError('FAILED', 'no broker'))
    await writes.write({ records: [price] })
    await writes.write({ records: [price] })
    expect(broker.records(names.topic(exchangeTick))).toHaveLength(2)
    expect(faults).toEqual([])
    await writes.close()
  })

  test('of a price that may be there already is not repeated', async () => {
    const broker = memoryBroker()
    const writes = await open(broker)
    failOnce(broker, 'beforeCommit', new KafkaError('UNKNOWN_OUTCOME', 'no answer'))
    await writes.write({ records: [price] })
    await writes.write({ records: [price] })
    expect(broker.records(names.topic(exchangeTick))).toHaveLength(1)
    expect(faults).toEqual([])
    await writes.close()
  })

  test('is given up when they are closed and the broker is away, and stops nothing else then', async () => {
    const broker = memoryBroker()
    const writes = await open(broker)
    broker.beforeCommit = () => {
      throw new KafkaError('FAILED', 'no broker')
    }
    const written = writes.write({ records: [command] })
    written.catch(() => undefined)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const closing = writes.close()
    await vi.advanceTimersByTimeAsync(5_000)
    await closing
    vi.useRealTimers()
    await expect(written).rejects.toThrow('no broker')
    expect(faults).toEqual([])
  })
})
