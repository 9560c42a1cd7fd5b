// Answers that are lost on their way, connections that are cut: at every request of a transaction, of tasks and of connectors.
// Whether it was committed only the log knows then, and the log is asked.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needsFaults, needsPython } from '../../kit/broker/needs.ts'
import { sharedBench } from '../../kit/broker/shared-bench.ts'
import { startBroker } from '../../kit/broker/start-broker.ts'
import type { Broker } from '../../kit/broker/start-broker.ts'
import { apiKeys } from '../../kit/broker/start-proxy.ts'
import type { Meddling } from '../../kit/broker/start-proxy.ts'
import { openArena } from './arena.ts'

const transactional = [
  apiKeys.addPartitionsToTxn,
  apiKeys.addOffsetsToTxn,
  apiKeys.produce,
  apiKeys.txnOffsetCommit,
  apiKeys.endTxn,
]

/** At the end of a transaction more often than elsewhere: there alone nobody knows what has become of it. */
const losses: readonly Meddling[] = [
  ...[...transactional, apiKeys.endTxn, apiKeys.endTxn].flatMap((apiKey, i) => [
    { apiKey, at: 'request', after: i } as const,
    { apiKey, at: 'answer', after: 2 * i } as const,
    { apiKey, at: 'answer', after: i % 3 } as const,
  ]),
  ...[apiKeys.produce, apiKeys.txnOffsetCommit, apiKeys.endTxn].map(
    (apiKey) => ({ apiKey, at: 'answer', then: 'silence' }) as const,
  ),
  ...[apiKeys.fetch, apiKeys.heartbeat, apiKeys.listOffsets].map((apiKey) => ({ apiKey }) as const),
]

/** What a task asks for when it is taken over, lost on top of a lost end. */
const takeOverKeys = [apiKeys.initProducerId, apiKeys.offsetFetch, apiKeys.listOffsets]

const cuts = 6

describe('a lost answer', { ...needsFaults(), ...needsPython() }, () => {
  let broker: Broker
  beforeAll(async () => {
    broker = await startBroker({ proxies: 1 })
  })
  afterAll(() => broker.stop())

  const arenaOf = () =>
    openArena({
      ...{ brokers: broker.brokers, registryUrl: sharedBench().registryUrl },
      kafka: { session_timeout_ms: 10_000, transaction_timeout_ms: 6_000 },
    })

  test('is found out about, at every request', { timeout: 240_000 }, async () => {
    const arena = await arenaOf()
    const proxy = broker.proxies[0]!
    const worker = await arena.up('worker', {
      ...{ kafka: { brokers: [proxy.address] }, connects: true },
    })
    arena.feed.go(300)
    for (const loss of losses) await proxy.lose(loss)
    await arena.sound(`after ${losses.length} losses`)
    for (const apiKey of takeOverKeys)
      await Promise.all([proxy.lose({ apiKey: apiKeys.endTxn }), proxy.lose({ apiKey })])
    for (let i = 0; i < cuts; i++) {
      proxy.cut()
      await sleep(300)
    }
    const count = losses.length + 2 * takeOverKeys.length
    const { ticks, reports } = await arena.settled(`after ${count} losses and ${cuts} cuts`)
    expect(worker.running).toBe(true)
    const unclear = worker.lines().filter(({ err }) => err?.fault === 'UNKNOWN_OUTCOME').length
    expect(unclear).toBeGreaterThan(0)
    console.log(
      `lost answers: ${count} lost, ${cuts} cuts of everything, ${unclear} unknown outcomes, ${ticks} inputs, ${reports} connector writes, 0 lost, 0 twice`,
    )
  })

  test(
    'or a stranger’s fence does not stop the connector, a second connector does',
    { timeout: 120_000 },
    async () => {
      const arena = await arenaOf()
      await arena.up('worker')
      const first = await arena.up('first', { run: [], connects: true })
      arena.feed.go(200)
      await arena.flows(50)
      for (let i = 0; i < 3; i++) {
        const stranger = await arena.client.fence(`${arena.prefix}faulty.connectors`)
        await stranger.dispose()
        await arena.flows(50)
      }
      expect(first.running).toBe(true)

      const second = await arena.up('second', { run: [], connects: true })
      await first.over('the end of the first connector')
      const last = first.lines().at(-1)
      expect(last?.err?.message).toContain('another process')
      await arena.flows(50)
      const { reports } = await arena.settled('after two connectors')
      expect(second.running).toBe(true)
      console.log(`connectors: 3 fences, 1 successor, ${reports} writes, 0 lost, 0 twice`)
    },
  )
})
