import { describe, expect, test } from 'vitest'
import { realityMap } from '../../../cli/map/reality.ts'
import type { MapInput, MapRow } from '../../../cli/map/rows.ts'
import { latestHeartbeats, samplesOf } from '../../../cli/map/samples.ts'
import type { LagSample, TopicSample } from '../../../cli/map/samples.ts'
import {
  clockTick,
  exchangeTick,
  exitSignal,
  opsAlert,
  priceUpdate,
  tradeClosed,
  exitbrainPnl,
  positionFlattened,
  positionState,
  portfolioState,
  accountSnapshot,
  aggregatorChangelog,
} from '../../../schemas/topics.ts'
import type { TopologyHeartbeat } from '../../../schemas/types.gen.ts'
import { topology } from '../../../topologies/kernel/topology.ts'
import { testConfig } from '../../kit/given.ts'
import { sketch } from '../../kit/pages.ts'
import { heartbeatOf, topicObservedOf } from '../../kit/records.ts'

// The audit's own moment: 2026-01-19 12:05 UTC.
const nowMs = Date.UTC(2026, 0, 19, 12, 5)
const startedAtMs = nowMs - 600_000

const page = topology('small', {
  see: [
    sketch('aggregator', {
      reads: [exchangeTick, clockTick],
      writes: [priceUpdate, opsAlert],
      state: aggregatorChangelog,
    }),
  ],
  leave: [
    sketch('exit-brain', { reads: [priceUpdate, positionState], writes: [exitSignal] }),
    sketch('trade-closer', { reads: [positionFlattened], writes: [tradeClosed] }),
    sketch('exit-attribution', { reads: [tradeClosed], writes: [exitbrainPnl] }),
  ],
  act: [
    sketch('position-keeper', {
      reads: [exitSignal],
      writes: [positionState, positionFlattened],
      feedback: [positionState],
    }),
    sketch('portfolio', { reads: [accountSnapshot], writes: [portfolioState] }),
    sketch('gates', { reads: [portfolioState], writes: [opsAlert] }),
  ],
})
const names = page.processors.map((p) => p.name)

/** One sample `agoMs` before now. */
function sample(
  agoMs: number,
  end: number,
  lastAgoMs: number | null,
  more: Partial<TopicSample> = {},
): TopicSample {
  return {
    at_ms: nowMs - agoMs,
    first_offset: 0,
    end_offset: end,
    last_record_at_ms: lastAgoMs === null ? null : nowMs - lastAgoMs,
    lags: [],
    ...more,
  }
}

const alive = names.map((processor) =>
  heartbeatOf({ processor, at_ms: nowMs - 1_000, started_at_ms: startedAtMs }),
)

function rowsOf(
  samples: Record<string, TopicSample[]>,
  more: Partial<MapInput> = {},
): Map<string, MapRow> {
  const rows = realityMap({
    topology: page,
    config: testConfig(),
    observations: new Map(Object.entries(samples)),
    heartbeats: alive,
    startedAtMs,
    nowMs,
    ...more,
  })
  return new Map(rows.map((row) => [`${row.kind} ${row.name}`, row]))
}
const topicRow = (name: string, samples: Record<string, TopicSample[]>, more = {}): MapRow =>
  rowsOf(samples, more).get(`topic ${name}`)!

