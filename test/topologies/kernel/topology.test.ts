import { describe, expect, test } from 'vitest'
import {
  aiSignalGenerated,
  aggregatorChangelog,
  clockTick,
  exchangeTick,
  executionResult,
  exitSignal,
  fundingPaid,
  marketBar,
  markState,
  opsAlert,
  orderCommand,
  orderReport,
  portfolioChangelog,
  positionState,
  priceUpdate,
  safeModeChangelog,
  safeModeCommand,
  safeModeState,
  topicObserved,
  tradeIntent,
} from '../../../schemas/topics.ts'
import type { Topic } from '../../../schemas/topic.ts'
import { topology, TopologyError } from '../../../topologies/kernel/topology.ts'
import type { Processor } from '../../../topologies/kernel/processor.ts'
import type { Sketch } from '../../kit/pages.ts'
import { sketch } from '../../kit/pages.ts'

const merge = (more: Sketch = {}) =>
  sketch('merge', { reads: [exchangeTick], writes: [priceUpdate], ...more })
const count = (more: Sketch = {}) =>
  sketch('count', { reads: [priceUpdate], writes: [executionResult], ...more })
const build = (...processors: Processor[]) => topology('small', { all: processors })
const names = (topics: Iterable<Topic>) => [...topics].map((topic) => topic.name)

describe('a page that is right', () => {
  const page = topology('small', {
    see: [merge({ reads: [exchangeTick, clockTick], writes: [priceUpdate, markState] })],
    decide: [
      sketch('decide', {
        reads: [priceUpdate],
        tables: [safeModeState, markState],
        writes: [tradeIntent],
      }),
    ],
    act: [
      sketch('gates', {
        reads: [tradeIntent, orderReport],
        writes: [orderCommand],
        state: safeModeChangelog,
      }),
      sketch('keeper', { reads: [orderCommand, orderReport], writes: [positionState] }),
      sketch('safe-mode', { reads: [safeModeCommand], writes: [safeModeState] }),
    ],
    watch: [
      sketch('watch', { reads: [topicObserved], writes: [opsAlert] }),
      sketch('naked', { reads: [positionState], writes: [opsAlert] }),
    ],
  })

  test('keeps its groups and its order', () => {
    expect([...page.groups.keys()]).toEqual(['see', 'decide', 'act', 'watch'])
    expect(page.processors.map((p) => p.name).slice(0, 3)).toEqual(['merge', 'decide', 'gates'])
  })

  test('falls into one sub-topology for each domain that is read', () => {
    expect(page.subTopologies.map((sub) => [sub.name, sub.processors.map((p) => p.name)])).toEqual([
      ['market', ['merge', 'decide', 'naked']],
      ['account', ['gates', 'keeper', 'safe-mode']],
      ['ops', ['watch']],
    ])
  })

  test('hands on what is written and read inside, and takes the rest from the log', () => {
    const [market, account] = page.subTopologies
    expect(names(market!.handedOn)).toEqual(['price.update'])
    expect(names(market!.inputs)).toEqual(['exchange.tick', 'position.state'])
    expect(names(account!.handedOn)).toEqual(['order.command'])
    // A topic that an operator or a connector may write as well always goes through the log.
    expect(names(account!.inputs)).toEqual(['trade.intent', 'order.report', 'safe_mode.command'])
  })

  test('never takes the clock from the log', () => {
    for (const sub of page.subTopologies) {
      expect(names(sub.inputs)).not.toContain('clock.tick')
      expect(names(sub.handedOn)).not.toContain('clock.tick')
    }
  })

  test('knows its tables and its changelogs', () => {
    expect(names(page.subTopologies[0]!.tables)).toEqual(['safe_mode.state', 'mark.state'])
    expect(names(page.subTopologies[1]!.changelogs)).toEqual(['safe_mode.changelog'])
    expect(names(page.topics)).toContain('safe_mode.changelog')
  })
})

