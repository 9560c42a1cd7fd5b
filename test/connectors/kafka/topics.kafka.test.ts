// Topics on a real broker: made as the topology needs them, compared, repaired, refused.
import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../../connectors/kafka/client/kafka-error.ts'
import { readLogId } from '../../../connectors/kafka/log-id.ts'
import { applyTopics, assertTopics, reportTopics } from '../../../connectors/kafka/topic-apply.ts'
import type { Applied } from '../../../connectors/kafka/topic-apply.ts'
import type { Config } from '../../../schemas/config.ts'
import { connectorNotes } from '../../../schemas/topics.ts'
import type { Topology } from '../../../topologies/kernel/topology.ts'
import { trading } from '../../../topologies/trading.ts'
import { needsBench } from '../../kit/broker/needs.ts'
import { sample } from '../../runtimes/sample.ts'
import { onBench } from './on-bench.ts'

describe('topics on a broker', needsBench(), () => {
  const bench = onBench()

  const apply = (config: Config, topology: Topology = sample): Promise<Applied> =>
    applyTopics({
      client: bench.client,
      openCodec: () => bench.codec(config, [connectorNotes]),
      topology,
      config,
      nowMs: Date.now,
    })
  const differences = async (config: Config): Promise<string[]> =>
    (await reportTopics(bench.client, sample, config)).differences.map(
      ({ topic, item, action }) =>
        `${topic.slice(config.kafka.topic_prefix.length)}: ${item}: ${action}`,
    )
  const refusal = (config: Config): Promise<unknown> =>
    assertTopics(bench.client, sample, config).then(
      (harmless) => harmless,
      (error: unknown) => error,
    )

  test('the whole system’s are made at once, and then there is nothing to do', async () => {
    const config = bench.freshConfig()
    const { created, log_id, report } = await apply(config, trading)
    expect(created.length).toBeGreaterThan(60)
    expect(log_id).not.toBeNull()
    expect(report).toEqual({ differences: [], undeclared: [], has_log_id: true })
    expect(await assertTopics(bench.client, trading, config)).toEqual([])
    const again = await apply(config, trading)
    expect(again).toMatchObject({ created: [], changed: [], log_id: null })
  })

  test('are what was asked for, on a broker of either make', async () => {
    const config = bench.freshConfig({ market_partitions: 3 })
    await apply(config)
    const { topic_prefix: prefix } = config.kafka
    const names = ['mark.state', 'account.checkpoint', 'dead.letter'].map((n) => prefix + n)
    const found = await bench.client.admin.topics(names)
    expect(found.map(({ partitions }) => partitions).sort()).toEqual([1, 2, 3])
    const settings = await bench.client.admin.configs(`${prefix}mark.state`)
    expect(settings.get('cleanup.policy')?.value).toBe('compact')
    expect(settings.get('delete.retention.ms')?.value).toBe('604800000')
    // Apache Kafka does not know it; in Redpanda it must be off.
    expect(['false', 'disabled']).toContain(settings.get('write.caching')?.value ?? 'false')
  })

  test('show each kind of difference, and apply repairs what it may', async () => {
    const config = bench.freshConfig()
    const prefix = config.kafka.topic_prefix
    const { admin } = bench.client
    await admin.createTopics([
      { name: `${prefix}market.bar`, partitions: 3, replication: 1, configs: {} },
      { name: `${prefix}left.over`, partitions: 1, replication: 1, configs: {} },
    ])
    await apply(config)
    await admin.setConfigs(`${prefix}mark.state`, { 'cleanup.policy': 'delete' })
    await admin.setConfigs(`${prefix}exchange.tick`, { 'retention.ms': '1000' })
    await admin.setConfigs(`${prefix}dead.letter`, { 'retention.ms': '-1' })
    await admin.deleteTopics([`${prefix}safe_mode.state`])

    expect((await differences(config)).sort()).toEqual([
      'dead.letter: retention.ms: keep',
      'exchange.tick: retention.ms: set',
      'mark.state: cleanup.policy: set',
      'market.bar: partitions: by-hand',
      'safe_mode.state: topic: create',
    ])
    const { report } = await apply(config)
    expect(report.undeclared).toEqual([`${prefix}left.over`])
    expect(await differences(config)).toEqual([
      'market.bar: partitions: by-hand',
      'dead.letter: retention.ms: keep',
    ])
    const kept = await admin.configs(`${prefix}mark.state`)
    expect(kept.get('delete.retention.ms')?.value, 'other settings stay').toBe('604800000')
  })

  test('are refused at a start while one is missing or dangerously different, and taken when only harmless', async () => {
    const config = bench.freshConfig()
    const prefix = config.kafka.topic_prefix
    const { admin } = bench.client
    const missing = await refusal(config)
    expect(missing).toBeInstanceOf(KafkaError)
    expect((missing as KafkaError).message).toContain(`${prefix}market.bar: missing`)
    await apply(config)
    await admin.setConfigs(`${prefix}market.bar`, { 'retention.ms': '-1' })
    expect(await refusal(config)).toEqual([
      `${prefix}market.bar: retention.ms: expected 2592000000, was -1`,
    ])
    await admin.setConfigs(`${prefix}market.bar`, { 'retention.ms': '5' })
    expect((await refusal(config)) as KafkaError).toMatchObject({ fault: 'CONFIGURATION' })
    const other = { ...config, kafka: { ...config.kafka, account_partitions: 4 } }
    expect(((await refusal(other)) as KafkaError).message).toMatch(
      /safe_mode\.state: partitions: expected 4, was 2; .*set kafka\.account_partitions to 2/,
    )
  })

  test('made anew give the log a new id; others leave it', async () => {
    const config = bench.freshConfig()
    const prefix = config.kafka.topic_prefix
    const first = await apply(config)
    const codec = await bench.codec(config, [connectorNotes])
    expect(await readLogId(bench.client, codec, prefix)).toBe(first.log_id)
    await apply(config)
    expect(await readLogId(bench.client, codec, prefix)).toBe(first.log_id)
    await bench.client.admin.deleteTopics([`${prefix}market.bar`])
    const second = await apply(config)
    expect(second.created).toEqual([`${prefix}market.bar`])
    expect(second.log_id).not.toBe(first.log_id)
    expect(await readLogId(bench.client, codec, prefix)).toBe(second.log_id)
  })
})
