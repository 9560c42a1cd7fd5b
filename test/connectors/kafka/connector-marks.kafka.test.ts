// A connector's group stands behind the marks of transactions too, or a monitor that counts offsets would show a lag for ever.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import type { PartitionOffset } from '../../../connectors/kafka/client/port.ts'
import type { KafkaRuntime } from '../../../connectors/kafka/runtime.ts'
import { safeModeCommand } from '../../../schemas/topics.ts'
import { needsBench } from '../../kit/broker/needs.ts'
import { commandOf, sample, startMs } from '../../runtimes/sample.ts'
import { onBench } from './on-bench.ts'
import { sampleLog } from './sample-on-bench.ts'

describe('the group of a connector that has consumed everything', needsBench(), () => {
  const bench = onBench()

  /** One command, written, polled and consumed; gives how far the group and its topic are. */
  async function consumeOne(
    runtime: KafkaRuntime,
    prefix: string,
  ): Promise<() => Promise<readonly [PartitionOffset[], PartitionOffset[]]>> {
    await runtime.publish(safeModeCommand, commandOf('a look', true, startMs), startMs)
    const [record] = await runtime.poll('desk', safeModeCommand, 1)
    const position = { topic: safeModeCommand, partition: 0, nextOffset: record!.offset + 1 }
    await runtime.write({ consumed: { group: 'desk', positions: [position] } })
    const place = { topic: `${prefix}${safeModeCommand.name}`, partition: 0 }
    return async () => {
      const { admin } = bench.client
      const [committed, ends] = await Promise.all([
        admin.committed(`${prefix}desk`, [place]),
        admin.endOffsets([place], 'high-water'),
      ])
      return [[...committed], [...ends]]
    }
  }

  test('has no lag a moment later', async () => {
    const log = await sampleLog(bench, sample)
    const runtime = await log.open({ run: [] })
    runtime.start()
    const offsets = await consumeOne(runtime, log.config.kafka.topic_prefix)
    await vi.waitFor(
      async () => {
        const [committed, ends] = await offsets()
        expect(committed).toEqual(ends)
      },
      { timeout: 20_000, interval: 100 },
    )
    await runtime.close()
  })

  test('has none either when the process ends before that moment', async () => {
    const log = await sampleLog(bench, sample)
    const runtime = await log.open({ run: [] })
    const offsets = await consumeOne(runtime, log.config.kafka.topic_prefix)
    // Time for the mark to arrive, which passes on its own here: nothing was started.
    await sleep(200)
    await runtime.close()
    const [committed, ends] = await offsets()
    expect(committed).toEqual(ends)
  })
})
