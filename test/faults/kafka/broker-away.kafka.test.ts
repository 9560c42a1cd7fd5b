// The broker dies, and comes back with what it had; or stands still for longer than anybody waits for an answer. Processes
// wait for it, however long, and go on by themselves.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needsFaults, needsPython } from '../../kit/broker/needs.ts'
import { soundAtRestart } from '../../kit/broker/maven.ts'
import { sharedBench } from '../../kit/broker/shared-bench.ts'
import { startBroker } from '../../kit/broker/start-broker.ts'
import type { Broker } from '../../kit/broker/start-broker.ts'
import { openArena } from './arena.ts'

const kills = 4
const pauses = 2

/** Waits of the processes for an answer, and the broker's for them: it is away for longer than both. */
const requestTimeoutMs = 2_000
const pauseMs = 4_500

describe('a broker that is away', { ...needsFaults(), ...needsPython() }, () => {
  let broker: Broker
  beforeAll(async () => {
    broker = await startBroker({ version: soundAtRestart })
  })
  afterAll(() => broker.stop())

  test('costs time and nothing else', { timeout: 300_000 }, async () => {
    const arena = await openArena({
      ...{ brokers: broker.brokers, registryUrl: sharedBench().registryUrl },
      kafka: {
        ...{ session_timeout_ms: 3_000, request_timeout_ms: requestTimeoutMs },
        transaction_timeout_ms: 10_000,
      },
    })
    const children = [
      await arena.up('one', { connects: true }),
      await arena.up('two', { kafka: { instance: '' } }),
    ]
    arena.feed.go(300)
    await arena.flows(100)
    for (let round = 1; round <= kills; round++) {
      await broker.kill()
      await sleep(400 * (round - 1))
      await broker.restart()
      await arena.flows(100, 60_000)
      await arena.sound(`after kill ${round} of the broker`)
    }
    for (let round = 1; round <= pauses; round++) {
      broker.pause()
      await sleep(pauseMs)
      broker.resume()
      await arena.flows(100, 60_000)
      await arena.sound(`after pause ${round} of the broker`)
    }
    const { ticks } = await arena.settled(`after ${kills} kills and ${pauses} pauses of the broker`)
    const stopped = children.flatMap((child) => child.lines().filter(({ level }) => level >= 60))
    expect([stopped, children.every(({ running }) => running)]).toEqual([[], true])
    const { promised, unclear } = arena.feed
    console.log(
      `broker: ${kills} kills, ${pauses} pauses of ${pauseMs} ms, ${ticks} inputs (${promised.size} promised, ${unclear.size} left unclear to their writer), 0 lost, 0 twice`,
    )
  })
})
