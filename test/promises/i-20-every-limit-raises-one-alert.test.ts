// price.update once held three entries and exitbrain.pnl was days old, and nobody noticed.
import { describe, expect, it } from 'vitest'
import { opsAlert, topicObserved, topics } from '../../schemas/topics.ts'
import { freshLimitMs } from '../../schemas/topic.ts'
import { freshness } from '../../topologies/watch/freshness.ts'
import { given, testConfig, tick } from '../kit/given.ts'
import { startMs, topicObservedOf } from '../kit/records.ts'

const stepMs = 2_000
const barMs = testConfig().bars.interval_ms
const limited = topics.flatMap(({ name, fresh }) =>
  fresh === null ? [] : [{ name, limitMs: freshLimitMs(fresh, barMs), of: fresh.of ?? null }],
)

/** Topics with a limit, and those that they answer. */
const watched = new Set(limited.flatMap((topic) => [topic.name, topic.of ?? topic.name]))

describe('I-20: a topic older than its limit is noticed', () => {
  it('prices, account books, closed trades and their profit have limits', () => {
    for (const name of [
      'exchange.tick',
      'price.update',
      'account.snapshot',
      'trade.closed',
      'exitbrain.pnl',
    ])
      expect(limited.map((topic) => topic.name)).toContain(name)
  })

  it.each(limited)('$name: once when it is late, and cleared once', ({ name, limitMs, of }) => {
    // Everybody has got a record just now, but for this topic from one moment on.
    const frozenMs = startMs + 10_000
    const thawedMs = frozenMs + limitMs + 60_000
    const alerts = []
    const world = given(freshness).records(tick(startMs))
    for (let atMs = startMs + stepMs; atMs <= thawedMs + 10_000; atMs += stepMs) {
      const frozen = atMs > frozenMs && atMs <= thawedMs
      const steps = topics
        .filter((topic) => watched.has(topic.name))
        .map((topic) => {
          const lastMs = topic.name === name && frozen ? frozenMs : atMs
          const seen = { topic: topic.name, at_ms: atMs, last_record_at_ms: lastMs }
          return [
            topicObserved,
            topicObservedOf({ ...seen, end_offset: lastMs - startMs }),
          ] as const
        })
      world.when(...steps, tick(atMs))
      alerts.push(...world.outputs(opsAlert).filter((alert) => alert.subject === name))
    }
    const stale = alerts.filter((alert) => alert.kind === 'STALE_TOPIC')
    expect(stale.map((alert) => alert.state)).toEqual(['RAISED', 'CLEARED'])
    const lateMs = stale[0]!.at_ms - frozenMs
    expect(lateMs).toBeGreaterThan(limitMs)
    // One round of observations, and one more where the wait counts from the next record of another topic.
    expect(lateMs).toBeLessThanOrEqual(limitMs + (of === null ? 1 : 2) * stepMs)
    expect(stale[1]!.raised_at_ms).toBe(stale[0]!.at_ms)
  })
})
