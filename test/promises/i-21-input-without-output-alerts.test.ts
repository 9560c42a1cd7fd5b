// No signal came for over eight hours: the task that should have read looked at a flag that was set later.
import { describe, expect, it } from 'vitest'
import { opsAlert, topicObserved, topics } from '../../schemas/topics.ts'
import { freshLimitMs } from '../../schemas/topic.ts'
import { freshness } from '../../topologies/watch/freshness.ts'
import { given, testConfig, tick } from '../kit/given.ts'
import { startMs, topicObservedOf } from '../kit/records.ts'

const stepMs = 2_000
const config = testConfig()
const pairs = topics.flatMap(({ name, fresh }) =>
  fresh?.of === undefined
    ? []
    : [
        {
          name,
          of: fresh.of,
          windowMs: Math.max(
            config.watch.growth_window_ms,
            freshLimitMs(fresh, config.bars.interval_ms),
          ),
        },
      ],
)

/** What is said of `name` while its input grows every two seconds and it answers up to a moment, or not at all. */
function alertsOf(name: string, of: string, answersUntilMs: number, toMs: number) {
  const world = given(freshness, { config }).records(tick(startMs))
  const alerts = []
  for (let atMs = startMs + stepMs; atMs <= toMs; atMs += stepMs) {
    const answered = Math.min(atMs, answersUntilMs)
    const last = answered < startMs + stepMs ? null : answered
    const output = {
      topic: name,
      last_record_at_ms: last,
      end_offset: last === null ? 0 : answered - startMs,
    }
    const input = { topic: of, last_record_at_ms: atMs, end_offset: atMs - startMs }
    world.when(
      [topicObserved, topicObservedOf({ ...input, at_ms: atMs })],
      [topicObserved, topicObservedOf({ ...output, at_ms: atMs })],
      tick(atMs),
    )
    alerts.push(...world.outputs(opsAlert).filter((alert) => alert.subject === name))
  }
  return alerts.filter((alert) => alert.kind === 'NO_GROWTH')
}

describe('I-21: an output that stands while its input grows', () => {
  it('signals, prices, closed trades and their profit are watched against what they answer', () => {
    expect(pairs.map(({ name, of }) => `${of} → ${name}`)).toEqual(
      expect.arrayContaining([
        'exchange.tick → price.update',
        'market.bar → ai.signal_generated',
        'position.flattened → trade.closed',
        'trade.closed → exitbrain.pnl',
      ]),
    )
  })

  it.each(pairs)(
    '$name of $of: never started, one alert within the declared time',
    ({ name, of, windowMs }) => {
      const alerts = alertsOf(name, of, 0, startMs + windowMs + 60_000)
      expect(alerts.map((alert) => alert.state)).toEqual(['RAISED'])
      expect(alerts[0]!.at_ms - startMs).toBeLessThanOrEqual(windowMs + 2 * stepMs)
    },
  )

  it.each(pairs)(
    '$name of $of: stopped on the way, one alert within the declared time',
    ({ name, of, windowMs }) => {
      const stopMs = startMs + 100_000
      const alerts = alertsOf(name, of, stopMs, stopMs + windowMs + 60_000)
      expect(alerts.map((alert) => alert.state)).toEqual(['RAISED'])
      expect(alerts[0]!.at_ms - stopMs).toBeLessThanOrEqual(windowMs + 2 * stepMs)
    },
  )

  it.each(pairs)('$name of $of: at work, none', ({ name, of, windowMs }) => {
    expect(alertsOf(name, of, Infinity, startMs + windowMs + 60_000)).toEqual([])
  })
})
