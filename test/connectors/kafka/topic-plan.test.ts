// What topics have to be, and what each difference means. What a real broker makes of it is in topics.kafka.test.ts.
import { describe, expect, test } from 'vitest'
import { differenceText, planTopics } from '../../../connectors/kafka/topic-plan.ts'
import type { FoundTopic, TopicDifference } from '../../../connectors/kafka/topic-plan.ts'
import { desiredTopics } from '../../../connectors/kafka/topic-settings.ts'
import type { DesiredTopic } from '../../../connectors/kafka/topic-settings.ts'
import { topics } from '../../../schemas/topics.ts'
import { trading } from '../../../topologies/trading.ts'
import { testConfig } from '../../kit/given.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

const config = testConfig({
  kafka: {
    topic_prefix: 'q.',
    market_partitions: 4,
    account_partitions: 2,
    replication: 3,
    min_insync: 2,
  },
})
const desired = desiredTopics(trading, config)

function desiredOf(name: string): DesiredTopic {
  const found = desired.find(({ topic }) => topic === name)
  if (found === undefined) throw new Error(`expected the topic ${name}`)
  return found
}

/** The topic as it has to be, with some settings changed; null: the broker does not list it. */
function found(
  topic: DesiredTopic,
  settings: Record<string, string | null> = {},
  rest: Partial<FoundTopic> = {},
): Map<string, FoundTopic> {
  const values = new Map(Object.entries(topic.settings))
  for (const [name, value] of Object.entries(settings))
    if (value === null) values.delete(name)
    else values.set(name, value)
  const { name, partitions, replication } = topic
  return new Map([[name, { partitions, replication, settings: values, ...rest }]])
}

const actions = (differences: readonly TopicDifference[]): string[] =>
  differences.map(
    ({ item, action, is_dangerous }) => `${item} ${action}${is_dangerous ? ' dangerous' : ''}`,
  )

/** What becomes of one changed setting of a topic. */
const planOf = (name: string, settings: Record<string, string | null>): string[] =>
  actions(planTopics([desiredOf(name)], found(desiredOf(name), settings)))

describe('topics on a broker', () => {
  test('every declared topic is there once, under the prefix, but for the clock', () => {
    const stored = topics.filter(({ kind }) => kind !== 'clock').map(({ name }) => `q.${name}`)
    expect(desired.map(({ name }) => name).sort()).toEqual(stored.sort())
  })

  test('its domain decides how many partitions a topic has, changelogs and checkpoints included', () => {
    const counts = [
      'price.update',
      'bars.changelog',
      'market.checkpoint',
      'order.command',
      'account.checkpoint',
      'dead.letter',
      'connector.notes',
    ]
    expect(counts.map((name) => desiredOf(name).partitions)).toEqual([4, 4, 4, 2, 2, 1, 1])
  })

  test('an event is kept for its retention, whatever the broker keeps by default', () => {
    expect(desiredOf('price.update').settings).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': String(hourMs),
      'retention.bytes': '-1',
    })
  })

  test('segments end soon enough for retention and compaction to work where little is written', () => {
    for (const { name, settings } of desired) {
      const kept = Number(settings['retention.ms'] ?? settings['min.compaction.lag.ms'])
      const segmentMs = Number(settings['segment.ms'])
      expect(segmentMs, name).toBeLessThanOrEqual(dayMs)
      expect(segmentMs, name).toBeGreaterThanOrEqual(600_000)
      if (kept > 0) expect(segmentMs, name).toBeLessThanOrEqual(kept / 6)
    }
  })

  test('the last value of a key is kept for ever, and its history for as long as the embedded log has it', () => {
    const { settings } = desiredOf('portfolio.state')
    expect(settings).toMatchObject({
      'cleanup.policy': 'compact',
      'min.compaction.lag.ms': String(dayMs),
    })
    expect(settings).not.toHaveProperty(['retention.ms'])
    expect(desiredOf('market.checkpoint').settings['min.compaction.lag.ms']).toBe(String(dayMs))
    expect(desiredOf('bars.changelog').settings['min.compaction.lag.ms']).toBe('0')
  })

  test('a reader has a week to come to a tombstone', () => {
    const compacted = desired.filter(({ settings }) => settings['cleanup.policy'] === 'compact')
    expect(compacted.length).toBeGreaterThan(30)
    for (const { name, settings } of compacted)
      expect(Number(settings['delete.retention.ms']), name).toBeGreaterThanOrEqual(7 * dayMs)
  })

  test('compaction never may before it must', () => {
    for (const { name, settings } of desired)
      if (settings['max.compaction.lag.ms'] !== undefined)
        expect(Number(settings['max.compaction.lag.ms']), name).toBeGreaterThan(
          Number(settings['min.compaction.lag.ms']),
        )
  })

  test('a dead letter has room for the largest record of other topics in base64', () => {
    const bytes = Number(desiredOf('dead.letter').settings['max.message.bytes'])
    expect(bytes).toBeGreaterThan((1_048_588 * 4) / 3)
  })

  test('no setting needs a licence or another broker’s name', () => {
    const names = new Set(desired.flatMap(({ settings }) => Object.keys(settings)))
    expect([...names].filter((name) => /^(redpanda|confluent)\./.test(name))).toEqual([])
  })

  test('replicas in sync can’t be more than there are', () => {
    expect(() => testConfig({ kafka: { replication: 1, min_insync: 2 } })).toThrow(
      /kafka.replication 1, was 2/,
    )
  })
})

