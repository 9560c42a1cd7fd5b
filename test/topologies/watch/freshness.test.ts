import { describe, expect, test } from 'vitest'
import { opsAlert, topicObserved, topics } from '../../../schemas/topics.ts'
import type { AlertKind, TopicObserved } from '../../../schemas/types.gen.ts'
import { freshness } from '../../../topologies/watch/freshness.ts'
import { given, testConfig, tick } from '../../kit/given.ts'
import type { Given, Pair } from '../../kit/given.ts'
import { startMs, topicObservedOf } from '../../kit/records.ts'

type Seen = Partial<TopicObserved> & { topic: string }

const stepMs = 2_000
const aging = topics.filter((t) => t.fresh !== null && t.fresh.of === undefined).map((t) => t.name)

const limited = topics.filter((t) => t.fresh !== null).map((t) => t.name)

/** Every other topic with a limit has just got a record, so that only the test's topics can be wrong. */
function calm(atMs: number, except: readonly string[]): Pair[] {
  return limited
    .filter((name) => !except.includes(name))
    .map((name) => [
      topicObserved,
      topicObservedOf({ topic: name, at_ms: atMs, end_offset: atMs - startMs + 1 }),
    ])
}

/** One round of observations and the clock tick after it, `afterMs` after the start. */
function round(afterMs: number, ...seen: Seen[]): (Pair | { readonly tickMs: number })[] {
  const atMs = startMs + afterMs
  const names = seen.map((s) => s.topic)
  const observed = seen.map<Pair>((s) => [topicObserved, topicObservedOf({ at_ms: atMs, ...s })])
  return [...calm(atMs, names), ...observed, tick(atMs)]
}

/** Rounds from one time to another, both included; `seenAt` says what is observed when. */
function rounds(fromMs: number, toMs: number, seenAt: (afterMs: number) => Seen[]) {
  const steps = []
  for (let afterMs = fromMs; afterMs <= toMs; afterMs += stepMs)
    steps.push(...round(afterMs, ...seenAt(afterMs)))
  return steps
}

const watch = (config = {}): Given =>
  given(freshness, { config: testConfig(config), startMs }).records(tick(startMs))
const raised = (kind: AlertKind, subject: string) =>
  [opsAlert, { kind, subject, state: 'RAISED' }] as const
const cleared = (kind: AlertKind, subject: string) =>
  [opsAlert, { kind, subject, state: 'CLEARED' }] as const

describe('a topic with a limit', () => {
  const last = startMs + 2_000
  const still = (): Seen[] => [{ topic: 'exchange.tick', last_record_at_ms: last }]

  test('is stale once its last record is older, and fresh again with the next one', () => {
    watch()
      .when(...rounds(2_000, 7_000, still))
      .thenNothing()
      .when(...rounds(8_000, 8_000, still))
      .then(raised('STALE_TOPIC', 'exchange.tick'))
      .when(...rounds(10_000, 60_000, still))
      .thenNothing()
      .when(...rounds(62_000, 62_000, () => [{ topic: 'exchange.tick' }]))
      .then(cleared('STALE_TOPIC', 'exchange.tick'))
  })

  test('that was never written is stale from the start on', () => {
    const never = (): Seen[] => [{ topic: 'exchange.tick', end_offset: 0, last_record_at_ms: null }]
    const out = watch().when(...rounds(2_000, 6_000, never))
    out.then(raised('STALE_TOPIC', 'exchange.tick'))
    expect(out.outputs(opsAlert)[0]!.detail).toContain('none ever')
  })

  test.each(aging)('is %s', (topic) => {
    const limitMs = topics.find((t) => t.name === topic)!.fresh!.withinMs
    const fixed = (): Seen[] => [{ topic, last_record_at_ms: startMs + 2_000 }]
    watch()
      .records(...rounds(2_000, limitMs, fixed))
      .when(...rounds(limitMs + 2_000, limitMs + 4_000, fixed))
      .then(raised('STALE_TOPIC', topic))
  })
})

test('no limit is finer than the looks: an hourly clock accuses nobody of being an hour old', () => {
  const hourMs = 3_600_000
  const rare = { clock_ms: hourMs, watch: { observe_ms: hourMs } }
  const config = { environment: 'BACKTEST', ...rare }
  watch(config)
    .when(...[1, 2, 3].map((hours) => tick(startMs + hours * hourMs)))
    .thenNothing()
    .when(
      ...[4, 5, 6].flatMap((hours) =>
        round(hours * hourMs, {
          topic: 'exchange.tick',
          last_record_at_ms: startMs + (hours - 0.5) * hourMs,
        }),
      ),
    )
    .thenNothing()
})

