import { describe, expect, test } from 'vitest'
import {
  aiSignalGenerated,
  clockTick,
  exchangeTick,
  exitSignal,
  marketBar,
  markState,
  opsAlert,
  priceUpdate,
  aggregatorChangelog,
  aiEngineChangelog,
} from '../../../schemas/topics.ts'
import type { Topic } from '../../../schemas/topic.ts'
import { InvariantError } from '../../../topologies/kernel/invariant.ts'
import type { Processor } from '../../../topologies/kernel/processor.ts'
import { processor, unchanged } from '../../../topologies/kernel/processor.ts'
import { createTask } from '../../../topologies/kernel/task.ts'
import type { Task, TaskOptions } from '../../../topologies/kernel/task.ts'
import { topology } from '../../../topologies/kernel/topology.ts'
import { partitionOf } from '../../../topologies/kernel/topic.ts'
import type { LogRecord } from '../../../topologies/kernel/topic.ts'
import { testConfig } from '../../kit/given.ts'
import { sketch } from '../../kit/pages.ts'
import {
  exchangeTickOf,
  exitSignalOf,
  markOf,
  marketBarOf,
  priceUpdateOf,
} from '../../kit/records.ts'

const atMs = 1_700_000_000_000
const config = testConfig()

/** The first task of a page. */
function taskOf(processors: Processor[], more: Partial<TaskOptions> = {}): Task {
  const page = topology('small', { all: processors })
  return createTask({
    sub: page.subTopologies[0]!,
    partition: 0,
    partitions: { market: 1, account: 1 },
    logId: 'test',
    config,
    table: () => new Map(),
    ...more,
  })
}

function tickRecord(symbol: string, offset: number, recordAtMs = atMs): LogRecord {
  const value = exchangeTickOf({ symbol })
  return { topic: exchangeTick.name, key: symbol, value, at_ms: recordAtMs, partition: 0, offset }
}

const topicsOf = (task: Task) => task.takeOutputs().map((record) => record.topic)

/** tick → price → bar, each handed on. `log` tells who decided on what, in order. */
function chain(log: string[], pricesPerTick = 1): Processor[] {
  const note = (who: string, key: string): void => {
    log.push(`${who} ${key}`)
  }
  return [
    processor({
      name: 'merge',
      doc: 'A tick gives prices.',
      reads: [exchangeTick],
      writes: [priceUpdate],
      decide(_state, record, _ctx, emit) {
        note('merge', record.key)
        for (let i = 0; i < pricesPerTick; i++)
          emit(priceUpdate, priceUpdateOf({ symbol: record.key, price: i + 1 }))
      },
    }),
    processor({
      name: 'bars',
      doc: 'A price gives a bar.',
      reads: [priceUpdate],
      writes: [marketBar],
      decide(_state, record, _ctx, emit) {
        note('bars', String(record.value.price))
        emit(marketBar, marketBarOf({ symbol: record.key, close: record.value.price }))
      },
    }),
    processor({
      name: 'watch',
      doc: 'Sees both.',
      reads: [priceUpdate, marketBar],
      writes: [opsAlert],
      decide(_state, record) {
        switch (record.topic) {
          case 'price.update':
            note('watch price', String(record.value.price))
            return
          case 'market.bar':
            note('watch bar', String(record.value.close))
        }
      },
    }),
  ]
}

