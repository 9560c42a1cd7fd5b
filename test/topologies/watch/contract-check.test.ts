import { describe, expect, test } from 'vitest'
import {
  contractReport,
  opsAlert,
  topicObserved,
  topologyHeartbeat,
} from '../../../schemas/topics.ts'
import type { AlertKind, OpsAlert, TopologyHeartbeat } from '../../../schemas/types.gen.ts'
import { contractCheck } from '../../../topologies/watch/contract-check.ts'
import { given, tick } from '../../kit/given.ts'
import type { Given, Pair } from '../../kit/given.ts'
import { heartbeatOf, startMs, topicObservedOf } from '../../kit/records.ts'

const beatMs = 2_000
const limitMs = 3 * beatMs

const check = (processors = ['exit-brain', 'bars'], topics = ['price.update']): Given =>
  given(contractCheck(processors, topics)).records(tick(startMs))

const beat = (changes: Partial<TopologyHeartbeat> = {}): Pair => [
  topologyHeartbeat,
  heartbeatOf(changes),
]

/** A heartbeat of each processor and an observation, every two seconds, each followed by a clock tick. */
function beats(
  fromMs: number,
  toMs: number,
  of: Record<string, Partial<TopologyHeartbeat> | null> = {},
) {
  const tasks = { 'exit-brain': {}, bars: {}, ...of }
  const steps: (Pair | { readonly tickMs: number })[] = []
  for (let afterMs = fromMs; afterMs <= toMs; afterMs += beatMs) {
    const at_ms = startMs + afterMs
    for (const [processor, changes] of Object.entries(tasks))
      if (changes !== null) steps.push(beat({ processor, at_ms, ...changes }))
    steps.push([topicObserved, topicObservedOf({ topic: 'price.update', at_ms })], tick(at_ms))
  }
  return steps
}

const raised = (kind: AlertKind, subject: string, more: Partial<OpsAlert> = {}) =>
  [opsAlert, { kind, subject, state: 'RAISED', ...more }] as const
const cleared = (kind: AlertKind, subject: string) =>
  [opsAlert, { kind, subject, state: 'CLEARED' }] as const
const report = (item: string, ok: boolean) => [contractReport, { item, ok }] as const

describe('a declared processor', () => {
  test('that gives signs of life is reported once as alive', () => {
    check()
      .when(...beats(beatMs, 10 * beatMs))
      .then(
        report('processor exit-brain', true),
        report('processor bars', true),
        report('topic price.update', true),
      )
      .when(...beats(11 * beatMs, 400 * beatMs))
      .thenNothing()
  })

  test('that never gave one is missing after the limit', () => {
    check()
      .records(...beats(beatMs, limitMs, { bars: null }))
      .when(...beats(limitMs + beatMs, 2 * limitMs, { bars: null }))
      .then(report('processor bars', false), raised('MISSING_HEARTBEAT', 'bars'))
  })

  test('that falls silent alerts within seconds, once, and clears once', () => {
    const lastMs = 20 * beatMs
    check()
      .records(...beats(beatMs, lastMs))
      .when(...beats(lastMs + beatMs, lastMs + limitMs, { bars: null }))
      .thenNothing()
      .when(...beats(lastMs + limitMs + beatMs, lastMs + 20 * beatMs, { bars: null }))
      .then(
        report('processor bars', false),
        raised('MISSING_HEARTBEAT', 'bars', { severity: 'WARNING' }),
      )
      .when(...beats(lastMs + 21 * beatMs, lastMs + 30 * beatMs))
      .then(report('processor bars', true), cleared('MISSING_HEARTBEAT', 'bars'))
  })

  test.each([
    [1, 'CRITICAL'],
    [0, 'WARNING'],
  ] as const)('that watches %i positions and falls silent is %s', (live_keys, severity) => {
    check()
      .records(...beats(beatMs, 10 * beatMs, { 'exit-brain': { live_keys } }))
      .when(...beats(11 * beatMs, 20 * beatMs, { 'exit-brain': null }))
      .then(
        report('processor exit-brain', false),
        raised('MISSING_HEARTBEAT', 'exit-brain', { severity }),
      )
  })

  test('must give signs of life in every task that was ever seen', () => {
    const second = (afterMs: number) =>
      beat({ processor: 'bars', partition: 1, at_ms: startMs + afterMs })
    const out = check()
      .records(...beats(beatMs, 2 * beatMs), second(2 * beatMs))
      .when(...beats(3 * beatMs, 10 * beatMs))
    out.then(report('processor bars', false), raised('MISSING_HEARTBEAT', 'bars'))
    expect(out.outputs(opsAlert)[0]!.detail).toContain('partition 1')
  })
})

