// One policy over the three ways in which a record can fail: its bytes, its processor, its results.
import { describe, expect, test } from 'vitest'
import {
  deadLetter,
  exchangeTick,
  marketBar,
  opsAlert,
  safeModeCommand,
  safeModeState,
} from '../../../schemas/topics.ts'
import { processor } from '../../../topologies/kernel/processor.ts'
import { topology } from '../../../topologies/kernel/topology.ts'
import { needsBench } from '../../kit/broker/needs.ts'
import { commandOf, sample, startMs, tradeOf } from '../../runtimes/sample.ts'
import { put, valueOf } from '../../runtimes/scenario.ts'
import { onBench } from './on-bench.ts'
import { sampleLog } from './sample-on-bench.ts'

/** The price at which the processor throws, and the one whose result no broker takes. */
const cursed = 666
const huge = 777

const [tally, echo, guard] = sample.processors
const strict = processor({
  name: 'strict',
  doc: 'Throws at one price, and writes too much at another.',
  reads: [exchangeTick],
  writes: [opsAlert],
  decide(_, { value }, ctx, emit) {
    if (value.last === cursed) throw new Error('expected another price, was 666')
    if (value.last !== huge) return
    emit(opsAlert, {
      ...{ alert_id: 'x', kind: 'OTHER', severity: 'INFO', state: 'RAISED', subject: 'x' },
      ...{ detail: 'x'.repeat(3_000_000), raised_at_ms: ctx.nowMs, at_ms: ctx.nowMs },
    })
  },
})
const failing = topology('failing', { see: [tally!, strict], act: [echo!], watch: [guard!] })

describe('a record that fails', needsBench(), () => {
  const bench = onBench()
  const bury = { on_error: { process: 'dead-letter', produce: 'dead-letter' } }

  for (const [what, price, stage] of [
    ['its processor throws', cursed, 'processing'],
    ['its result is too large for the broker', huge, 'writing the results of'],
  ] as const) {
    test(`is buried with its offset when ${what}: nothing of it counts, everything else counts once`, async () => {
      const log = await sampleLog(bench, failing, bury)
      const runtime = await log.open()
      for (const [i, last] of [90, 91, price, 92].entries())
        await runtime.publish(exchangeTick, tradeOf('BTCUSDT', last, startMs + i), startMs + i)
      await runtime.settle()
      const bars = (await runtime.read(marketBar)).map((r) => valueOf(r, marketBar))
      expect(bars.map((bar) => [bar.update_count, bar.close])).toEqual([
        [1, 90],
        [2, 91],
        [3, 92],
      ])
      const letters = (await runtime.read(deadLetter)).map((r) => valueOf(r, deadLetter))
      expect(letters).toMatchObject([
        { topic: 'exchange.tick', offset: 2, processor: 'failing.market', cause: 'OTHER' },
      ])
      expect(letters[0]!.detail).toContain(`${stage} exchange.tick offset 2`)
      expect((await runtime.lag()).every(({ lag }) => lag === 0)).toBe(true)
      await runtime.close()
      const again = await log.open()
      await put(again, exchangeTick, tradeOf('BTCUSDT', 93, startMs + 9))
      expect((await again.read(deadLetter)).length, 'once').toBe(1)
    })

    test(`stops its task and no other when ${what} and the policy says so`, async () => {
      const log = await sampleLog(bench, failing, { market_partitions: 2 })
      const runtime = await log.open()
      runtime.start()
      const on = (symbol: string, last: number, i: number) =>
        runtime.publish(exchangeTick, tradeOf(symbol, last, startMs + i), startMs + i)
      // BTCUSDT and SOLUSDT lie in different partitions of two.
      await on('BTCUSDT', 90, 1)
      await on('BTCUSDT', price, 2)
      await on('BTCUSDT', 91, 3)
      await expect.poll(() => stoppedTasks(runtime), { timeout: 30_000 }).toHaveLength(1)
      await on('SOLUSDT', 95, 4)
      await runtime.publish(safeModeCommand, commandOf('still here', true, startMs + 5))
      await expect
        .poll(async () => (await runtime.read(safeModeState)).length, { timeout: 30_000 })
        .toBe(1)
      await expect
        .poll(async () => (await runtime.read(marketBar)).map((r) => r.key), { timeout: 30_000 })
        .toEqual(['BTCUSDT', 'SOLUSDT'])
      expect((await stoppedTasks(runtime))[0]).toContain(`${stage} exchange.tick offset`)
      await expect
        .poll(async () => (await runtime.read(opsAlert)).map((r) => r.value), { timeout: 30_000 })
        .toMatchObject([{ kind: 'SUPERVISION', state: 'RAISED', severity: 'CRITICAL' }])
      expect(await runtime.read(deadLetter)).toEqual([])
      expect((await runtime.lag()).find((l) => l.lag > 0)?.topic).toBe('exchange.tick')
    })
  }

  test('whose bytes no schema fits stops its task when the policy says so', async () => {
    const log = await sampleLog(bench, sample, { on_error: { deserialise: 'fail' } })
    const producer = await bench.client.plainProducer()
    const batches = producer.batches(`${log.config.kafka.topic_prefix}exchange.tick`, 0)
    batches.add(startMs, 'BTCUSDT', Buffer.from([7, 7, 7, 7, 7, 7]))
    await producer.send([batches])
    await producer.dispose()
    const runtime = await log.open()
    await expect(runtime.settle()).rejects.toThrow(/exchange\.tick.*expected magic byte 0, was 7/s)
    expect(await runtime.read(deadLetter)).toEqual([])
  })

  test('that lies in a partition where its key does not belong is a dead letter', async () => {
    const log = await sampleLog(bench, sample, { market_partitions: 2 })
    const producer = await bench.client.plainProducer()
    const bytes = log.codec.encode('exchange.tick', tradeOf('BTCUSDT', 90, startMs))
    for (const partition of [0, 1]) {
      const batches = producer.batches(`${log.config.kafka.topic_prefix}exchange.tick`, partition)
      batches.add(startMs, 'BTCUSDT', bytes)
      await producer.send([batches])
    }
    await producer.dispose()
    const runtime = await log.open()
    await runtime.settle()
    expect((await runtime.read(marketBar)).length).toBe(1)
    const letters = (await runtime.read(deadLetter)).map((r) => valueOf(r, deadLetter))
    expect(letters).toMatchObject([{ cause: 'INVALID_VALUE', topic: 'exchange.tick' }])
    expect(letters[0]!.detail).toMatch(/expected key BTCUSDT in partition \d, was \d/)
  })
})

async function stoppedTasks(runtime: {
  health(): { ready(): Promise<readonly { name: string; ok: boolean; detail: string }[]> }
}): Promise<string[]> {
  const checks = await runtime.health().ready()
  return checks.filter(({ name, ok }) => name === 'restored' && !ok).map(({ detail }) => detail)
}
