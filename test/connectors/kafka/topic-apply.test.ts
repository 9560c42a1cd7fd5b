// Making the plan true, on brokers on paper: one that knows what Apache Kafka knows, and one as Redpanda was before 25.3.
import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../../connectors/kafka/client/kafka-error.ts'
import { applyTopics, assertTopics, reportTopics } from '../../../connectors/kafka/topic-apply.ts'
import type { Applied } from '../../../connectors/kafka/topic-apply.ts'
import { createCodec } from '../../../schemas/codec.ts'
import { testConfig } from '../../kit/given.ts'
import { sample } from '../../runtimes/sample.ts'
import { paperBroker } from './topics-on-paper.ts'
import type { PaperBroker } from './topics-on-paper.ts'

const config = testConfig({ kafka: { topic_prefix: 'q.', market_partitions: 3 } })

const common = {
  'cleanup.policy': 'delete',
  'retention.ms': '604800000',
  'retention.bytes': '-1',
  'segment.ms': '604800000',
  'segment.bytes': '1073741824',
  'delete.retention.ms': '86400000',
  'message.timestamp.type': 'CreateTime',
  'max.message.bytes': '1048588',
}
const apache = (): PaperBroker =>
  paperBroker(
    {
      ...common,
      'min.insync.replicas': '1',
      'unclean.leader.election.enable': 'false',
      'min.compaction.lag.ms': '0',
      'max.compaction.lag.ms': '9223372036854775807',
    },
    'refuses',
  )
/** In a container for development, where writes are cached unless a topic says otherwise. */
const redpanda = (): PaperBroker => paperBroker({ ...common, 'write.caching': 'true' }, 'ignores')

const apply = (broker: PaperBroker, shorten = false): Promise<Applied> =>
  applyTopics({
    client: broker.client,
    openCodec: async () => createCodec(),
    topology: sample,
    config,
    shorten,
    nowMs: () => 1,
  })

describe('apply', () => {
  test.each([
    ['Apache Kafka', apache],
    ['Redpanda', redpanda],
  ])('makes everything on an empty %s, and then finds nothing to do', async (_, start) => {
    const broker = start()
    const first = await apply(broker)
    expect(first.created).toContain('q.market.bar')
    expect(first.log_id).toMatch(/^[0-9a-f-]{36}$/)
    expect(first.report).toMatchObject({ differences: [], has_log_id: true })
    broker.done.length = 0
    const second = await apply(broker)
    expect(second).toMatchObject({ created: [], changed: [], log_id: null })
    expect(broker.done).toEqual([])
  })

  test('lets no broker that caches writes do so with our topics', async () => {
    const broker = redpanda()
    await apply(broker)
    expect(broker.setting('q.market.bar', 'write.caching')).toBe('false')
  })

  test('repairs what it may, and leaves other settings of the topic as they are', async () => {
    const broker = apache()
    await apply(broker)
    broker.set('q.market.bar', 'retention.ms', '5')
    broker.set('q.market.bar', 'segment.bytes', '7')
    const { changed, created, log_id } = await apply(broker)
    expect({ changed, created, log_id }).toEqual({
      changed: ['q.market.bar: retention.ms=2592000000'],
      created: [],
      log_id: null,
    })
    expect(broker.setting('q.market.bar', 'segment.bytes')).toBe('7')
  })

  test('shortens what is kept only when told to', async () => {
    const broker = apache()
    await apply(broker)
    broker.set('q.market.bar', 'retention.ms', '9999999999')
    expect((await apply(broker)).report.differences).toMatchObject([{ action: 'keep' }])
    expect(broker.setting('q.market.bar', 'retention.ms')).toBe('9999999999')
    expect((await apply(broker, true)).report.differences).toEqual([])
    expect(broker.setting('q.market.bar', 'retention.ms')).toBe('2592000000')
  })

  test('gives the log a new id before it makes a topic anew', async () => {
    const broker = apache()
    broker.make({ name: 'q.connector.notes', partitions: 1, replication: 1, configs: {} })
    await apply(broker)
    expect(broker.done.slice(0, 2)).toEqual(['log id', expect.stringMatching(/^create /)])
  })

  test('that failed half-way is finished by the next one, under a new id', async () => {
    const broker = apache()
    broker.failNextCreate()
    await expect(apply(broker)).rejects.toThrow('the broker went away')
    const { log_id, report } = await apply(broker)
    expect(log_id).not.toBeNull()
    expect(report).toMatchObject({ differences: [], has_log_id: true })
  })

  test('makes nothing while the schemas are not registered', async () => {
    const broker = apache()
    const openCodec = async (): Promise<never> => {
      throw new Error('run `quantum schemas register`')
    }
    const options = { client: broker.client, openCodec, topology: sample, config, nowMs: () => 1 }
    await expect(applyTopics(options)).rejects.toThrow('quantum schemas register')
    expect(broker.done).toEqual([])
  })
})

describe('a report', () => {
  test('lists other topics under the prefix, and none of other systems or of the broker itself', async () => {
    const broker = apache()
    for (const name of ['q.old.topic', 'other', '__consumer_offsets'])
      broker.make({ name, partitions: 1, replication: 1, configs: {} })
    expect((await reportTopics(broker.client, sample, config)).undeclared).toEqual(['q.old.topic'])
  })

  test('says when the log has no id', async () => {
    const report = await reportTopics(apache().client, sample, config)
    expect(report.has_log_id).toBe(false)
  })
})

describe('a runtime at its start', () => {
  const refusal = async (broker: PaperBroker): Promise<KafkaError | null> =>
    assertTopics(broker.client, sample, config).then(
      () => null,
      (error: unknown) => error as KafkaError,
    )

  test('takes topics that are as they have to be', async () => {
    const broker = apache()
    await apply(broker)
    expect(await assertTopics(broker.client, sample, config)).toEqual([])
  })

  test('refuses an empty broker with every topic and the command', async () => {
    const error = await refusal(apache())
    expect(error).toBeInstanceOf(KafkaError)
    expect(error?.fault).toBe('CONFIGURATION')
    expect(error?.message).toContain('quantum topics apply')
    expect(error?.message).toContain('q.market.bar: missing')
    expect(error?.message).toContain('q.market.checkpoint: missing')
  })

  test('refuses with all differences at once, harmless ones included', async () => {
    const broker = apache()
    await apply(broker)
    broker.set('q.market.bar', 'cleanup.policy', 'compact')
    broker.set('q.exchange.tick', 'retention.ms', '1')
    broker.set('q.market.bar', 'segment.ms', '604800000')
    const { message } = (await refusal(broker))!
    expect(message).toContain('q.market.bar: cleanup.policy: expected delete, was compact')
    expect(message).toContain('q.exchange.tick: retention.ms: expected 3600000, was 1')
    expect(message).toContain('q.market.bar: segment.ms')
  })

  test('only mentions what is harmless', async () => {
    const broker = apache()
    await apply(broker)
    broker.set('q.exchange.tick', 'retention.ms', '7200000')
    expect(await assertTopics(broker.client, sample, config)).toEqual([
      'q.exchange.tick: retention.ms: expected 3600000, was 7200000',
    ])
  })
})
