import { describe, expect, test } from 'vitest'
import { opsAlert, topicObserved } from '../../../schemas/topics.ts'
import type { AlertKind, TopicObserved } from '../../../schemas/types.gen.ts'
import { consumerLag } from '../../../topologies/watch/consumer-lag.ts'
import { given, testConfig, tick } from '../../kit/given.ts'
import type { Given, Pair } from '../../kit/given.ts'
import { startMs, topicObservedOf } from '../../kit/records.ts'

type Seen = Partial<TopicObserved>
type Step = Pair | { readonly tickMs: number }

const stepMs = 2_000
const topic = 'rl.feedback'
const group = 'trading.account'
const subject = `${group}|${topic}|0`

/** One observation of the group `afterMs` after the start, and the clock tick after it. */
function look(afterMs: number, ...seen: Seen[]): Step[] {
  const atMs = startMs + afterMs
  return [
    ...seen.map<Pair>((one) => [
      topicObserved,
      topicObservedOf({ ...{ topic, group, partition: 0, at_ms: atMs }, ...one }),
    ]),
    tick(atMs),
  ]
}

/** Observations from one time to another, both included. */
function looks(fromMs: number, toMs: number, seenAt: (afterMs: number) => Seen): Step[] {
  const steps: Step[] = []
  for (let ms = fromMs; ms <= toMs; ms += stepMs) steps.push(...look(ms, seenAt(ms)))
  return steps
}

const watch = (settings: object = {}): Given =>
  given(consumerLag, { config: testConfig({ watch: settings }), startMs }).records(tick(startMs))
const raised = (kind: AlertKind, about = subject) =>
  [opsAlert, { alert_id: `${kind}|${about}`, state: 'RAISED' }] as const
const cleared = (kind: AlertKind, about = subject) =>
  [opsAlert, { alert_id: `${kind}|${about}`, state: 'CLEARED' }] as const

/** A group at `position` of a partition that ends at `end`; what waits is `ageMs` old. */
const at = (position: number, end: number, ageMs: number | null = null): Seen => ({
  ...{ committed_offset: position, end_offset: end, lag: end - position },
  lag_ms: end > position ? (ageMs ?? 500) : null,
})
const unknown: Seen = { lag: null, lag_known: false, committed_offset: null, end_offset: 0 }

describe('a lag above a limit', () => {
  const limits = { max_lag: 1_000, max_lag_ms: 20_000 }

  test.each<[string, (ms: number) => Seen, (ms: number) => Seen]>([
    ['in records', (ms) => at(ms, ms + 1_001), (ms) => at(ms, ms + 1_000)],
    ['in time', (ms) => at(ms, ms + 1, 20_001), (ms) => at(ms, ms + 1, 20_000)],
  ])('%s is an alert once it stays there; at the limit it is none', (_title, above, on) => {
    watch(limits)
      .when(...looks(2_000, 120_000, on))
      .thenNothing()
      .when(...looks(122_000, 130_000, above))
      .thenNothing()
      .when(...looks(132_000, 300_000, above))
      .then(raised('LAG_HIGH'))
  })

  test('ends well below it, so that it does not flap at the border', () => {
    watch(limits)
      .when(...looks(2_000, 60_000, (ms) => at(ms, ms + 1_500)))
      .then(raised('LAG_HIGH'))
      .when(...looks(62_000, 200_000, (ms) => at(ms, ms + (ms % 4_000 === 0 ? 1_200 : 700))))
      .thenNothing()
      .when(...looks(202_000, 260_000, (ms) => at(ms, ms + 500)))
      .then(cleared('LAG_HIGH'))
  })

  test('says both limits and both measures', () => {
    const out = watch(limits).when(...looks(2_000, 12_000, (ms) => at(ms, ms + 5, 70_000)))
    expect(out.outputs(opsAlert)[0]!.detail).toBe(
      'expected at most 1000 records and 20000 ms, was 5 records, the oldest 70000 ms old, for 10000 ms',
    )
  })

  test('for a moment is a burst that drains, and none', () => {
    const burst = [0, 90_000, 70_000, 40_000, 9_000, 0]
    watch()
      .when(...looks(0, 10_000, (ms) => at(100_000 - burst[ms / 2_000]!, 100_000)))
      .thenNothing()
      .when(...looks(12_000, 60_000, () => at(100_000, 100_000)))
      .thenNothing()
  })
})

