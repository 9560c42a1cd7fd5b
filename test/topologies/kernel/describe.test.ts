import { describe, expect, test } from 'vitest'
import {
  aggregatorChangelog,
  clockTick,
  exchangeTick,
  exitSignal,
  executionResult,
  instrumentState,
  markState,
  opsAlert,
  orderReport,
  priceUpdate,
  topicObserved,
} from '../../../schemas/topics.ts'
import { describeJson, describeMermaid, describeText } from '../../../topologies/kernel/describe.ts'
import { topology } from '../../../topologies/kernel/topology.ts'
import { trading } from '../../../topologies/trading.ts'
import { sketch } from '../../kit/pages.ts'

const page = topology('small', {
  see: [
    sketch('merge', {
      reads: [exchangeTick, clockTick],
      writes: [priceUpdate, markState],
      state: aggregatorChangelog,
    }),
  ],
  leave: [
    sketch('exit-brain', {
      reads: [priceUpdate],
      tables: [markState, instrumentState],
      writes: [exitSignal, opsAlert],
    }),
  ],
  act: [sketch('gates', { reads: [exitSignal, orderReport], writes: [executionResult] })],
  watch: [
    sketch('audit', { reads: [exitSignal, orderReport], writes: [opsAlert] }),
    sketch('freshness', { reads: [topicObserved], writes: [opsAlert] }),
  ],
})

describe('as text', () => {
  const text = describeText(page)

  test('every processor stands under its group with what it does, reads, writes and keeps', () => {
    expect(text).toContain(
      [
        'see',
        '  merge  Stands for merge.',
        '    reads  exchange.tick, clock.tick',
        '    writes price.update, mark.state',
        '    state  aggregator.changelog',
      ].join('\n'),
    )
  })

  test('who closes positions is one line', () => {
    expect(text).toMatch(/^ {2}exit\.signal +account +exit-brain → gates, audit$/m)
  })

  test('who else may write a topic, and who takes it as a table, is said', () => {
    expect(text).toMatch(/^ {2}order\.report +account +\(connector\) → gates, audit$/m)
    expect(text).toMatch(/^ {2}mark\.state +market +merge → exit-brain \(table\)$/m)
    expect(text).toMatch(/^ {2}execution\.result +account +gates → —$/m)
  })

  test('sub-topologies say what they take from the log and what is handed on', () => {
    expect(text).toContain(
      'sub-topology market: merge, exit-brain\n  from the log  exchange.tick\n  handed on     price.update',
    )
  })
})

describe('as a diagram', () => {
  const diagram = describeMermaid(page)
  const lines = diagram
    .trimEnd()
    .split('\n')
    .map((line) => line.trim())

  test('groups are boxes, processors are nodes, topics are on the arrows', () => {
    expect(lines[0]).toBe('flowchart LR')
    expect(lines).toContain('subgraph n_see [see]')
    expect(lines).toContain('n_exit_brain["exit-brain"]')
    expect(lines).toContain('n_merge -->|"price.update"| n_exit_brain')
    expect(lines).toContain('n_exit_brain -->|"exit.signal"| n_gates')
  })

  test('what comes from outside and what goes out are round', () => {
    expect(lines).toContain('n_exchange_tick(["exchange.tick"])')
    expect(lines).toContain('n_exchange_tick --> n_merge')
    expect(lines).toContain('n_gates --> n_execution_result')
  })

  test('watchers are one node with dotted arrows, whatever they watch', () => {
    expect(lines).toContain('n_watch["watch:<br/>audit<br/>freshness"]')
    expect(lines).toContain('n_exit_brain -.->|"exit.signal"| n_watch')
    expect(describeMermaid(page, [])).toContain('n_exit_brain -->|"exit.signal"| n_gates & n_audit')
  })

  test('a table is a dotted arrow from whoever writes it, inside or outside', () => {
    expect(lines).toContain('n_merge -.->|"mark.state"| n_exit_brain')
    expect(lines).toContain('n_instrument_state(["instrument.state"])')
    expect(lines).toContain('n_instrument_state -.-> n_exit_brain')
  })

  test('one line has all readers of the same', () => {
    const two = topology('two', {
      see: [sketch('merge', { reads: [exchangeTick], writes: [priceUpdate] })],
      leave: [
        sketch('exit-brain', { reads: [priceUpdate], writes: [opsAlert] }),
        sketch('closer', { reads: [priceUpdate], writes: [opsAlert] }),
      ],
    })
    expect(describeMermaid(two)).toContain('n_merge -->|"price.update"| n_exit_brain & n_closer\n')
  })

  test('state, time and the ops domain are left out', () => {
    for (const name of ['changelog', 'clock.tick', 'ops.alert', 'topic.observed'])
      expect(diagram).not.toContain(name)
  })

  test('of the whole page no processor and no topic of the flow is missing or a dead end', () => {
    const whole = describeMermaid(trading)
    for (const { name } of trading.processors) expect(whole).toMatch(new RegExp(`[">]${name}["<]`))
    for (const { name, kind, domain } of trading.topics)
      if (['event', 'compacted'].includes(kind) && domain !== 'ops')
        expect(whole, name).toMatch(new RegExp(`["(>]${name.replace('.', '\\.')}[")<]`))
    expect(whole).toContain('n_exposure_balancer -.->|"exposure.state"| n_strategy_router')
    expect(whole).toMatch(/n_rl_agent -\.->\|"rl\.policy"\| n_strategy_router/)
  })

  test('two processors have one arrow, however many topics go over it', () => {
    const twice = topology('twice', {
      see: [sketch('merge', { reads: [exchangeTick], writes: [priceUpdate, markState] })],
      leave: [sketch('exit-brain', { reads: [priceUpdate, markState], writes: [opsAlert] })],
    })
    expect(describeMermaid(twice)).toContain(
      'n_merge -->|"price.update<br/>mark.state"| n_exit_brain',
    )
  })
})

describe('as data', () => {
  test('everything is JSON, and comes back as it was', () => {
    const data = describeJson(page)
    expect(JSON.parse(JSON.stringify(data))).toEqual(data)
    expect(data.topics.find((topic) => topic.name === 'exit.signal')).toMatchObject({
      domain: 'account',
      single_writer: true,
      writers: ['exit-brain'],
      readers: ['gates', 'audit'],
    })
    expect(data.sub_topologies.map((sub) => sub.name)).toEqual(['market', 'account', 'ops'])
    expect(data.topics.find((t) => t.name === 'aggregator.changelog')?.retention_ms).toBeNull()
  })
})