describe('a topic that answers another one', () => {
  const answer = (input: number | null, output: number | null, ends: [number, number]): Seen[] => [
    { topic: 'trade.closed', end_offset: ends[0], last_record_at_ms: input },
    { topic: 'exitbrain.pnl', end_offset: ends[1], last_record_at_ms: output },
  ]

  test('may be as old as it likes while there is nothing to answer', () => {
    const at = startMs + 2_000
    watch()
      .when(...rounds(2_000, 600_000, () => answer(at, at, [1, 1])))
      .thenNothing()
  })

  test('is stale when a record of its input waits longer than the limit', () => {
    const asked = startMs + 4_000
    watch()
      .when(...rounds(2_000, 34_000, () => answer(asked, startMs, [2, 1])))
      .thenNothing()
      .when(...rounds(36_000, 36_000, () => answer(asked, startMs, [2, 1])))
      .then(raised('STALE_TOPIC', 'exitbrain.pnl'))
      .when(...rounds(38_000, 38_000, () => answer(asked, asked, [2, 2])))
      .then(cleared('STALE_TOPIC', 'exitbrain.pnl'))
  })

  test('is stale when it was never written although its input was', () => {
    const asked = startMs + 2_000
    watch()
      .when(...rounds(2_000, 34_000, () => answer(asked, null, [1, 0])))
      .then(raised('STALE_TOPIC', 'exitbrain.pnl'))
  })

  test('is fresh while each record is answered in time, though the input is always ahead', () => {
    watch()
      .when(
        ...rounds(2_000, 300_000, (ms) =>
          answer(startMs + ms, startMs + ms - 1_000, [ms / 1_000, ms / 1_000 - 1]),
        ),
      )
      .thenNothing()
  })

  test('is reported as not growing when its input keeps growing without it', () => {
    const frozen = startMs + 2_000
    const out = watch().when(
      ...rounds(2_000, 40_000, (ms) => answer(startMs + ms, frozen, [ms, 5])),
    )
    out.then(raised('STALE_TOPIC', 'exitbrain.pnl'), raised('NO_GROWTH', 'exitbrain.pnl'))
    out
      .when(...rounds(42_000, 42_000, (ms) => answer(startMs + ms, startMs + ms, [ms, 6])))
      .then(cleared('STALE_TOPIC', 'exitbrain.pnl'), cleared('NO_GROWTH', 'exitbrain.pnl'))
  })

  test('that follows bars has a limit of two bars', () => {
    const bars = (ms: number): Seen[] => [
      { topic: 'market.bar', end_offset: ms, last_record_at_ms: startMs + ms },
      { topic: 'ai.signal_generated', end_offset: 1, last_record_at_ms: startMs },
    ]
    const hourly = { bars: { interval_ms: 3_600_000 } }
    watch(hourly)
      .when(...rounds(2_000, 600_000, bars))
      .thenNothing()
    watch()
      .when(...rounds(2_000, 126_000, bars))
      .then(
        raised('STALE_TOPIC', 'ai.signal_generated'),
        raised('NO_GROWTH', 'ai.signal_generated'),
      )
  })
})

test('what a group’s record says of one partition says nothing of the topic', () => {
  const group = { topic: 'exchange.tick', group: 'trading.market', end_offset: 3 }
  watch()
    .when(
      ...rounds(2_000, 60_000, () => [
        { ...group, last_record_at_ms: startMs },
        { topic: 'exchange.tick' },
      ]),
    )
    .thenNothing()
})

describe('the watch itself', () => {
  test('says that it is blind when observations stop', () => {
    watch()
      .records(...round(2_000))
      .when(tick(startMs + 4_000), tick(startMs + 6_000), tick(startMs + 8_000))
      .thenNothing()
      .when(tick(startMs + 10_000))
      .then(raised('STALE_TOPIC', 'topic.observed'))
  })

  test('accuses nobody right after a stop, and gives everybody the same time again', () => {
    const old = (): Seen[] => [{ topic: 'exchange.tick', last_record_at_ms: startMs }]
    watch()
      .records(...round(2_000))
      .restarted()
      .when(...rounds(600_000, 604_000, old))
      .thenNothing()
      .when(...rounds(606_000, 606_000, old))
      .then(raised('STALE_TOPIC', 'exchange.tick'))
  })

  test('clears nothing by a stop alone: what was wrong stays open until it is seen to be right', () => {
    const frozen = (): Seen[] => [
      { topic: 'exchange.tick', last_record_at_ms: startMs },
      { topic: 'trade.closed', last_record_at_ms: startMs + 2_000, end_offset: 2 },
      { topic: 'exitbrain.pnl', last_record_at_ms: startMs, end_offset: 1 },
    ]
    watch()
      .when(...rounds(2_000, 40_000, frozen))
      .then(raised('STALE_TOPIC', 'exchange.tick'), raised('STALE_TOPIC', 'exitbrain.pnl'))
      .restarted()
      .when(...rounds(600_000, 700_000, frozen))
      .thenNothing()
      .when(
        ...rounds(702_000, 702_000, (ms) =>
          frozen().map((seen) => ({ ...seen, last_record_at_ms: startMs + ms })),
        ),
      )
      .then(cleared('STALE_TOPIC', 'exchange.tick'), cleared('STALE_TOPIC', 'exitbrain.pnl'))
  })

  test('clears after a restart what it raised before', () => {
    const old = (): Seen[] => [{ topic: 'exchange.tick', last_record_at_ms: startMs }]
    watch()
      .records(...rounds(2_000, 8_000, old))
      .restarted()
      .when(...rounds(10_000, 10_000, () => [{ topic: 'exchange.tick' }]))
      .then(cleared('STALE_TOPIC', 'exchange.tick'))
  })
})

describe('a dead letter', () => {
  const letters = (last_record_at_ms: number | null) => (): Seen[] => [
    { topic: 'dead.letter', end_offset: last_record_at_ms === null ? 0 : 1, last_record_at_ms },
  ]

  test('is an alert, once, until none came for ten minutes', () => {
    watch()
      .when(...rounds(2_000, 4_000, letters(null)))
      .thenNothing()
      .when(...rounds(6_000, 6_000, letters(startMs + 5_000)))
      .then(raised('DEAD_LETTER', 'dead.letter'))
      .when(...rounds(8_000, 300_000, letters(startMs + 5_000)))
      .thenNothing()
      .when(...rounds(302_000, 900_000, letters(startMs + 301_000)))
      .thenNothing()
      .when(...rounds(902_000, 902_000, letters(startMs + 301_000)))
      .then(cleared('DEAD_LETTER', 'dead.letter'))
  })

  test('from long before the start is none', () => {
    watch()
      .when(...rounds(2_000, 6_000, letters(startMs - 600_000)))
      .thenNothing()
  })
})
