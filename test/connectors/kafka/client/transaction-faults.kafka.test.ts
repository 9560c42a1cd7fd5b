// What becomes of a transaction when an answer is lost, a connection is cut or the broker dies, at each of its steps. After
// all of them the rule is the same: dispose, fence, read what is committed, go on.
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KafkaClient } from '../../../../connectors/kafka/client/port.ts'
import { needsFaults } from '../../../kit/broker/needs.ts'
import { soundAtRestart } from '../../../kit/broker/maven.ts'
import { startBroker } from '../../../kit/broker/start-broker.ts'
import type { Broker } from '../../../kit/broker/start-broker.ts'
import { apiKeys } from '../../../kit/broker/start-proxy.ts'
import { clientsOfFile, commitValues, committedValues, makeTopic } from './clients.ts'

const steps = ['addPartitionsToTxn', 'addOffsetsToTxn', 'produce', 'txnOffsetCommit'] as const

describe('a transaction that is disturbed', needsFaults(), () => {
  const clients = clientsOfFile()
  let broker: Broker
  /** Through the proxy, and around it. */
  let client: KafkaClient
  let outside: KafkaClient
  let runs = 0
  beforeAll(async () => {
    broker = await startBroker({ proxies: 1, version: soundAtRestart })
    // A commit may take a third of it.
    const kafka = { transaction_timeout_ms: 6_000, request_timeout_ms: 5_000 }
    client = clients.ours([proxy().address], kafka)
    outside = clients.ours(broker.brokers)
  })
  afterAll(() => broker.stop())

  const proxy = () => broker.proxies[0]!

  /** A topic, a group and a transactional id of one test, with one transaction committed. */
  const begun = async () => {
    runs += 1
    const id = `run${runs}`
    const topic = await makeTopic(outside, id)
    const producer = await client.fence(id)
    await commitValues(producer, topic, ['before'], { group: id, offset: 1 })
    return { id, topic, producer }
  }

  const committedOffset = async (id: string) =>
    (await outside.admin.committed(id, [{ topic: id, partition: 0 }]))[0]?.offset

  test.for(steps.flatMap((step) => [[step, 'request'] as const, [step, 'answer'] as const]))(
    'is not committed when the connection is cut at %s (%s), and the next one is',
    async ([step, at]) => {
      const { id, topic, producer } = await begun()
      const lost = proxy().lose({ apiKey: apiKeys[step], at })
      await expect(
        commitValues(producer, topic, ['lost'], { group: id, offset: 2 }),
      ).rejects.toMatchObject({ name: 'KafkaError', fault: 'FAILED' })
      await lost
      await producer.dispose()
      const next = await client.fence(id)
      expect(await committedOffset(id)).toBe(1)
      await commitValues(next, topic, ['after'], { group: id, offset: 2 })
      expect(await committedValues(outside, topic)).toEqual(['before', 'after'])
      expect(await committedOffset(id)).toBe(2)
      await next.dispose()
    },
  )

  test.for(['request', 'answer'] as const)(
    'has an unknown outcome when the connection is cut at its end (%s), and the next fence tells it',
    async (at) => {
      const { id, topic, producer } = await begun()
      const lost = proxy().lose({ apiKey: apiKeys.endTxn, at })
      await expect(
        commitValues(producer, topic, ['in doubt'], { group: id, offset: 2 }),
      ).rejects.toMatchObject({ fault: 'UNKNOWN_OUTCOME' })
      await lost
      await expect(commitValues(producer, topic, ['again'])).rejects.toMatchObject({
        fault: 'FAILED',
      })
      const next = await client.fence(id)
      const isCommitted = at === 'answer'
      expect(await committedOffset(id)).toBe(isCommitted ? 2 : 1)
      await producer.dispose()
      await commitValues(next, topic, ['after'], { group: id, offset: 3 })
      expect(await committedValues(outside, topic)).toEqual([
        'before',
        ...(isCommitted ? ['in doubt'] : []),
        'after',
      ])
      await next.dispose()
    },
  )

  test.for(['produce', 'endTxn'] as const)(
    'ends within its time limit when %s is never answered and the connection stays open',
    async (step) => {
      const { id, topic, producer } = await begun()
      const lost = proxy().lose({ apiKey: apiKeys[step], then: 'silence' })
      const beginMs = performance.now()
      await expect(
        commitValues(producer, topic, ['silence'], { group: id, offset: 2 }),
      ).rejects.toMatchObject({ fault: step === 'endTxn' ? 'UNKNOWN_OUTCOME' : 'FAILED' })
      expect(performance.now() - beginMs).toBeLessThan(4_000)
      await lost
      await producer.dispose()
      const next = await client.fence(id)
      await commitValues(next, topic, ['after'], { group: id, offset: 3 })
      expect(await committedValues(outside, topic)).toEqual([
        'before',
        ...(step === 'endTxn' ? ['silence'] : []),
        'after',
      ])
      await next.dispose()
    },
  )

  test('fault C: a lost answer to Produce costs no later record; the stock library loses one', async () => {
    const { id, topic, producer } = await begun()
    await commitValues(producer, topic, ['m1'])
    const lost = proxy().lose({ apiKey: apiKeys.produce })
    await expect(commitValues(producer, topic, ['m2'])).rejects.toMatchObject({ fault: 'FAILED' })
    await lost
    await expect(commitValues(producer, topic, ['m3'])).rejects.toMatchObject({ fault: 'FAILED' })
    await producer.dispose()
    const next = await client.fence(id)
    await commitValues(next, topic, ['m3'])
    expect(await committedValues(outside, topic)).toEqual(['before', 'm1', 'm3'])
    await next.dispose()

    const stockTopic = await makeTopic(outside, `${id}-stock`)
    const stock = clients.stock([proxy().address]).producer({
      transactionalId: `${id}-stock`,
      retry: { retries: 0 },
    })
    await stock.connect()
    const send = async (values: readonly string[]) => {
      const transaction = await stock.transaction()
      try {
        for (const value of values)
          await transaction.send({ topic: stockTopic, messages: [{ value, partition: 0 }] })
        await transaction.commit()
      } catch {
        await transaction.abort()
      }
    }
    const withPatience = async (values: readonly string[]) => {
      // Without retries the library fails at the transaction before that is not quite over.
      const seen = await committedValues(outside, stockTopic)
      await send(values)
      return seen
    }
    await withPatience(['m0'])
    await withPatience(['m1'])
    const stockLost = proxy().lose({ apiKey: apiKeys.produce, after: 1 })
    await withPatience(['m2a', 'm2b'])
    await stockLost
    await withPatience(['m3'])
    expect(await committedValues(outside, stockTopic)).toEqual(['m0', 'm1'])
    await stock.disconnect()
  })

  test('goes through after its idle connections were cut', async () => {
    const { topic, producer } = await begun()
    proxy().cut()
    // Until the end of the connections has been seen.
    await wait(50)
    await commitValues(producer, topic, ['after'])
    expect(await committedValues(outside, topic)).toEqual(['before', 'after'])
    await producer.dispose()
  })

  test('does not wait for another task whose answer does not come', async () => {
    const slow = await begun()
    const quick = await begun()
    const lost = proxy().lose({ apiKey: apiKeys.produce, then: 'silence' })
    const slowCommit = commitValues(slow.producer, slow.topic, ['slow']).catch(String)
    await lost
    const beginMs = performance.now()
    await commitValues(quick.producer, quick.topic, ['quick'])
    expect(performance.now() - beginMs).toBeLessThan(1_000)
    expect(await slowCommit).toContain('KafkaError')
    await slow.producer.dispose()
    await quick.producer.dispose()
  })

  test('a fence goes through although its own answer and those before it are lost', async () => {
    for (const apiKey of [apiKeys.metadata, apiKeys.findCoordinator, apiKeys.initProducerId]) {
      const lost = proxy().lose({ apiKey })
      const producer = await client.fence(`lost${apiKey}`)
      if (apiKey !== apiKeys.metadata) await lost
      await producer.dispose()
      if (apiKey === apiKeys.metadata) {
        await client.admin.topics()
        await lost
      }
    }
  })

  test('dispose aborts what is open, takes about a second at most and never rejects', async () => {
    const { topic, producer } = await begun()
    broker.pause()
    const commit = commitValues(producer, topic, ['paused']).catch(String)
    const beginMs = performance.now()
    await producer.dispose()
    expect(performance.now() - beginMs).toBeLessThan(1_500)
    broker.resume()
    expect(await commit).toContain('KafkaError')
  })

  test.for(['addPartitionsToTxn', 'produce', 'txnOffsetCommit', 'endTxn'] as const)(
    'happens once or not at all when the broker is killed at %s and comes back on its port',
    async (step) => {
      const { id, topic, producer } = await begun()
      const lost = proxy().lose({
        apiKey: apiKeys[step],
        at: 'request',
        meanwhile: () => broker.kill(),
      })
      await expect(
        commitValues(producer, topic, ['killed'], { group: id, offset: 2 }),
      ).rejects.toMatchObject({ fault: step === 'endTxn' ? 'UNKNOWN_OUTCOME' : 'FAILED' })
      await lost
      await producer.dispose()
      await broker.restart()
      const next = await client.fence(id)
      expect(await committedOffset(id)).toBe(1)
      await commitValues(next, topic, ['after'], { group: id, offset: 2 })
      expect(await committedValues(outside, topic)).toEqual(['before', 'after'])
      await next.dispose()
    },
  )
})