describe('a sign of life is no proof of work', () => {
  test('an exit brain with positions that takes in no price is critical', () => {
    const blind = { 'exit-brain': { live_keys: 2, last_input_at_ms: startMs + beatMs } }
    check()
      .records(...beats(beatMs, beatMs))
      .when(...beats(2 * beatMs, 30_000, blind))
      .thenNothing()
      .when(...beats(32_000, 60_000, blind))
      .then(
        [contractReport, { check: 'EVIDENCE', ok: false }],
        raised('EXIT_SILENT', 'exit-brain partition 0', { severity: 'CRITICAL' }),
      )
      .when(...beats(62_000, 70_000))
      .then(
        [contractReport, { check: 'EVIDENCE', ok: true }],
        cleared('EXIT_SILENT', 'exit-brain partition 0'),
      )
  })

  test('without positions it may be idle', () => {
    const idle = { 'exit-brain': { live_keys: 0, last_input_at_ms: startMs } }
    check()
      .records(...beats(beatMs, 40_000, idle))
      .when(...beats(42_000, 200_000, idle))
      .thenNothing()
  })

  test('a task that starts over and over is critical', () => {
    const restarting = (n: number) => ({ bars: { started_at_ms: startMs + n } })
    const out = check().records(...beats(beatMs, 40_000))
    for (let n = 1; n <= 4; n++)
      out.when(...beats(40_000 + n * beatMs, 40_000 + n * beatMs, restarting(n))).thenNothing()
    out
      .when(...beats(50_000, 60_000, restarting(5)))
      .then(
        [contractReport, { check: 'EVIDENCE', ok: false }],
        raised('SUPERVISION', 'sub-topology market', { severity: 'CRITICAL' }),
      )
  })

  test('a process that starts over and over is one alert for each of its sub-topologies, not for each processor', () => {
    const names = ['exit-brain', 'bars', 'ai-engine', 'portfolio', 'reconciler']
    const domainOf = (name: string) => (names.indexOf(name) < 3 ? 'market' : 'account')
    const all = (started_at_ms: number) =>
      Object.fromEntries(
        names.map((name) => [name, { started_at_ms, sub_topology: domainOf(name) }]),
      )
    const out = check(names).records(...beats(beatMs, 40_000, all(startMs)))
    for (let n = 1; n <= 5; n++)
      out.when(...beats(40_000 + n * beatMs, 40_000 + n * beatMs, all(startMs + n)))
    const alerts = out.outputs(opsAlert)
    expect(alerts.map((alert) => alert.alert_id)).toEqual([
      'SUPERVISION|sub-topology market',
      'SUPERVISION|sub-topology account',
    ])
    expect(alerts[0]!.detail).toMatch(/fewer than 5 restarts .* was 5 \(exit-brain partition 0\)/)
    out.when(...beats(52_000, 700_000, all(startMs + 5)))
    expect(out.outputs(opsAlert).map((alert) => alert.state)).toEqual(['CLEARED', 'CLEARED'])
  })

  test('restarts of different windows do not add up', () => {
    const out = check().records(...beats(beatMs, 40_000))
    for (let n = 1; n <= 8; n++) {
      const fromMs = 40_000 + n * 300_000
      out.when(...beats(fromMs, fromMs, { bars: { started_at_ms: startMs + n } })).thenNothing()
    }
  })
})

describe('what is not declared', () => {
  test('a topic is an alert while it is seen', () => {
    const stray = (afterMs: number): Pair => [
      topicObserved,
      topicObservedOf({ topic: 'stray', declared: false, at_ms: startMs + afterMs }),
    ]
    check()
      .records(...beats(beatMs, 40_000))
      .when(stray(41_000), ...beats(42_000, 42_000), stray(43_000), ...beats(44_000, 44_000))
      .then(report('topic stray', false), raised('CONTRACT', 'topic stray'))
      .when(...beats(46_000, 60_000))
      .then(report('topic stray', true), cleared('CONTRACT', 'topic stray'))
      .when(...beats(62_000, 100_000))
      .thenNothing()
  })

  test('a processor is an alert while it gives signs of life', () => {
    check()
      .records(...beats(beatMs, 40_000))
      .when(...beats(42_000, 50_000, { 'second-harvest': {} }))
      .then(
        report('processor second-harvest', false),
        raised('CONTRACT', 'processor second-harvest'),
      )
      .when(...beats(52_000, 70_000))
      .then(
        report('processor second-harvest', true),
        cleared('CONTRACT', 'processor second-harvest'),
      )
  })
})

test('a declared topic that is never observed is an alert after the window', () => {
  check(['exit-brain', 'bars'], ['price.update', 'trade.closed'])
    .records(...beats(beatMs, 30_000))
    .when(...beats(32_000, 100_000))
    .then(report('topic trade.closed', false), raised('CONTRACT', 'topic trade.closed'))
})

describe('a break', () => {
  test('of the watch accuses nobody', () => {
    check()
      .records(...beats(beatMs, 40_000))
      .restarted()
      .when(tick(startMs + 600_000), ...beats(602_000, 610_000))
      .thenNothing()
  })

  test('clears nothing by itself: who was missing stays so until a sign of life', () => {
    check()
      .records(...beats(beatMs, 40_000), ...beats(42_000, 60_000, { bars: null }))
      .restarted()
      .when(tick(startMs + 600_000), ...beats(602_000, 700_000, { bars: null }))
      .thenNothing()
      .when(...beats(702_000, 702_000))
      .then(report('processor bars', true), cleared('MISSING_HEARTBEAT', 'bars'))
  })

  test('does not hide who does not come back', () => {
    check()
      .records(...beats(beatMs, 40_000))
      .restarted()
      .records(tick(startMs + 600_000))
      .when(...beats(602_000, 606_000, { bars: null }))
      .thenNothing()
      .when(...beats(608_000, 620_000, { bars: null }))
      .then(report('processor bars', false), raised('MISSING_HEARTBEAT', 'bars'))
  })
})