describe('a lag that grows', () => {
  /** The group works, and falls back by `perLook` records between two looks. */
  const fallingBack =
    (perLook: number) =>
    (ms: number): Seen =>
      at(ms, ms + (ms / stepMs) * perLook)

  test('for the window without a fall is an alert, though the group works', () => {
    watch()
      .when(...looks(0, 30_000, fallingBack(20)))
      .thenNothing()
      .when(...looks(32_000, 80_000, fallingBack(20)))
      .then(raised('LAG_GROWING'))
  })

  test('ends when it makes no new height for the window, and once', () => {
    const out = watch().when(...looks(0, 60_000, fallingBack(20)))
    out.then(raised('LAG_GROWING'))
    out.when(...looks(62_000, 88_000, (ms) => at(ms, ms + 590 - ms / 1_000))).thenNothing()
    out
      .when(...looks(90_000, 200_000, (ms) => at(ms, ms + 590 - ms / 1_000)))
      .then(cleared('LAG_GROWING'))
  })

  test('ends at once at the floor', () => {
    watch()
      .when(...looks(0, 60_000, fallingBack(20)))
      .then(raised('LAG_GROWING'))
      .when(...looks(62_000, 70_000, (ms) => at(ms, ms + 100)))
      .then(cleared('LAG_GROWING'))
  })

  test.each<[string, (ms: number) => Seen]>([
    ['stays below the floor', (ms) => at(ms, ms + Math.min(100, ms / 1_000))],
    ['stands on a height', (ms) => at(ms, ms + 5_000)],
    ['creeps by less than the floor', (ms) => at(ms, ms + 5_000 + Math.min(100, ms / 1_000))],
    ['goes up and down', (ms) => at(ms, ms + 500 + (ms % 8_000) + ms / 1_000)],
    ['falls', (ms) => at(ms, ms + 9_000 - ms / 1_000)],
  ])('and that %s is none', (_title, seenAt) => {
    watch()
      .when(...looks(0, 600_000, seenAt))
      .thenNothing()
  })
})

describe('a lag that is unknown', () => {
  test('for longer than the limit is an alert; a moment is none', () => {
    watch()
      .when(...looks(2_000, 16_000, () => unknown), ...look(18_000, at(5, 5)))
      .thenNothing()
      .when(...looks(20_000, 34_000, () => unknown))
      .thenNothing()
      .when(...looks(36_000, 200_000, () => unknown))
      .then(raised('LAG_UNKNOWN'))
      .when(...looks(202_000, 220_000, () => at(5, 5)))
      .then(cleared('LAG_UNKNOWN'))
  })

  test('ends no other alert: nobody knows that it is well', () => {
    watch()
      .when(...looks(0, 34_000, () => at(5, 9)))
      .then(raised('LAG_STUCK'))
      .when(...looks(36_000, 50_000, () => unknown))
      .thenNothing()
      .when(...look(52_000, at(9, 9)))
      .then(cleared('LAG_STUCK'))
  })
})

describe('a group that stands', () => {
  test.each<[string, (ms: number) => Seen]>([
    ['while input moves', (ms) => ({ ...at(4, 5 + ms / stepMs), lag_ms: null })],
    ['while an old record waits', () => at(4, 5)],
    ['with much unread, of an age that nobody knows', () => ({ ...at(4, 200), lag_ms: null })],
  ])('%s for the window is an alert', (_title, seenAt) => {
    const out = watch()
      .when(...looks(0, 28_000, seenAt))
      .thenNothing()
      .when(...looks(30_000, 90_000, seenAt))
    out.then(raised('LAG_STUCK'))
    expect(out.outputs(opsAlert)[0]).toMatchObject({ severity: 'CRITICAL' })
  })

  test('behind nothing but markers of transactions is idle', () => {
    watch()
      .when(...looks(0, 600_000, () => ({ ...at(5, 6), lag_ms: null })))
      .thenNothing()
  })

  test('is well again when nothing waits', () => {
    watch()
      .when(...looks(0, 34_000, () => at(4, 5)))
      .then(raised('LAG_STUCK'))
      .when(...looks(36_000, 60_000, () => at(5, 5)))
      .then(cleared('LAG_STUCK'))
  })

  test('and moves by one record now and then is said once', () => {
    const seenAt = (ms: number): Seen => at(4 + Math.floor(ms / 40_000), 900)
    watch()
      .when(...looks(0, 600_000, seenAt))
      .then(raised('LAG_STUCK'))
      .when(...looks(602_000, 620_000, (ms) => at(ms / stepMs, 900)))
      .then(cleared('LAG_STUCK'))
  })

  test('does not when it works its backlog off, however slowly', () => {
    watch()
      .when(...looks(0, 600_000, (ms) => at(ms / stepMs, ms / stepMs + 5)))
      .thenNothing()
  })
})

