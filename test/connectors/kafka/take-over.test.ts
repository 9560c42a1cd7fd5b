// Where a task begins: what the log must hold for it, and what it does when the log does not.
import { describe, expect, test } from 'vitest'
import { checkpoints } from '../../../connectors/kafka/own-topics.ts'
import { takeOver } from '../../../connectors/kafka/take-over.ts'
import type { TaskContext } from '../../../connectors/kafka/task-context.ts'
import { createLife } from '../../../connectors/kafka/transaction.ts'
import { createCodec } from '../../../schemas/codec.ts'
import { contractReport, exchangeTick, marketCheckpoint } from '../../../schemas/topics.ts'
import { startMs } from '../../runtimes/sample.ts'
import { memoryBroker } from './memory-broker.ts'
import type { MemoryBroker } from './memory-broker.ts'
import { contextOn, learningCodec, market, trade } from './on-memory.ts'

const group = 'sample.market'
const always = (): boolean => true

/** As a task leaves it that has processed its input up to an offset. */
function processed(broker: MemoryBroker, nextOffset: number, nowMs = 5): void {
  const checkpoint = {
    ...{ task: 'market|0', log_id: 'log', now_ms: nowMs, last_tick_at_ms: 5 },
    positions: [{ topic: exchangeTick.name, partition: 0, next_offset: nextOffset }],
    ...{ tables: [], steps: [], restarted: false },
  }
  const bytes = createCodec().encode(marketCheckpoint.name, checkpoint)
  broker.append(checkpoints.market.name, 0, [['market|0', bytes]])
}

describe('a task is taken over', () => {
  test('not behind the end of an input, which was made anew or has lost its end', async () => {
    const broker = memoryBroker()
    for (let i = 0; i < 3; i++) trade(broker, 90)
    processed(broker, 7)
    broker.setOffset(group, exchangeTick.name, 0, 7)
    const taking = takeOver(contextOn(broker), market, 0, always, 20)
    await expect(taking).rejects.toThrow(
      `${exchangeTick.name} partition 0 ends at offset 3, and the task has processed it up to 7`,
    )
    await expect(taking).rejects.toMatchObject({ fault: 'CORRUPT' })
  })

  test('when a new leader knows the end of an input a moment later', async () => {
    const broker = memoryBroker()
    processed(broker, 7)
    broker.setOffset(group, exchangeTick.name, 0, 7)
    setTimeout(() => {
      for (let i = 0; i < 7; i++) trade(broker, 90)
    }, 50)
    const taken = await takeOver(contextOn(broker), market, 0, always)
    expect(taken?.offsets).toEqual([7])
  })

  test('from the beginning of an input that was made anew, when the log has got another id since', async () => {
    const broker = memoryBroker()
    for (let i = 0; i < 3; i++) trade(broker, 90)
    processed(broker, 2)
    const renewed = contextOn(broker, { logId: 'another log' })
    const taken = await takeOver(renewed, market, 0, always)
    expect(taken).toMatchObject({ offsets: [0], committed: [0] })
  })

  test('where it was, when the input holds what the task has processed, whatever id the log has', async () => {
    const broker = memoryBroker()
    for (let i = 0; i < 3; i++) trade(broker, 90)
    processed(broker, 2, startMs + 60_000)
    const renewed = contextOn(broker, { logId: 'another log' })
    expect(await takeOver(renewed, market, 0, always)).toMatchObject({ offsets: [2] })
  })

  test('with offsets that the broker let expire committed anew, so that an idle group has no lag', async () => {
    const broker = memoryBroker()
    for (let i = 0; i < 3; i++) trade(broker, 90)
    processed(broker, 3)
    const context = contextOn(broker)
    const taken = await takeOver(context, market, 0, always)
    const places = [{ topic: exchangeTick.name, partition: 0 }]
    const life = createLife(context, market, places, taken!, {
      ...{ poison: new Map(), halts: new Map(), missing: new Set(), careful: 0 },
    })
    const slice = life.decide(null, true)
    expect(slice).not.toBeNull()
    await life.commit(slice!)
    expect(broker.offset(group, exchangeTick.name, 0)).toBe(3)
    expect(life.decide(null, true)).toBeNull()
  })

  test('no longer once it is not wanted, also while a schema of its state can not be had', async () => {
    const broker = memoryBroker()
    const state = { item: 'BTCUSDT', check: 'OTHER', ok: true, detail: '1', at_ms: 1 }
    const bytes = createCodec().encode(contractReport.name, state)
    bytes.writeInt32BE(987_654_321, 1)
    broker.append(contractReport.name, 0, [['BTCUSDT', bytes]])
    let isWanted = true
    const learn: TaskContext['codec']['learn'] = () => {
      isWanted = false
      return Promise.reject(new Error('the registry is away'))
    }
    const context = contextOn(broker, { codec: learningCodec(learn) })
    await expect(takeOver(context, market, 0, () => isWanted)).rejects.toThrow(
      'the registry is away',
    )
  })
})