describe('handing on', () => {
  test('is first in, first out: all prices are decided on before the bars made from them', () => {
    const log: string[] = []
    taskOf(chain(log, 2)).process(tickRecord('BTCUSDT', 0))
    expect(log).toEqual([
      'merge BTCUSDT',
      'bars 1',
      'watch price 1',
      'bars 2',
      'watch price 2',
      'watch bar 1',
      'watch bar 2',
    ])
  })

  test('also writes each record to its topic, in the order of emission', () => {
    const task = taskOf(chain([], 2))
    task.process(tickRecord('BTCUSDT', 0))
    expect(topicsOf(task)).toEqual(['price.update', 'price.update', 'market.bar', 'market.bar'])
    expect(topicsOf(task)).toEqual([])
  })

  test('ends before the next input begins', () => {
    const log: string[] = []
    const task = taskOf(chain(log))
    task.process(tickRecord('A', 0))
    task.process(tickRecord('B', 1))
    expect(log.map((line) => line.split(' ')[0])).toEqual([
      ...['merge', 'bars', 'watch', 'watch'],
      ...['merge', 'bars', 'watch', 'watch'],
    ])
  })

  test('does not happen to topics of another domain: they go through the log', () => {
    const seen: string[] = []
    const brain = processor({
      name: 'brain',
      doc: 'Exits.',
      reads: [exchangeTick],
      writes: [exitSignal],
      decide(_state, _record, _ctx, emit) {
        emit(exitSignal, exitSignalOf())
      },
    })
    const gates = processor({
      name: 'gates',
      doc: 'Sends.',
      reads: [exitSignal],
      writes: [opsAlert],
      decide() {
        seen.push('gates')
      },
    })
    const task = taskOf([brain, gates])
    task.process(tickRecord('BTCUSDT', 0))
    expect(topicsOf(task)).toEqual(['exit.signal'])
    expect(seen).toEqual([])
  })

  test('stops at a loop between processors', () => {
    const echo = processor({
      name: 'echo',
      doc: 'Answers itself.',
      reads: [exchangeTick, priceUpdate],
      writes: [priceUpdate],
      feedback: [priceUpdate],
      decide(_state, record, _ctx, emit) {
        emit(priceUpdate, priceUpdateOf({ symbol: record.key, price: 1 }))
      },
    })
    const task = taskOf([echo])
    const loop = () => {
      task.process(tickRecord('BTCUSDT', 7))
    }
    expect(loop).toThrow(InvariantError)
    expect(loop).toThrow('echo: more than 10000 hops from exchange.tick offset 7')
  })

  test('stops at a record of another partition: it can only go through the log', () => {
    const stray = processor({
      name: 'stray',
      doc: 'Emits for another symbol.',
      reads: [exchangeTick],
      writes: [priceUpdate],
      decide(_state, _record, _ctx, emit) {
        for (const symbol of ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'])
          emit(priceUpdate, priceUpdateOf({ symbol, price: 1 }))
      },
    })
    const [, ...readers] = chain([])
    const task = taskOf([stray, ...readers], { partitions: { market: 2, account: 1 } })
    expect(() => {
      task.process(tickRecord('A', 0))
    }).toThrow(/stray: price.update key . belongs to another partition than 0/)
  })
})

describe('ids', () => {
  const minting = (ids: string[]): Processor[] => [
    processor({
      name: 'mint',
      doc: 'Takes ids.',
      reads: [exchangeTick, clockTick],
      writes: [priceUpdate],
      decide(_state, record, ctx, emit) {
        ids.push(ctx.id(0), ctx.id(1))
        // Two, so that the next one decides twice on one input.
        for (const price of [1, 2]) emit(priceUpdate, priceUpdateOf({ symbol: record.key, price }))
      },
    }),
    processor({
      name: 'mint-too',
      doc: 'Takes ids.',
      reads: [priceUpdate],
      writes: [opsAlert],
      decide(_state, _record, ctx) {
        ids.push(ctx.id(0), ctx.id(1))
      },
    }),
  ]
  const run = (partition = 0, logId = 'test') => {
    const ids: string[] = []
    const task = taskOf(minting(ids), { partition, logId })
    task.process(tickRecord('BTCUSDT', 0))
    task.process(tickRecord('BTCUSDT', 1))
    task.tick(atMs + 1_000)
    task.tick(atMs + 2_000)
    return ids
  }

  test('are equal on every replay of the same input', () => {
    expect(run()).toEqual(run())
  })

  test('are different for each n, decision, processor and input', () => {
    const ids = run()
    expect(ids).toHaveLength(24)
    expect(new Set(ids).size).toBe(24)
  })

  test('of a clock tick are different in each partition', () => {
    const ticks = (partition: number) => run(partition).slice(12)
    expect(ticks(0)).not.toEqual(ticks(1))
  })

  test('of two logs have nothing in common: the world still knows those of the one before', () => {
    const ids = [...run(0, 'first'), ...run(0, 'second')]
    expect(new Set(ids).size).toBe(48)
  })

  test('are equal after a restart: a redelivered input makes the same records', () => {
    const before: string[] = []
    const first = taskOf(minting(before))
    first.process(tickRecord('BTCUSDT', 0))
    first.process(tickRecord('BTCUSDT', 1))
    const after: string[] = []
    taskOf(minting(after)).process(tickRecord('BTCUSDT', 1))
    expect(after).toEqual(before.slice(6))
  })
})

describe('time', () => {
  const clocked = (times: number[]): Processor =>
    processor({
      name: 'clocked',
      doc: 'Notes the time.',
      reads: [exchangeTick, clockTick],
      writes: [opsAlert],
      decide(_state, _record, ctx) {
        times.push(ctx.nowMs)
      },
    })

  test('is the record’s or the clock’s and never goes back', () => {
    const times: number[] = []
    const task = taskOf([clocked(times)])
    task.process(tickRecord('A', 0, atMs))
    task.process(tickRecord('A', 1, atMs - 500))
    task.tick(atMs + 1_000)
    task.process(tickRecord('A', 2, atMs + 500))
    expect(times).toEqual([atMs, atMs, atMs + 1_000, atMs + 1_000])
  })

  test('of a clock that does not rise is ignored', () => {
    const times: number[] = []
    const task = taskOf([clocked(times)])
    task.tick(atMs)
    task.tick(atMs)
    task.tick(atMs - 1)
    expect(times).toEqual([atMs])
  })

  test('does not go back over a restart', () => {
    const first = taskOf([clocked([])])
    first.tick(atMs)
    first.process(tickRecord('A', 0, atMs + 300))
    const times: number[] = []
    const second = taskOf([clocked(times)])
    second.resume(first.time())
    second.tick(atMs)
    second.process(tickRecord('A', 1, atMs + 100))
    expect(times).toEqual([atMs + 300])
  })
})

interface Counted {
  seen: number
}

/** Counts records by symbol. `honest` is false when it says unchanged in spite of it. */
function counting(honest = true, forgetAt = Infinity): Processor {
  return processor({
    name: 'counting',
    doc: 'Counts.',
    reads: [exchangeTick, clockTick],
    writes: [markState],
    tables: [markState],
    state: {
      ephemeral: true,
      key: (record) => record.key,
      always: () => ['ALWAYS'],
      initial: (): Counted => ({ seen: 0 }),
    },
    decide(state, record, ctx, emit) {
      if (record.topic === 'clock.tick') {
        emit(markState, markOf({ symbol: record.key, price: state.seen }))
        return unchanged
      }
      state.seen++
      if (state.seen >= forgetAt) ctx.forget()
      return honest ? undefined : unchanged
    },
  })
}

describe('state', () => {
  const counts = (task: Task) =>
    task.takeOutputs().map(({ value }) => {
      const { symbol, price } = value as { symbol: string; price: number }
      return [symbol, price]
    })

  test('is kept by key; a clock tick visits every live key in order, the permanent ones from the start', () => {
    const task = taskOf([counting()])
    task.process(tickRecord('B', 0))
    task.process(tickRecord('A', 1))
    task.process(tickRecord('B', 2))
    task.tick(atMs + 1_000)
    expect(counts(task)).toEqual([
      ['A', 1],
      ['ALWAYS', 0],
      ['B', 2],
    ])
    expect(task.heartbeats()[0]).toMatchObject({ live_keys: 3 })
  })

  test('counts as live in the heartbeat only where the processor says so', () => {
    const watching = processor({
      name: 'watching',
      doc: 'Counts prices.',
      reads: [exchangeTick],
      writes: [],
      state: {
        ephemeral: true,
        key: (record) => record.key,
        initial: () => ({ seen: 0 }),
        live: ({ seen }) => seen > 1,
      },
      decide(state) {
        state.seen++
      },
    })
    const task = taskOf([watching])
    for (const [i, symbol] of ['A', 'B', 'B'].entries()) task.process(tickRecord(symbol, i))
    expect(task.heartbeats()[0]).toMatchObject({ live_keys: 1 })
  })

  test('that is forgotten ends, and begins anew with the next record', () => {
    const task = taskOf([counting(true, 2)])
    for (const offset of [0, 1, 2]) task.process(tickRecord('A', offset))
    task.tick(atMs + 1_000)
    expect(counts(task)).toEqual([
      ['A', 1],
      ['ALWAYS', 0],
    ])
  })

  test('permanent keys belong to the task of their partition only', () => {
    const partitions = { market: 2, account: 1 }
    const visited = [0, 1].map((partition) => {
      const task = taskOf([counting()], { partition, partitions })
      task.tick(atMs)
      return counts(task).length
    })
    expect(visited.toSorted()).toEqual([0, 1])
    expect(visited[partitionOf('market', 'ALWAYS', 2)]).toBe(1)
  })

  test('a decision that says unchanged and changed something is found out in tests', () => {
    const task = taskOf([counting(false)], { strict: true })
    expect(() => {
      task.process(tickRecord('A', 0))
    }).toThrow('counting: it said unchanged on exchange.tick and changed the state of A')
    taskOf([counting()], { strict: true }).process(tickRecord('A', 0))
  })

  test('20,000 keys at one clock tick are no loop', () => {
    const task = taskOf([counting()])
    for (let i = 0; i < 20_000; i++) task.process(tickRecord(`S${String(i)}`, i))
    task.tick(atMs + 1_000)
    expect(task.takeOutputs()).toHaveLength(20_001)
  })

  test('kept in a changelog is restored by a new task, and only changes are written', () => {
    const kept = (): Processor =>
      sketch('kept', { reads: [exchangeTick], writes: [opsAlert], state: aggregatorChangelog })
    const task = taskOf([kept()])
    task.restore('aggregator.changelog', 'key', { any: 1 })
    expect(task.takeChanges()).toEqual([])
    task.process(tickRecord('A', 0))
    expect(task.takeChanges()).toEqual([
      { topic: aggregatorChangelog, key: 'key', value: { any: 1 } },
    ])
    expect(task.takeChanges()).toEqual([])
  })
})

describe('what a processor did not declare', () => {
  const rogue = (act: (ctx: never, emit: never) => void): Processor => ({
    ...sketch('rogue', { reads: [exchangeTick], writes: [opsAlert] }),
    decide: (_state: never, _record: never, ctx: never, emit: never) => {
      act(ctx, emit)
    },
  })
  type Door = { table: (topic: Topic) => unknown; ledger: unknown }
  type Emitting = {
    (topic: Topic, value: unknown): void
    tombstone: (topic: Topic, key: string) => void
  }

  test.each<[string, (ctx: Door, emit: Emitting) => void, string]>([
    [
      'emitting elsewhere',
      (_ctx, emit) => {
        emit(aiSignalGenerated, {})
      },
      'rogue: ai.signal_generated is not among its writes',
    ],
    ['reading a table', (ctx) => ctx.table(markState), 'rogue: mark.state is not among its tables'],
    ['using a ledger', (ctx) => ctx.ledger, 'rogue: it declares no ledger'],
    [
      'ending a key of an event topic',
      (_ctx, emit) => {
        emit.tombstone(opsAlert, 'x')
      },
      'rogue: only a compacted topic has tombstones, was ops.alert',
    ],
  ])('%s stops the task', (_title, act, message) => {
    const task = taskOf([rogue(act)])
    expect(() => {
      task.process(tickRecord('A', 0))
    }).toThrow(message)
  })

  test('a record that nobody reads stops the task', () => {
    const task = taskOf([counting()])
    const value = marketBarOf()
    expect(() => {
      task.process({ topic: 'market.bar', key: 'A', value, at_ms: atMs, partition: 0, offset: 0 })
    }).toThrow('market: nobody reads market.bar')
  })
})

test('a value that was emitted is frozen in tests: nobody changes what is on its way', () => {
  const task = taskOf(chain([]), { strict: true })
  task.process(tickRecord('A', 0))
  for (const { value } of task.takeOutputs()) expect(Object.isFrozen(value)).toBe(true)
})

test('heartbeats show progress: what was handled, what came out, and when', () => {
  const task = taskOf([
    ...chain([], 2),
    sketch('keeps', { reads: [marketBar], writes: [opsAlert], state: aiEngineChangelog }),
  ])
  task.tick(atMs)
  task.process(tickRecord('A', 0, atMs + 5))
  const [merge, bars, , keeps] = task.heartbeats()
  expect(merge).toMatchObject({
    processor: 'merge',
    sub_topology: 'market',
    handled: 1,
    emitted: 2,
  })
  expect(bars).toMatchObject({ handled: 2, emitted: 2, last_input_at_ms: atMs + 5 })
  expect(keeps).toMatchObject({ handled: 2, emitted: 0, last_output_at_ms: null, live_keys: 1 })
  expect(keeps).toMatchObject({ started_at_ms: atMs, at_ms: atMs + 5 })
})
