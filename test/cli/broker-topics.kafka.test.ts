// quantum topics plan and apply, and dead letters, against a real broker and registry, as a new system meets them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../../cli/run.ts'
import { replayRefusal } from '../../connectors/dead-letters.ts'
import { connectorNotes, deadLetter, orderReport, topics } from '../../schemas/topics.ts'
import type { DeadLetter } from '../../schemas/types.gen.ts'
import type { Config } from '../../schemas/config.ts'
import { onBench } from '../connectors/kafka/on-bench.ts'
import { needsBench } from '../kit/broker/needs.ts'
import { orderReportOf } from '../kit/records.ts'

describe('a new system on a broker', needsBench(), () => {
  const bench = onBench()
  let folder = ''
  let file = ''
  let config: Config
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quantum-topics-'))
    file = join(folder, 'quantum.yaml')
    config = bench.freshConfig()
    const { kafka, registry, runtime } = config
    const { brokers, topic_prefix, market_partitions, account_partitions } = kafka
    const settings = {
      runtime,
      kafka: { brokers, topic_prefix, market_partitions, account_partitions },
      registry: { url: registry.url },
    }
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(settings))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  async function quantum(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
    let [out, err] = ['', '']
    const code = await run([...argv, '--config', file], {
      out: (text) => (out += `${text}\n`),
      err: (text) => (err += `${text}\n`),
      env: {},
      now: Date.now,
      isTty: false,
    })
    return { code, out, err }
  }

  // More than sixty schemas are registered, which takes a slow registry its time.
  test(
    'needs its schemas first, then its topics, and then nothing',
    { timeout: 180_000 },
    async () => {
      const early = await quantum('topics', 'apply')
      expect(early.code).toBe(3)
      expect(early.err).toContain('quantum schemas register')
      expect(await bench.client.admin.topics([`${config.kafka.topic_prefix}market.bar`])).toEqual(
        [],
      )

      await bench.codec(config)
      const plan = await quantum('topics', 'plan')
      expect(plan.code).toBe(1)
      expect(plan.out).toMatch(/create {3}\S+market\.bar: 2 partitions, 1 replicas, delete/)
      expect(plan.out).toContain('the id of the log')

      const applied = await quantum('topics', 'apply')
      expect(applied.out).toContain('the topics are what the topology needs')
      expect(applied.code).toBe(0)
      const after = await quantum('topics', 'plan', '--json')
      expect(after.code).toBe(0)
      expect(JSON.parse(after.out)).toEqual({
        in_sync: true,
        differences: [],
        undeclared: [],
        has_log_id: true,
      })
    },
  )

  test('lists its dead letters and puts one back, once', async () => {
    const { topic_prefix: prefix } = config.kafka
    const codec = await bench.codec(
      config,
      topics.filter(
        (topic) =>
          [deadLetter, connectorNotes].includes(topic as never) || replayRefusal(topic) === null,
      ),
    )
    await bench.client.admin.createTopics(
      [deadLetter, connectorNotes, orderReport].map(({ name, domain }) => ({
        ...{ name: `${prefix}${name}`, partitions: domain === 'ops' ? 1 : 2 },
        ...{ replication: 1, configs: {} },
      })),
    )
    expect((await quantum('dead-letters', 'list')).out).toBe('no dead letters\n')
    const report = orderReportOf()
    const letter: DeadLetter = {
      topic: orderReport.name,
      partition: 0,
      offset: 4,
      key: orderReport.keyOf(report),
      processor: 'trading.account',
      cause: 'UNKNOWN_SCHEMA',
      detail: 'nobody knew it',
      payload_encoding: 'BASE64',
      payload: codec.encode(orderReport.name, report).toString('base64'),
      at_ms: Date.now(),
    }
    const producer = await bench.client.plainProducer()
    const batches = producer.batches(`${prefix}${deadLetter.name}`, 0)
    batches.add(letter.at_ms, letter.topic, codec.encode(deadLetter.name, letter))
    await producer.send([batches])
    await producer.dispose()

    expect((await quantum('dead-letters', 'list')).out).toContain('1 dead letters, 1 shown')
    expect((await quantum('dead-letters', 'show', '0')).out).toContain(
      '"venue_trade_id": "trade-1"',
    )
    const first = await quantum('dead-letters', 'replay', '--all')
    expect(first).toMatchObject({ code: 0 })
    expect(first.out).toContain('1 put back, 0 were before, 0 refused')
    expect((await quantum('dead-letters', 'replay', '--all')).out).toContain(
      '0 put back, 1 were before',
    )
    expect((await quantum('topics', 'dump', orderReport.name)).out).toContain('trade-1')
  })
})
