// Execution once stood idle for 15 days beside 10,004 unread intents: its offset had been trimmed, and the lag read as null.
import { describe, expect, it } from 'vitest'
import { opsAlert, topicObserved } from '../../schemas/topics.ts'
import type { AlertKind, TopicObserved } from '../../schemas/types.gen.ts'
import { consumerLag } from '../../topologies/watch/consumer-lag.ts'
import { given, tick } from '../kit/given.ts'
import type { Given } from '../kit/given.ts'
import { startMs, topicObservedOf } from '../kit/records.ts'

type SeenAt = (afterMs: number) => Partial<TopicObserved>

const stepMs = 2_000
const daysMs = 15 * 86_400_000

const faults: [string, AlertKind, SeenAt][] = [
  ['records keep coming', 'LAG_STUCK', (ms) => ({ end_offset: 20_000 + ms, lag: 5 + ms })],
  ['nothing comes any more', 'LAG_STUCK', () => ({ end_offset: 20_000, lag: 9_000 })],
  ['more is unread than allowed', 'LAG_HIGH', () => ({ end_offset: 20_000, lag: 10_004 })],
  ['it falls back', 'LAG_GROWING', (ms) => ({ end_offset: 20_000 + 2 * ms, lag: 5 + ms })],
  [
    'what waits is too old',
    'LAG_HIGH',
    (ms) => ({ end_offset: 20_000 + ms / 1_000, lag: 3, lag_ms: 90_000 }),
  ],
  ['its lag can’t be told', 'LAG_UNKNOWN', () => ({ end_offset: 20_000, lag: null })],
  [
    'what it had to read next was trimmed',
    'DATA_LOSS',
    () => ({ first_offset: 15_000, end_offset: 20_000, lag: 5_000, trimmed_unread: 1_000 }),
  ],
]

describe.each([
  ['trade.intent', 'trading.account'],
  ['order.command', 'gateway'],
  ['exchange.tick', 'trading.market'],
])('I-13: a group of %s that does not read on', (topic, group) => {
  /** Observations of the group every two seconds; gives the alerts about it. */
  function observe(world: Given, fromMs: number, toMs: number, seenAt: SeenAt) {
    const steps = []
    for (let ms = fromMs; ms <= toMs; ms += stepMs) {
      const seen = topicObservedOf({
        ...{ topic, group, partition: 3 },
        at_ms: startMs + ms,
        ...seenAt(ms),
      })
      steps.push([topicObserved, seen] as const, tick(startMs + ms))
    }
    const alerts = world.when(...steps).outputs(opsAlert)
    return alerts.filter((alert) => alert.subject === `${group}|${topic}|3`)
  }

  it.each(faults)(
    'while %s raises one alert within the window, and no other in 15 days',
    (_title, kind, seenAt) => {
      const world = given(consumerLag).records(tick(startMs))
      const within = observe(world, stepMs, 34_000, seenAt).filter((alert) => alert.kind === kind)
      expect(within.map((alert) => alert.state)).toEqual(['RAISED'])
      const later = observe(world, daysMs, daysMs + 60_000, seenAt)
      expect(later.filter((alert) => alert.kind === kind)).toEqual([])
    },
  )

  it.each(faults)('after %s clears its alert once when it reads again', (_title, kind, seenAt) => {
    const world = given(consumerLag).records(tick(startMs))
    observe(world, stepMs, 60_000, seenAt)
    const well: SeenAt = () => ({ end_offset: 90_000, lag: 0, trimmed_unread: 0 })
    const after = observe(world, 62_000, 120_000, well).filter((alert) => alert.kind === kind)
    expect(after.map((alert) => alert.state)).toEqual(['CLEARED'])
  })
})
