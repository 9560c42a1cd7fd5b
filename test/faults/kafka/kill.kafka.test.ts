// kill -9 of processes that share the work, between every pair of steps and of requests of a transaction, again and again.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Step } from '../../../connectors/kafka/task-context.ts'
import { needsFaults, needsPython } from '../../kit/broker/needs.ts'
import { sharedBench } from '../../kit/broker/shared-bench.ts'
import { startBroker } from '../../kit/broker/start-broker.ts'
import type { Broker } from '../../kit/broker/start-broker.ts'
import { apiKeys } from '../../kit/broker/start-proxy.ts'
import { openArena } from './arena.ts'
import type { Arena } from './arena.ts'

/** A death at the n-th step of a kind, or before (`request`) or after (`answer`) the broker has done the n-th of a request. */
type Death =
  | { readonly step: Step; readonly nth: number }
  | { readonly key: keyof typeof apiKeys; readonly at: 'request' | 'answer'; readonly nth: number }

const stepDeaths: readonly Death[] = (
  [
    ...[['BEGIN', 1] as const, ['READ', 1] as const, ['PROCESSED', 1] as const],
    ...[['COMMIT', 1] as const, ['COMMITTED', 1] as const, ['BEGIN', 6] as const],
    ...[['READ', 40] as const, ['PROCESSED', 41] as const, ['COMMIT', 6] as const],
    ...[['COMMITTED', 6] as const, ['READ', 150] as const, ['COMMIT', 20] as const],
  ] as const
).map(([step, nth]) => ({ step, nth }))

const requestDeaths: readonly Death[] = (
  [
    ...['initProducerId', 'addPartitionsToTxn', 'addOffsetsToTxn'],
    ...['produce', 'txnOffsetCommit', 'endTxn'],
  ] as (keyof typeof apiKeys)[]
).flatMap((key, i) =>
  (['request', 'answer'] as const).map((at, j) => ({ key, at, nth: 1 + ((5 * i + 3 * j) % 7) })),
)

const takeOvers = 8

describe('kill -9', { ...needsFaults(), ...needsPython() }, () => {
  let broker: Broker
  beforeAll(async () => {
    broker = await startBroker({ proxies: 2 })
  })
  afterAll(() => broker.stop())

  /** A process lives in its slot until it dies as it was told. */
  const live = async (arena: Arena, slot: 0 | 1, death: Death, instance: string): Promise<void> => {
    const proxy = broker.proxies[slot]!
    const what = JSON.stringify(death)
    const end = 'step' in death ? death : null
    const child = await arena.start(`slot${slot}`, {
      kafka: { brokers: [proxy.address], instance },
      connects: slot === 0,
      end,
    })
    if ('key' in death)
      await proxy.lose({
        ...{ apiKey: apiKeys[death.key], at: death.at, after: death.nth - 1 },
        meanwhile: () => child.kill(),
      })
    await child.over(`a death at ${what}`, 90_000)
    const failed = child.lines().find(({ level }) => level >= 60)
    expect(failed, `what it said before its death at ${what}`).toBeUndefined()
  }

  test(
    'at every step and every request of a transaction, a restart takes over',
    { timeout: 300_000 },
    async () => {
      const arena = await openArena({
        ...{ brokers: broker.brokers, registryUrl: sharedBench().registryUrl },
      })
      arena.feed.go(200)
      let deaths = 0
      let isOver = false
      const die = async (slot: 0 | 1): Promise<void> => {
        const plan = [...stepDeaths, ...requestDeaths]
        // The other one dies of the same, in another order.
        const own = slot === 0 ? plan : plan.toReversed()
        for (const death of own) {
          await live(arena, slot, death, `slot${slot}`)
          deaths++
        }
      }
      const watch = async (): Promise<void> => {
        while (!isOver) {
          await arena.sound(`after ${deaths} deaths`)
          await sleep(1_000)
        }
      }
      const dying = Promise.all([die(0), die(1)]).finally(() => {
        isOver = true
      })
      await Promise.all([dying, watch()])
      await arena.up('slot0', { connects: true })
      await arena.up('slot1')
      const { ticks } = await arena.settled(`after ${deaths} deaths`)
      console.log(`kill -9 and restart: ${deaths} deaths, ${ticks} inputs, 0 lost, 0 twice`)
    },
  )

  test('the other process takes over, with and without warning', { timeout: 240_000 }, async () => {
    const arena = await openArena({
      ...{ brokers: broker.brokers, registryUrl: sharedBench().registryUrl },
      kafka: { session_timeout_ms: 1_500 },
    })
    arena.feed.go(200)
    let survivor = await arena.up('first', { kafka: { instance: '' } })
    for (let round = 0; round < takeOvers; round++) {
      // Survivors change: whoever has taken over dies next.
      const dying = survivor
      survivor = await arena.up(`round${round}`, { kafka: { instance: '' } })
      await sleep(200)
      await dying.kill()
      for (const [group, count] of [
        ['faulty.market', 4],
        ['faulty.account', 2],
      ] as const)
        await survivor.said(
          (line) => line.group?.endsWith(group) === true && line.partitions?.length === count,
          `all partitions of ${group}`,
        )
      await arena.sound(`after take-over ${round + 1}`)
    }
    await arena.up('gateway', { run: [], connects: true })
    const { ticks } = await arena.settled(`after ${takeOvers} take-overs`)
    console.log(`kill -9 and take-over: ${takeOvers} deaths, ${ticks} inputs, 0 lost, 0 twice`)
  })
})