describe('a topic', () => {
  test('grows when its last sample holds more than its first; the window and the rate are shown', () => {
    const row = topicRow('exchange.tick', {
      'exchange.tick': [sample(60_000, 1_000, 60_000), sample(0, 1_600, 0)],
    })
    expect(row).toMatchObject({ verdict: 'growing', observed: '1,600 kept, 600 in 1 m' })
    expect(row.evidence).toContain('10.0 a second')
  })

  test('with one sample is never said to grow, however long it is', () => {
    const row = topicRow('position.state', { 'position.state': [sample(0, 10_004, 1_000)] })
    expect(row).toMatchObject({ verdict: 'ok', observed: '10,004 kept' })
    expect(row.evidence).toContain('one sample')
  })

  test('at its length cap still shows growth, by offsets', () => {
    const capped = [
      sample(60_000, 500_000, 60_000, { first_offset: 489_996 }),
      sample(0, 500_300, 0, { first_offset: 490_296 }),
    ]
    expect(topicRow('position.state', { 'position.state': capped })).toMatchObject({
      verdict: 'growing',
      observed: '10,004 kept, 300 in 1 m',
    })
  })

  test('that is older than its limit is stale, with the absolute time of its last record', () => {
    const last = Date.UTC(2025, 0, 14, 3, 40)
    const row = topicRow('exchange.tick', {
      'exchange.tick': [sample(0, 1, nowMs - last)],
    })
    expect(row.verdict).toBe('stale')
    expect(row.evidence).toContain('2025-01-14T03:40:00Z (370 d ago)')
  })

  test.each([
    [4_000, 'growing'],
    [5_000, 'growing'],
    [5_001, 'stale'],
  ])('whose last record is %i ms old under a limit of 5 s is %s', (ageMs, verdict) => {
    const samples = { 'exchange.tick': [sample(60_000, 1, 60_000), sample(0, 2, ageMs)] }
    expect(topicRow('exchange.tick', samples).verdict).toBe(verdict)
  })

  test('that answers another one is stale only while a record of that one waits', () => {
    const closed = [sample(60_000, 2, 90_000), sample(0, 2, 90_000)]
    const answered = [sample(60_000, 2, 89_999), sample(0, 2, 89_999)]
    const behind = [sample(60_000, 1, 300_000), sample(0, 1, 300_000)]
    expect(
      topicRow('exitbrain.pnl', { 'trade.closed': closed, 'exitbrain.pnl': answered }).verdict,
    ).toBe('idle')
    const row = topicRow('exitbrain.pnl', { 'trade.closed': closed, 'exitbrain.pnl': behind })
    expect(row.verdict).toBe('stale')
    expect(row.evidence).toContain('trade.closed waits since 2026-01-19T12:03:30Z (1 m 30 s ago)')
  })

  test('that answers another one in time is not stale, though the other is always ahead', () => {
    const ticks = [sample(60_000, 1, 60_000), sample(0, 2, 0)]
    const prices = [sample(60_000, 1, 61_000), sample(0, 2, 1_000)]
    expect(
      topicRow('price.update', { 'exchange.tick': ticks, 'price.update': prices }).verdict,
    ).toBe('growing')
  })

  test('that was never written although what it answers was, is missing', () => {
    const closed = [sample(60_000, 2, 90_000), sample(0, 2, 90_000)]
    expect(topicRow('exitbrain.pnl', { 'trade.closed': closed }).verdict).toBe('missing')
    const none = { 'trade.closed': closed, 'exitbrain.pnl': [sample(0, 0, null)] }
    expect(topicRow('exitbrain.pnl', none).verdict).toBe('missing')
  })

  test('from outside that was never written is missing once its limit has passed since the start', () => {
    expect(topicRow('exchange.tick', {}).verdict).toBe('missing')
    expect(topicRow('exchange.tick', {}, { startedAtMs: nowMs - 4_000 }).verdict).toBe('idle')
    expect(topicRow('exchange.tick', {}, { startedAtMs: null }).verdict).toBe('idle')
  })

  test('with a limit of its own is missing only when its writer had something to read', () => {
    expect(topicRow('portfolio.state', {}).verdict).toBe('idle')
    const fed = { 'account.snapshot': [sample(0, 3, 1_000)] }
    expect(topicRow('portfolio.state', fed).verdict).toBe('missing')
  })

  test.each(['ops.alert', 'trade.closed', 'exit.signal', 'position.flattened', 'exitbrain.pnl'])(
    '%s may be quiet for ever while nothing asks for it',
    (name) => {
      expect(topicRow(name, {}).verdict).toBe('idle')
      const quiet = [sample(60_000, 5, 86_400_000), sample(0, 5, 86_400_000)]
      expect(topicRow(name, { [name]: quiet }).verdict).toBe('idle')
    },
  )

  test('says from whom it comes and when it is due', () => {
    expect(topicRow('price.update', {}).expected).toBe(
      'within 5.0 s of exchange.tick from aggregator',
    )
    expect(topicRow('exchange.tick', {}).expected).toBe('every 5.0 s from connector')
  })

  test('that nobody declares is undeclared', () => {
    const row = topicRow('price.updat', { 'price.updat': [sample(0, 3, 0)] })
    expect(row).toMatchObject({ kind: 'topic', verdict: 'undeclared' })
  })

  test('that holds state is shown when a runtime shows it, and is not undeclared', () => {
    expect(rowsOf({}).has('topic aggregator.changelog')).toBe(false)
    const row = topicRow('aggregator.changelog', { 'aggregator.changelog': [sample(0, 3, 0)] })
    expect(row.verdict).toBe('ok')
  })
})

