// Safe mode is no dam: what it refuses is taken in and answered at once, so that nothing waits behind it however much comes.
// The system that this one replaces had 67,448 intents waiting when its safe mode ended.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PlainProducer } from '../../connectors/kafka/client/port.ts'
import type { Lag } from '../../connectors/runtime.ts'
import type { RegistryCodec } from '../../connectors/registry/registry-codec.ts'
import { executionResult, safeModeState, tradeIntent } from '../../schemas/topics.ts'
import { onBench } from '../connectors/kafka/on-bench.ts'
import { start } from '../faults/running.ts'
import type { Running } from '../faults/running.ts'
import { needsBench } from '../kit/broker/needs.ts'
import { tradeIntentOf } from '../kit/records.ts'
import { openProduct, patienceMs, terminate, until } from './product.ts'
import type { Product } from './product.ts'
import { recordedBy } from './recorded.ts'

const symbols = ['BTCUSDT', 'ETHUSDT'] as const

/** The market is twenty times as busy as the demo's, and an intent comes where there would be a few a minute. */
const ticksPerSecond = 1_200
const everyMs = 100
const intentsAtOnce = 50
const bursts = 150

/** What comes within four seconds. Without an answer to any of them it would be far more in the end. */
const mostBehind = 4 * ticksPerSecond

describe('safe mode on a broker', needsBench(), () => {
  const bench = onBench()
  let product: Product
  let codec: RegistryCodec
  let producer: PlainProducer
  beforeAll(async () => {
    const config = bench.freshConfig()
    product = await openProduct(config.kafka.topic_prefix)
    codec = await bench.codec(config)
    producer = await bench.client.plainProducer()
  })
  afterAll(async () => {
    await producer.dispose()
    await product.reader.close()
  })

  const flood = async (ids: readonly string[]): Promise<void> => {
    const nowMs = Date.now()
    const batch = producer.batches(`${product.prefix}${tradeIntent.name}`, 0)
    ids.forEach((intent_id, i) => {
      const times = { created_at_ms: nowMs, expires_at_ms: nowMs + 10_000, tick_at_ms: nowMs }
      const value = tradeIntentOf({ intent_id, symbol: symbols[i % 2]!, ...times })
      batch.add(nowMs, tradeIntent.keyOf(value), codec.encode(tradeIntent.name, value))
    })
    await producer.send([batch])
  }

  const safeModeIsOn = async (up: Running): Promise<void> => {
    await until('a state of safe mode', [up], async () => {
      return (await product.reader.latest(safeModeState)).length > 0
    })
    expect((await product.quantum('safe-mode', 'on', '--reason', 'a test')).code).toBe(0)
    await until('safe mode', [up], async () => {
      const [state] = await product.reader.latest(safeModeState)
      return (state?.value as { active: boolean } | undefined)?.active === true
    })
  }

  test(
    'keeps the lag bounded while everything comes at once, and answers every intent once',
    async () => {
      expect((await product.quantum('topics', 'apply')).code).toBe(0)
      const load = { QUANTUM__MARKET__TICKS_PER_SECOND: String(ticksPerSecond) }
      const up = start(['up', '--json'], { env: { ...product.environment, ...load } })
      await safeModeIsOn(up)

      const sent: string[] = []
      const seen: Lag[] = []
      for (let burst = 0; burst < bursts; burst++) {
        const ids = Array.from({ length: intentsAtOnce }, (_, i) => `flood-${burst}-${i}`)
        await flood(ids)
        sent.push(...ids)
        if (burst % 10 === 9) seen.push(...(await product.reader.lag(Date.now())))
        await sleep(everyMs)
      }
      expect(seen.filter(({ known }) => !known)).toEqual([])
      expect(seen.filter(({ lag }) => lag > mostBehind)).toEqual([])

      const waiting = async (): Promise<readonly Lag[]> =>
        (await product.reader.lag(Date.now())).filter(
          ({ group, topic, lag }) =>
            group === 'trading.account' && topic === tradeIntent.name && lag > 0,
        )
      await until('no intent that waits', [up], async () => (await waiting()).length === 0, waiting)
      await terminate(up)

      const isFlood = new Set(sent)
      const results = (await recordedBy(product.reader, [executionResult]))
        .of(executionResult)
        .filter(({ subject_id }) => isFlood.has(subject_id))
      expect(results.length).toBe(sent.length)
      expect(new Set(results.map(({ subject_id }) => subject_id)).size).toBe(sent.length)
      expect(results.filter(({ status }) => status !== 'REFUSED')).toEqual([])
      expect([...new Set(results.map(({ gate }) => gate))]).toEqual(['SAFE_MODE'])
    },
    4 * patienceMs,
  )
})
