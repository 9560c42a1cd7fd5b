// Verbs that look into a log, on a real broker and registry: what they show is what is committed, wherever it lies.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { MapRow } from '../../cli/map/rows.ts'
import { run } from '../../cli/run.ts'
import type { RegistryCodec } from '../../connectors/registry/registry-codec.ts'
import { desiredTopics } from '../../connectors/kafka/topic-settings.ts'
import type { Config } from '../../schemas/config.ts'
import {
  exchangeTick,
  executionResult,
  markState,
  safeModeCommand,
  safeModeState,
  topologyHeartbeat,
  tradeIntent,
} from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import { partitionOf } from '../../topologies/kernel/topic.ts'
import { trading } from '../../topologies/trading.ts'
import { onBench } from '../connectors/kafka/on-bench.ts'
import { needsBench } from '../kit/broker/needs.ts'
import {
  exchangeTickOf,
  heartbeatOf,
  markOf,
  safeModeOf,
  startMs,
  tradeIntentOf,
} from '../kit/records.ts'
import { mainFile, pinnedNode } from '../faults/running.ts'

const seeded = [exchangeTick, tradeIntent, markState, safeModeState, topologyHeartbeat]

describe('verbs on a broker', needsBench(), () => {
  const bench = onBench()
  let folder = ''
  let file = ''
  let config: Config
  let codec: RegistryCodec
  let prefix = ''
  const deleted = executionResult

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quantum-broker-verbs-'))
    file = join(folder, 'quantum.yaml')
    config = bench.freshConfig()
    const { kafka, registry, runtime } = config
    prefix = kafka.topic_prefix
    const { brokers, topic_prefix, market_partitions, account_partitions } = kafka
    const settings = {
      ...{ runtime, registry: { url: registry.url }, watch: { max_lag: 100 } },
      kafka: { brokers, topic_prefix, market_partitions, account_partitions },
    }
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(settings))
    codec = await bench.codec(config, seeded)
    await bench.client.admin.createTopics([
      ...desiredTopics(trading, config).map(({ name, partitions }) => ({
        ...{ name, partitions, replication: 1, configs: {} },
      })),
      { name: `${prefix}old.topic`, partitions: 1, replication: 1, configs: {} },
    ])
    await seed()
  })
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  /** Ten transactions of ticks, so that marks lie between records; then the rest in one. */
  async function seed(): Promise<void> {
    for (let i = 0; i < 10; i++)
      await commit(
        (i % 2 === 0 ? ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'] : ['BTCUSDT']).map((symbol, k) => [
          exchangeTick,
          exchangeTickOf({ symbol, last: 1 + i }),
          startMs + 10 * i + k,
        ]),
      )
    await commit([
      [tradeIntent, tradeIntentOf(), startMs],
      [markState, markOf({ symbol: 'BTCUSDT', price: 1 }), startMs],
      [markState, markOf({ symbol: 'ETHUSDT', price: 2 }), startMs + 1],
      [markState, markOf({ symbol: 'BTCUSDT', price: 3 }), startMs + 2],
      [safeModeState, safeModeOf({ active: false, reason: 'all is well' }), startMs],
      [topologyHeartbeat, heartbeatOf(), startMs],
    ])
  }

  async function commit(
    records: readonly (readonly [Topic, object, number])[],
    consumed?: { readonly group: string; readonly topic: Topic; readonly offset: number },
  ): Promise<void> {
    const producer = await bench.client.fence(`${prefix}seed`)
    const batches = records.map(([topic, value, atMs]) => {
      const key = topic.keyOf(value as never)
      const partition = partitionOf(topic.domain, key, topic.domain === 'ops' ? 1 : 2)
      const one = producer.batches(`${prefix}${topic.name}`, partition)
      one.add(atMs, key, codec.encode(topic.name, value))
      return one
    })
    const offsets =
      consumed === undefined
        ? null
        : {
            group: `${prefix}${consumed.group}`,
            offsets: [0, 1].map((partition) => ({
              ...{ topic: `${prefix}${consumed.topic.name}`, partition },
              offset: consumed.offset,
            })),
          }
    await producer.commit({ batches, offsets })
    await producer.dispose()
  }

  async function quantum(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
    let [out, err] = ['', '']
    const code = await run([...argv, '--config', file], {
      out: (text) => (out += `${text}\n`),
      err: (text) => (err += `${text}\n`),
      env: {},
      now: () => startMs + 1_000,
      isTty: false,
    })
    return { code, out, err }
  }
  const rowsOf = (text: string): { partition: number; offset: number; value: { last: number } }[] =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ReturnType<typeof rowsOf>[number])

  test('list: every topic of the prefix with its partitions and the time of its last record', async () => {
    const { out } = await quantum('topics', 'list', '--json')
    const rows = JSON.parse(out) as { topic: string; partitions: number; kind: string }[]
    expect(rows.find(({ topic }) => topic === 'exchange.tick')).toMatchObject({
      ...{ kind: 'event', partitions: 2, first: 0 },
      last_at: new Date(startMs + 90).toISOString(),
    })
    expect(rows.find(({ topic }) => topic === 'old.topic')).toMatchObject({ kind: 'undeclared' })
    const names = rows.map(({ topic }) => topic)
    expect(names).toEqual([...names].sort())
  })

  test('tail: the newest over all partitions, in order, though marks lie between them', async () => {
    const { out } = await quantum('topics', 'tail', 'exchange.tick', '--limit', '5')
    expect(rowsOf(out).map(({ value }) => value.last)).toEqual([8, 9, 9, 9, 10])
  })

  test('dump: from an offset on, at most so many', async () => {
    const all = rowsOf((await quantum('topics', 'dump', 'exchange.tick')).out)
    expect(all.length).toBe(20)
    expect(all.map(({ value }) => value.last)).toEqual(
      all.map(({ value }) => value.last).sort((a, b) => a - b),
    )
    const some = rowsOf(
      (await quantum('topics', 'dump', 'exchange.tick', '--from', '6', '--limit', '4')).out,
    )
    expect(some).toEqual(all.filter(({ offset }) => offset >= 6).slice(0, 4))
  })

  test('tail --follow: goes on with what is committed', async () => {
    const argv = ['topics', 'tail', 'mark.state', '--limit', '1', '--follow', '--config', file]
    const tail = spawn(pinnedNode, [mainFile, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void tail.kill('SIGKILL'))
    const lines = createInterface({ input: tail.stdout })[Symbol.asyncIterator]()
    const nextPrice = async (): Promise<number> => {
      const { value } = (await lines.next()) as { value: string }
      return (JSON.parse(value) as { value: { price: number } }).value.price
    }
    expect(await nextPrice()).toBe(3)
    for (const price of [100, 101, 102]) {
      const symbol = price === 101 ? 'ETHUSDT' : 'SOLUSDT'
      await commit([[markState, markOf({ symbol, price }), startMs + price]])
      expect(await nextPrice()).toBe(price)
    }
  })

  test('explain: finds an id and says what came of it', async () => {
    const { intent_id: id } = tradeIntentOf()
    const { code, out } = await quantum('explain', id)
    expect(code).toBe(0)
    expect(out).toContain(`${id} is the intent_id of trade.intent`)
    expect((await quantum('explain', 'no-such-id')).code).toBe(1)
  })

  test('safe-mode: a command of an operator waits until the group has read it', async () => {
    expect((await quantum('safe-mode', 'status')).out).toMatch(/^main: off since .*all is well/)
    expect((await quantum('safe-mode', 'on', '--reason', 'a look')).err).toContain(
      'quantum schemas register',
    )
    await bench.codec(config, [safeModeCommand])
    expect((await quantum('safe-mode', 'on', '--reason', 'a look')).code).toBe(0)
    expect((await quantum('safe-mode', 'status')).out).toMatch(
      /\nmain: ON requested at .*: a look; not processed yet\n$/,
    )
    await commit([], { group: 'trading.account', topic: safeModeCommand, offset: 1 })
    expect((await quantum('safe-mode', 'status')).out).not.toContain('requested')
  })

  test('map: says what is undeclared, missing and behind, with the evidence', async () => {
    await commit([], { group: 'trading.market', topic: exchangeTick, offset: 3 })
    const { code, out } = await quantum('map', '--json')
    expect(code).toBe(1)
    const rows = JSON.parse(out) as MapRow[]
    const row = (name: string) => rows.find((one) => one.name === name)
    expect(row('old.topic')).toMatchObject({ verdict: 'undeclared' })
    expect(row('connector.notes'), 'the runtime’s own').toBeUndefined()
    expect(row('exchange.tick')?.evidence).toContain(
      new Date(startMs + 90).toISOString().slice(0, 19),
    )
    const { out: text } = await quantum('lag', '--json')
    const lags = JSON.parse(text) as { group: string; topic: string; lag: number }[]
    const ofTicks = lags.filter(({ topic }) => topic === 'exchange.tick')
    expect(ofTicks.map(({ group }) => group)).toEqual(['trading.market', 'trading.market'])
    expect(Math.max(...ofTicks.map(({ lag }) => lag))).toBeGreaterThan(5)
  })

  test('a schema that this program does not have is read with the registry’s help', async () => {
    const later = codec.writerSchema(markState.name)
    const schema = JSON.parse(later.text) as { fields: object[] }
    const field = { name: 'later', type: ['null', 'string'], default: null, doc: 'Of tomorrow.' }
    const text = JSON.stringify({ ...schema, fields: [...schema.fields, field] })
    const answer = await fetch(
      `${config.registry.url}/subjects/${prefix}mark.state-value/versions`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify({ schema: text }),
      },
    )
    const { id } = (await answer.json()) as { id: number }
    const bytes = Buffer.concat([
      codec.encode(markState.name, markOf({ symbol: 'BTCUSDT', price: 77 })),
      Buffer.from([0]),
    ])
    bytes.writeInt32BE(id, 1)
    const producer = await bench.client.plainProducer()
    const batches = producer.batches(`${prefix}mark.state`, 0)
    batches.add(startMs + 1_000, 'BTCUSDT', bytes)
    await producer.send([batches])
    await producer.dispose()
    const [row] = rowsOf((await quantum('topics', 'tail', 'mark.state', '--limit', '1')).out)
    expect(row?.value).toMatchObject({ symbol: 'BTCUSDT', price: 77 })
    expect(row?.value).not.toHaveProperty('later')
  })

  test('a topic that is gone is named, and so are brokers and a registry that are', async () => {
    await bench.client.admin.deleteTopics([`${prefix}${deleted.name}`])
    const gone = await quantum('topics', 'dump', deleted.name)
    expect(gone).toMatchObject({ code: 3, out: '' })
    expect(gone.err).toContain(`expected the topic ${prefix}${deleted.name}, was none`)
    expect(gone.err.trimEnd().split('\n').length).toBe(1)
    const away = await quantum('map', '--brokers', '127.0.0.1:1')
    expect(away).toMatchObject({ code: 3, out: '' })
    expect(away.err).toContain('127.0.0.1:1')
    const dumb = await quantum('topics', 'tail', 'trade.intent', '--registry', 'http://127.0.0.1:9')
    expect(dumb).toMatchObject({ code: 3, out: '' })
    expect(dumb.err).toContain('http://127.0.0.1:9')
  })
})
