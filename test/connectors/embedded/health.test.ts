import { describe, expect, test } from 'vitest'
import { noMetrics } from '../../../connectors/metrics.ts'
import type { Metrics } from '../../../connectors/metrics.ts'
import { exchangeTick } from '../../../schemas/topics.ts'
import { startMs, tradeOf } from '../../runtimes/sample.ts'
import { temporaryLog } from './temporary-log.ts'

const log = temporaryLog()

describe('the health of a runtime', () => {
  test('is ready after its first transaction, and alive while transactions follow', async () => {
    let wallMs = startMs
    const runtime = log.open({ wallMs: () => wallMs })
    const health = runtime.health()
    expect(health.live()).toEqual([])
    expect(await health.ready()).toMatchObject([{ name: 'restored', ok: false }])
    await runtime.tick(startMs + 1_000)
    expect(await health.ready()).toMatchObject([{ ok: true }])
    wallMs = startMs + 15_000
    expect(health.live()).toMatchObject([{ name: 'commits', ok: true }])
    wallMs = startMs + 15_001
    expect(health.live()).toMatchObject([{ name: 'commits', ok: false }])
    await runtime.settle()
    expect(health.live()).toMatchObject([{ ok: true }])
  })

  test('says why it stopped', async () => {
    const runtime = log.open({
      atStep(step) {
        if (step === 'PROCESSED') throw new Error('a processor broke')
      },
    })
    await expect(
      (async () => {
        await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs))
        await runtime.settle()
      })(),
    ).rejects.toThrow()
    const [check] = runtime.health().live()
    expect(check).toMatchObject({ name: 'runs', ok: false })
    expect(check!.detail).toContain('a processor broke')
  })
})

test('a runtime counts what it committed, and nothing of a transaction that failed', async () => {
  const counts: Record<string, number> = {}
  const add = (name: string, n: number): void => {
    counts[name] = (counts[name] ?? 0) + n
  }
  const metrics: Metrics = {
    ...noMetrics,
    consumed: (topic, n) => {
      add(`consumed ${topic}`, n)
    },
    produced: (topic, n) => {
      add(`produced ${topic}`, n)
    },
    committed: (sub, partition, records) => {
      add(`committed ${sub} ${String(partition)}`, records)
    },
    stateEntries: (store, _partition, n) => {
      counts[`state ${store}`] = n
    },
    lag: (group, topic, _partition, records) => {
      counts[`lag ${group} ${topic}`] = records ?? -1
    },
  }
  let fails = false
  const runtime = log.open({
    metrics,
    atStep(step) {
      if (fails && step === 'COMMIT') throw new Error('no')
    },
  })
  await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs))
  await runtime.publish(exchangeTick, tradeOf('ETHUSDT', 90, startMs))
  await runtime.tick(startMs + 10_000)
  expect(counts).toMatchObject({
    'consumed exchange.tick': 2,
    'produced exchange.tick': 2,
    'committed all 0': 2,
    'lag sample.market exchange.tick': 0,
  })
  expect(Object.keys(counts).some((name) => name.startsWith('state '))).toBe(true)
  const before = { ...counts }
  fails = true
  await expect(runtime.publish(exchangeTick, tradeOf('BTCUSDT', 91, startMs))).rejects.toThrow()
  expect(counts).toEqual(before)
})