test.each<[string, Seen]>([
  ['counted', { ...at(10, 10), trimmed_unread: 57_447 }],
  ['seen as a lag beyond what is retained', { ...at(0, 67_448), first_offset: 57_447 }],
])('records removed unread are data loss, an alert of its own: %s', (_title, seen) => {
  const out = watch({ max_lag: 1_000_000 }).when(...look(2_000, seen))
  out.then(raised('DATA_LOSS'))
  expect(out.outputs(opsAlert)[0]).toMatchObject({
    severity: 'CRITICAL',
    detail: '57447 records were removed unread',
  })
})

describe('an idle group', () => {
  test('is no alert, for ever, and leaves nothing to remember', () => {
    const world = watch()
    world.when(...looks(0, 600_000, () => at(10, 10))).thenNothing()
    expect(world.liveKeys()).toBe(0)
  })

  test('that gets a record after a long time has not stood for that time', () => {
    watch()
      .when(...looks(0, 600_000, () => at(10, 10)), ...looks(602_000, 630_000, () => at(10, 11)))
      .thenNothing()
  })
})

test('the topic’s own record is no group', () => {
  watch()
    .when(...looks(0, 60_000, () => ({ ...at(0, 99_999), group: '', partition: -1 })))
    .thenNothing()
})

test('each group and each partition has its own alert', () => {
  const late = (ms: number): Step[] =>
    look(
      ms,
      at(4, 5),
      { ...at(5, 5), partition: 1 },
      { ...at(4, 5), partition: 2 },
      { ...at(4, 5), group: 'gateway', partition: -1 },
    )
  const steps = Array.from({ length: 30 }, (_, i) => late(i * stepMs)).flat()
  watch()
    .when(...steps)
    .then(
      raised('LAG_STUCK', subject),
      raised('LAG_STUCK', `${group}|${topic}|2`),
      raised('LAG_STUCK', `gateway|${topic}|all`),
    )
})

test.each([
  ['exit.signal', 'CRITICAL'],
  ['order.command', 'CRITICAL'],
  ['exchange.tick', 'CRITICAL'],
  ['rl.feedback', 'WARNING'],
])('a lag on %s is %s', (name, severity) => {
  const out = watch().when(
    ...looks(0, 20_000, (ms) => ({ ...at(ms, ms + 20_000), topic: name })),
    ...looks(22_000, 60_000, () => ({ ...unknown, topic: name })),
  )
  expect(out.outputs(opsAlert).map((alert) => [alert.kind, alert.severity])).toEqual([
    ['LAG_HIGH', severity],
    ['LAG_UNKNOWN', severity],
  ])
})

describe('a restart of the watch', () => {
  const stands = (): Seen => at(4, 5)

  test('raises nothing twice and clears what it raised before', () => {
    watch()
      .records(...looks(0, 34_000, stands))
      .restarted()
      .when(...looks(36_000, 60_000, stands))
      .thenNothing()
      .restarted()
      .when(...looks(62_000, 64_000, () => at(5, 5)))
      .then(cleared('LAG_STUCK'))
  })

  test('after a stop clears nothing by the stop alone, and accuses nobody of it', () => {
    const standing = watch().records(...looks(0, 34_000, stands))
    standing
      .restarted()
      .when(tick(startMs + 900_000), ...looks(902_000, 990_000, stands))
      .thenNothing()
    const fresh = watch().records(...looks(0, 20_000, stands))
    fresh
      .restarted()
      .when(...looks(900_000, 928_000, stands))
      .thenNothing()
      .when(...looks(930_000, 940_000, stands))
      .then(raised('LAG_STUCK'))
  })
})

test('an alert about a group that nobody observes any more ends in the end, and says so', () => {
  const out = watch().records(...looks(0, 34_000, () => at(4, 5)))
  const silence = (fromMs: number, toMs: number): Step[] =>
    Array.from({ length: (toMs - fromMs) / 10_000 }, (_, i) => tick(startMs + fromMs + i * 10_000))
  out.when(...silence(36_000, 606_000)).thenNothing()
  out.when(...silence(606_000, 906_000)).then(cleared('LAG_STUCK'))
  expect(out.outputs(opsAlert)[0]!.detail).toContain('nobody reads it any more')
})