describe('a lag', () => {
  const lag = (n: number | null, more: Partial<LagSample> = {}): LagSample => ({
    group: 'small.account',
    partition: 3,
    lag: n,
    position: null,
    trimmed_unread: 0,
    ...more,
  })
  const row = (...lags: LagSample[]) => {
    const span = 60_000 / Math.max(1, lags.length - 1)
    return topicRow('exit.signal', {
      'exit.signal': lags.map((l, i) => {
        const agoMs = 60_000 - i * span
        const position = l.lag === null ? null : 100_000 + i - l.lag
        return sample(agoMs, 100_000 + i, agoMs, { lags: [{ ...l, position }] })
      }),
    })
  }

  test('above the limit names topic, group and partition', () => {
    const found = row(lag(0), lag(67_448))
    expect(found.verdict).toBe('lagging')
    expect(found.evidence).toContain('lag 67,448 in exit.signal, group small.account, partition 3')
  })

  test('larger than what is kept is data loss, not lateness', () => {
    const found = topicRow('exit.signal', {
      'exit.signal': [sample(0, 67_448, 0, { first_offset: 57_447, lags: [lag(67_448)] })],
    })
    expect(found.verdict).toBe('data-loss')
    expect(found.evidence).toContain('57,447 records were removed unread')
  })

  test('of zero does not hide what was removed unread', () => {
    expect(row(lag(0), lag(0, { trimmed_unread: 7 })).verdict).toBe('data-loss')
  })

  test('that is unknown twice is a fault, once is none', () => {
    expect(row(lag(0), lag(null)).verdict).toBe('growing')
    expect(row(lag(null), lag(null))).toMatchObject({ verdict: 'lagging' })
    expect(row(lag(null), lag(null)).evidence).toContain('lag unknown')
  })

  test('that is not worked off over the window is a fault, however small', () => {
    expect(row(lag(4), lag(4), lag(5)).verdict).toBe('growing')
    expect(row(lag(4), lag(5), lag(6)).verdict).toBe('lagging')
  })

  test('in another group does not blame a sub-topology', () => {
    const late = (group: string) =>
      rowsOf({
        'exit.signal': [sample(0, 100_000, 0, { lags: [lag(50_000, { group })] })],
      }).get('sub-topology account')!
    expect(late('small.account').verdict).toBe('lagging')
    expect(late('gateway').verdict).toBe('alive')
  })
})

describe('a processor', () => {
  const beat = (changes: Partial<TopologyHeartbeat>, more = {}) =>
    rowsOf(
      { 'price.update': [sample(120_000, 10, 120_000), sample(0, 20, 0)] },
      {
        heartbeats: [
          ...alive.filter((b) => b.processor !== 'exit-brain'),
          heartbeatOf({ at_ms: nowMs - 1_000, started_at_ms: startedAtMs, ...changes }),
        ],
        ...more,
      },
    )

  test('is alive when it gave a sign of life and handled records; its progress is shown', () => {
    const row = beat({ handled: 1_234, emitted: 56, live_keys: 2 }).get('processor exit-brain')!
    expect(row.verdict).toBe('alive')
    expect(row.evidence).toContain(
      'handled 1,234, emitted 56, keys 2, last input 2026-01-19T12:04:59Z',
    )
  })

  test('is idle when nothing ever came for it', () => {
    const rows = beat({ last_input_at_ms: null }, { observations: new Map() })
    expect(rows.get('processor exit-brain')!.verdict).toBe('idle')
  })

  test('is stale when it gives signs of life and lets its input lie', () => {
    const row = beat({ last_input_at_ms: nowMs - 300_000 }).get('processor exit-brain')!
    expect(row.verdict).toBe('stale')
    expect(row.evidence).toContain('price.update has a record of 2026-01-19T12:03:00Z')
  })

  test('is stale when it fell silent and missing when it was never seen', () => {
    expect(beat({ at_ms: nowMs - 6_000 }).get('processor exit-brain')!.verdict).toBe('alive')
    expect(beat({ at_ms: nowMs - 6_001 }).get('processor exit-brain')!.verdict).toBe('stale')
    const rows = rowsOf({}, { heartbeats: alive.slice(1) })
    expect(rows.get('processor aggregator')!.verdict).toBe('missing')
  })

  test('is as old as the oldest of its tasks', () => {
    const heartbeats = [
      ...alive,
      heartbeatOf({ processor: 'exit-brain', partition: 1, at_ms: nowMs - 60_000 }),
    ]
    expect(rowsOf({}, { heartbeats }).get('processor exit-brain')!.verdict).toBe('stale')
  })

  test('that nobody declares is undeclared', () => {
    const heartbeats = [...alive, heartbeatOf({ processor: 'second-harvest', at_ms: nowMs })]
    expect(rowsOf({}, { heartbeats }).get('processor second-harvest')!.verdict).toBe('undeclared')
  })

  test('carries further evidence that is given for it', () => {
    const notes = new Map([['gates', 'SAFE_MODE 3 refused, 12 passed']])
    expect(rowsOf({}, { notes }).get('processor gates')!.evidence).toContain('12 passed')
  })
})