describe('a page that is wrong names the fault', () => {
  const faults: [string, () => unknown, string][] = [
    [
      'two processors of one name',
      () => build(merge(), merge({ reads: [priceUpdate], writes: [executionResult] })),
      'merge: expected one processor of this name, was two',
    ],
    [
      'a topic that nobody writes',
      () => build(count()),
      'price.update: expected a writer, was read by count and written by nobody',
    ],
    [
      'a table that nobody writes',
      () => build(merge({ writes: [executionResult], tables: [safeModeState] })),
      'safe_mode.state: expected a writer, was read by merge and written by nobody',
    ],
    [
      'a topic that nobody reads',
      () => build(merge()),
      'price.update: expected a reader or the mark "sink", was written by merge and read by nobody',
    ],
    [
      'two writers of a topic with one',
      () =>
        build(merge(), sketch('bridge', { reads: [exchangeTick], writes: [priceUpdate] }), count()),
      'price.update: expected one writer, was merge and bridge',
    ],
    [
      'two writers of a compacted topic',
      () =>
        build(
          merge({ writes: [markState] }),
          sketch('bridge', { reads: [exchangeTick], writes: [markState] }),
          sketch('count', { reads: [markState], writes: [executionResult] }),
        ),
      'mark.state: expected one writer, was merge and bridge',
    ],
    [
      'one state for two processors',
      () => build(merge({ state: aggregatorChangelog }), count({ ledger: aggregatorChangelog })),
      'aggregator.changelog: expected one owner, was merge and count',
    ],
    [
      'state that is no changelog',
      () => build(merge({ state: markState }), count()),
      'merge: expected a changelog for its state, was mark.state',
    ],
    [
      'state of another domain than what is read',
      () => build(merge({ state: portfolioChangelog }), count()),
      'merge: expected a changelog of the domain market, was portfolio.changelog (account)',
    ],
    [
      'a table that is not compacted',
      () => build(merge({ tables: [orderReport] }), count()),
      'merge: expected a compacted topic as table, was order.report',
    ],
    [
      'two domains in reads',
      () => build(merge({ reads: [exchangeTick, orderReport] }), count()),
      'merge: expected one domain in reads, was exchange.tick (market) and order.report (account)',
    ],
    [
      'nothing but the clock in reads',
      () => build(merge({ reads: [clockTick] }), count()),
      'merge: expected at least one topic in reads besides clock.tick',
    ],
    [
      'a topic twice in reads: it would be handled twice',
      () => build(merge({ reads: [exchangeTick, exchangeTick] }), count()),
      'merge: expected exchange.tick once in reads, was twice',
    ],
    [
      'a topic twice in writes',
      () => build(merge({ writes: [priceUpdate, priceUpdate] }), count()),
      'merge: expected price.update once in writes, was twice',
    ],
    [
      'somebody else’s changelog in reads',
      () => build(merge(), count({ reads: [priceUpdate, aggregatorChangelog] })),
      'count: expected no changelog in reads or writes, was aggregator.changelog',
    ],
    [
      'a changelog in writes',
      () => build(merge({ writes: [priceUpdate, aggregatorChangelog] }), count()),
      'merge: expected no changelog in reads or writes, was aggregator.changelog',
    ],
    [
      'a processor that answers itself',
      () => build(merge({ reads: [exchangeTick, priceUpdate] })),
      'expected no cycle without an edge declared feedback, was merge → merge',
    ],
    [
      'a cycle over several processors',
      () =>
        build(
          sketch('bars', { reads: [exchangeTick, aiSignalGenerated], writes: [marketBar] }),
          sketch('think', { reads: [marketBar], writes: [aiSignalGenerated] }),
        ),
      'expected no cycle without an edge declared feedback, was bars → think → bars',
    ],
  ]
  test.each(faults)('%s', (_title, wrong, message) => {
    expect(wrong).toThrow(TopologyError)
    expect(wrong).toThrow(message)
  })
})

describe('what looks wrong and is not', () => {
  test.each<[string, () => unknown]>([
    [
      'a cycle over an edge that is declared as feedback',
      () =>
        build(
          sketch('bars', { reads: [exchangeTick, aiSignalGenerated], writes: [marketBar] }),
          sketch('think', {
            reads: [marketBar],
            writes: [aiSignalGenerated],
            feedback: [aiSignalGenerated],
          }),
        ),
    ],
    [
      'two writers of a topic that several may write',
      () =>
        build(
          merge({ writes: [opsAlert] }),
          sketch('other', { reads: [fundingPaid], writes: [opsAlert] }),
        ),
    ],
    ['a topic that only people read', () => build(merge({ writes: [executionResult] }))],
    [
      'a processor that takes its own topic as a table',
      () => build(merge({ writes: [markState], tables: [markState] })),
    ],
    [
      'a topic of another domain in writes',
      () =>
        build(
          merge({ writes: [exitSignal] }),
          sketch('gates', { reads: [exitSignal], writes: [opsAlert] }),
        ),
    ],
  ])('%s builds', (_title, right) => {
    expect(right).not.toThrow()
  })
})