describe('a plan', () => {
  test('is empty when all is as it has to be', () => {
    const all = new Map(desired.flatMap((topic) => [...found(topic)]))
    expect(planTopics(desired, all)).toEqual([])
  })

  test('creates what is missing', () => {
    const plan = planTopics([desiredOf('market.bar')], new Map())
    expect(actions(plan)).toEqual(['topic create dangerous'])
    expect(plan[0]).toMatchObject({
      topic: 'q.market.bar',
      expected: '4 partitions, 3 replicas, delete',
    })
  })

  test('never changes a number of partitions, and says what can be done', () => {
    const topic = desiredOf('market.bar')
    const [one, ...others] = planTopics([topic], found(topic, {}, { partitions: 3 }))
    expect(others).toEqual([])
    expect(one).toMatchObject({ action: 'by-hand', is_dangerous: true })
    expect(differenceText(one!)).toMatch(
      /^q\.market\.bar: partitions: expected 4, was 3; .*keys would move.*set kafka\.market_partitions to 3/,
    )
  })

  test('leaves replicas to the broker’s tools', () => {
    const topic = desiredOf('market.bar')
    const plan = planTopics([topic], found(topic, {}, { replication: 2 }))
    expect(actions(plan)).toEqual(['replication by-hand'])
  })

  test('asks for no more replicas in sync than the topic has: no record could be written any more', () => {
    const topic = desiredOf('market.bar')
    const plan = planTopics(
      [topic],
      found(topic, { 'min.insync.replicas': '1' }, { replication: 1 }),
    )
    expect(actions(plan)).toEqual(['replication by-hand', 'min.insync.replicas by-hand dangerous'])
  })

  test.each([
    ['market.bar', 'cleanup.policy', 'compact', 'set dangerous'],
    ['market.bar', 'cleanup.policy', 'compact,delete', 'set dangerous'],
    ['position.state', 'cleanup.policy', 'delete', 'set dangerous'],
    ['market.bar', 'retention.ms', '1000', 'set dangerous'],
    ['market.bar', 'retention.ms', '-1', 'keep'],
    ['market.bar', 'retention.bytes', '1000000', 'set dangerous'],
    ['portfolio.state', 'min.compaction.lag.ms', '0', 'set dangerous'],
    ['portfolio.state', 'min.compaction.lag.ms', '86400001', 'keep'],
    ['portfolio.state', 'delete.retention.ms', '86400000', 'set dangerous'],
    ['portfolio.state', 'delete.retention.ms', '-1', 'keep'],
    ['portfolio.state', 'max.compaction.lag.ms', '9223372036854775807', 'set'],
    ['market.bar', 'min.insync.replicas', '1', 'set dangerous'],
    ['market.bar', 'min.insync.replicas', '3', 'set'],
    ['market.bar', 'write.caching', 'true', 'set dangerous'],
    ['market.bar', 'message.timestamp.type', 'LogAppendTime', 'set dangerous'],
    ['market.bar', 'unclean.leader.election.enable', 'true', 'set dangerous'],
    ['market.bar', 'segment.ms', '604800000', 'set'],
    ['dead.letter', 'max.message.bytes', '1048588', 'set'],
  ])('of %s with %s=%s: %s', (name, setting, value, expected) => {
    expect(planOf(name, { [setting]: value })).toEqual([`${setting} ${expected}`])
  })

  test('takes a setting that does its work in other words for what it is', () => {
    expect(planOf('market.bar', { 'write.caching': 'disabled' })).toEqual([])
    expect(planOf('dead.letter', { 'max.message.bytes': '4194304' })).toEqual([])
  })

  test('does not ask for a setting that the broker does not have', () => {
    expect(
      planOf('portfolio.state', { 'write.caching': null, 'min.compaction.lag.ms': null }),
    ).toEqual([])
  })

  test('asks for no greatest lag below a least lag that is kept', () => {
    const kept = {
      'min.compaction.lag.ms': String(90 * dayMs),
      'max.compaction.lag.ms': String(99 * dayMs),
    }
    expect(planOf('portfolio.state', kept)).toEqual(['min.compaction.lag.ms keep'])
  })
})