describe('a sub-topology', () => {
  test('is alive, stale or missing with its processors', () => {
    const verdict = (heartbeats: TopologyHeartbeat[]) =>
      rowsOf({}, { heartbeats }).get('sub-topology market')!.verdict
    expect(verdict(alive)).toBe('alive')
    expect(verdict(alive.filter((b) => b.processor !== 'aggregator'))).toBe('stale')
    expect(verdict([])).toBe('missing')
  })
})

describe('a connector', () => {
  const connectors = [{ name: 'venue', writes: ['exchange.tick', 'account.snapshot'] }]
  test.each([
    ['growing', [sample(4_000, 1, 4_000), sample(0, 9, 0)]],
    ['idle', [sample(1_000, 1, 1_000), sample(0, 1, 1_000)]],
    ['stale', [sample(60_000, 1, 60_000), sample(0, 1, 60_000)]],
    ['missing', []],
  ] as const)('is %s with what it brings, not with its process', (verdict, ticks) => {
    const snapshots = [sample(4_000, 1, 4_000), sample(0, 1, 4_000)]
    const rows = rowsOf(
      { 'exchange.tick': [...ticks], 'account.snapshot': snapshots },
      { connectors },
    )
    expect(rows.get('connector venue')!.verdict).toBe(verdict)
  })
})

describe('what was observed', () => {
  test('keeps the partitions of a group apart, and the ends of the topic from its own record', () => {
    const group = { topic: 'exit.signal', at_ms: 1_000, group: 'a' }
    const [only] = samplesOf([
      topicObservedOf({ ...group, partition: 0, end_offset: 4, lag: 1, committed_offset: 3 }),
      topicObservedOf({ topic: 'exit.signal', at_ms: 1_000, end_offset: 9 }),
      topicObservedOf({ ...group, partition: 1, end_offset: 5, lag: 2, committed_offset: 3 }),
    ]).get('exit.signal')!
    expect(only).toMatchObject({
      end_offset: 9,
      lags: [
        { partition: 0, lag: 1, position: 3 },
        { partition: 1, lag: 2, position: 3 },
      ],
    })
  })

  test('is put together from the log of any process, in any order', () => {
    const samples = samplesOf([
      topicObservedOf({ topic: 'exit.signal', at_ms: 2_000, end_offset: 5 }),
      topicObservedOf({ topic: 'exit.signal', at_ms: 1_000, end_offset: 3, group: 'a', lag: 2 }),
      topicObservedOf({ topic: 'exit.signal', at_ms: 1_000, end_offset: 3 }),
      topicObservedOf({ topic: 'exit.signal', at_ms: 1_000, end_offset: 3, group: 'b', lag: null }),
    ]).get('exit.signal')!
    expect(samples.map((s) => [s.at_ms, s.end_offset])).toEqual([
      [1_000, 3],
      [2_000, 5],
    ])
    expect(samples[0]!.lags.map((l) => [l.group, l.lag])).toEqual([
      ['a', 2],
      ['b', null],
    ])
  })

  test('of heartbeats is the last one of each task', () => {
    const beats = [
      heartbeatOf({ at_ms: 2, handled: 2 }),
      heartbeatOf({ at_ms: 1, handled: 1 }),
      heartbeatOf({ at_ms: 1, partition: 1, handled: 7 }),
    ]
    expect(latestHeartbeats(beats).map((b) => b.handled)).toEqual([2, 7])
  })
})
