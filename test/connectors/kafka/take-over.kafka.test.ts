// How a task begins: where it goes on, and what it refuses to go on from.
import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { exchangeTick, marketBar, safeModeCommand, safeModeState } from '../../../schemas/topics.ts'
import { needsBench } from '../../kit/broker/needs.ts'
import { sharedBench } from '../../kit/broker/shared-bench.ts'
import { commandOf, sample, startMs, tradeOf } from '../../runtimes/sample.ts'
import { put, valueOf } from '../../runtimes/scenario.ts'
import { onBench } from './on-bench.ts'
import { sampleLog } from './sample-on-bench.ts'
import type { SampleLog } from './sample-on-bench.ts'

describe('a task begins', needsBench(), () => {
  const bench = onBench()
  const outside = () =>
    new Kafka({ brokers: sharedBench().brokers, logLevel: logLevel.NOTHING }).admin()

  /** Runs the log with three ticks and two commands, and closes it. */
  const ran = async (): Promise<SampleLog> => {
    const log = await sampleLog(bench, sample)
    const runtime = await log.open()
    for (let i = 1; i <= 3; i++)
      await put(runtime, exchangeTick, tradeOf('BTCUSDT', 90, startMs + i))
    for (const reason of ['one', 'two'])
      await put(runtime, safeModeCommand, commandOf(reason, true, startMs + 5))
    await runtime.close()
    return log
  }
  const groupOf = (log: SampleLog, sub: string): string =>
    `${log.config.kafka.topic_prefix}sample.${sub}`
  const nameOf = (log: SampleLog, topic: { readonly name: string }): string =>
    `${log.config.kafka.topic_prefix}${topic.name}`

  const trim = async (log: SampleLog, topic: { readonly name: string }, upTo: number) => {
    const admin = outside()
    await admin.connect()
    await admin.fetchTopicOffsets(nameOf(log, topic))
    await admin.deleteTopicRecords({
      topic: nameOf(log, topic),
      partitions: [{ partition: 0, offset: String(upTo) }],
    })
    await admin.disconnect()
  }

  test('at the first record of a new log, and writes down what it took in and in which order', async () => {
    const log = await sampleLog(bench, sample)
    const runtime = await log.open()
    await put(runtime, exchangeTick, tradeOf('BTCUSDT', 90, startMs + 1))
    await runtime.tick(startMs + 1_000)
    await put(runtime, exchangeTick, tradeOf('BTCUSDT', 91, startMs + 1_001))
    const checkpoints = (
      await bench.client.admin.topics([`${nameOf(log, { name: 'market.checkpoint' })}`])
    ).length
    expect(checkpoints).toBe(1)
    const steps: unknown[] = []
    const place = { topic: nameOf(log, { name: 'market.checkpoint' }), partition: 0 }
    const [end] = await bench.client.admin.endOffsets([place], 'stable')
    await bench.client.readUpTo({ ...place, offset: 0 }, end!.offset, ({ records }) => {
      for (const { value } of records)
        steps.push(
          ...(
            log.codec.decode('market.checkpoint', value!) as { steps: { topic: string | null }[] }
          ).steps,
        )
    })
    expect(steps).toEqual([
      { tick_at_ms: null, topic: 'exchange.tick', from_offset: 0, next_offset: 1 },
      { tick_at_ms: startMs + 1_000, topic: null, from_offset: 0, next_offset: 0 },
      { tick_at_ms: null, topic: 'exchange.tick', from_offset: 1, next_offset: 2 },
    ])
  })

  test('where its checkpoint says, when the broker has let the offsets of its group expire', async () => {
    const log = await ran()
    await bench.client.admin.deleteGroups([groupOf(log, 'market'), groupOf(log, 'account')])
    const runtime = await log.open()
    await put(runtime, exchangeTick, tradeOf('BTCUSDT', 90, startMs + 10))
    const counts = (await runtime.read(marketBar)).map((r) => valueOf(r, marketBar).update_count)
    expect(counts, 'nothing is processed again, and the state goes on').toEqual([1, 2, 3, 4])
  })

  test('nowhere, when somebody has moved the offsets of its group', async () => {
    const log = await ran()
    const admin = outside()
    await admin.connect()
    await admin.setOffsets({
      groupId: groupOf(log, 'market'),
      topic: nameOf(log, exchangeTick),
      partitions: [{ partition: 0, offset: '1' }],
    })
    await admin.disconnect()
    await expect(log.open()).rejects.toThrow(
      /task market\|0: group .*sample\.market has committed exchange\.tick up to 1, and the task's checkpoint says 3/,
    )
  })

  test('nowhere, when retention took commands that it has not seen; unless the loss is accepted', async () => {
    const log = await ran()
    const away = await log.open({ run: ['market'] })
    for (const reason of ['three', 'four'])
      await away.publish(safeModeCommand, commandOf(reason, false, startMs + 20))
    await away.settle()
    away.abandon()
    const [end] = await bench.client.admin.endOffsets(
      [{ topic: nameOf(log, safeModeCommand), partition: 0 }],
      'stable',
    )
    await trim(log, safeModeCommand, end!.offset)
    await expect(log.open()).rejects.toThrow(
      /task account\|0: safe_mode\.command partition 0 begins at offset \d+, and the task has processed only up to \d+: retention removed \d+ records.*kafka\.on_lost_input: skip/s,
    )
    const kafka = { ...log.config.kafka, on_lost_input: 'skip' as const }
    const runtime = await log.open({ config: { ...log.config, kafka } })
    await put(runtime, safeModeCommand, commandOf('five', true, startMs + 30))
    const reasons = (await runtime.read(safeModeState)).map((r) => valueOf(r, safeModeState).reason)
    expect(reasons).toEqual(['one', 'two', 'five'])
  })

  test('behind prices that retention took, without a question: newer ones replace them', async () => {
    const log = await ran()
    const away = await log.open({ run: ['account'] })
    for (let i = 1; i <= 4; i++)
      await away.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs + 20 + i))
    away.abandon()
    await trim(log, exchangeTick, 6)
    const runtime = await log.open()
    await runtime.settle()
    const counts = (await runtime.read(marketBar)).map((r) => valueOf(r, marketBar).update_count)
    expect(counts).toEqual([1, 2, 3, 4])
    expect((await runtime.lag()).every(({ lag }) => lag === 0)).toBe(true)
  })

  test('only on a log of its own environment', async () => {
    const log = await ran()
    const config = { ...log.config, environment: 'DEMO' as const }
    await expect(log.open({ config })).rejects.toThrow(
      /the log is one of environment PAPER, the configuration says DEMO/,
    )
  })
})
