// Probes of the types: what must not compile is marked, and the type check of the project fails when it compiles after all.
import { expect, test } from 'vitest'
import {
  aggregatorChangelog,
  barsChangelog,
  clockTick,
  exchangeTick,
  marketBar,
  markState,
  opsAlert,
  orderReport,
  priceUpdate,
  reconcilerSeenChangelog,
} from '../../../schemas/topics.ts'
import { processor, unchanged } from '../../../topologies/kernel/processor.ts'
import { marketBarOf, markOf } from '../../kit/records.ts'

test('a processor keeps what was declared, with empty lists for what was not', () => {
  const declared = processor({
    name: 'probe',
    doc: 'A probe.',
    reads: [exchangeTick],
    writes: [opsAlert],
    decide() {
      return unchanged
    },
  })
  expect(declared).toMatchObject({
    name: 'probe',
    tables: [],
    feedback: [],
    state: null,
    ledger: null,
  })
})

test('emitting a topic outside writes does not compile', () => {
  processor({
    name: 'probe',
    doc: 'A probe.',
    reads: [exchangeTick],
    writes: [marketBar],
    decide(_state, _record, _ctx, emit) {
      emit(marketBar, marketBarOf())
      // @ts-expect-error mark.state is not among the writes
      emit(markState, markOf())
    },
  })
})

test('emitting a value of another topic does not compile', () => {
  processor({
    name: 'probe',
    doc: 'A probe.',
    reads: [exchangeTick],
    writes: [marketBar],
    decide(_state, _record, _ctx, emit) {
      // @ts-expect-error a mark is no bar
      emit(marketBar, markOf())
    },
  })
})

test('ending a key of an event topic does not compile', () => {
  processor({
    name: 'probe',
    doc: 'A probe.',
    reads: [exchangeTick],
    writes: [marketBar, markState],
    decide(_state, _record, _ctx, emit) {
      emit.tombstone(markState, 'BTCUSDT')
      // @ts-expect-error market.bar is not compacted
      emit.tombstone(marketBar, 'BTCUSDT')
    },
  })
})

test('matching a topic outside reads does not compile', () => {
  processor({
    name: 'probe',
    doc: 'A probe.',
    reads: [exchangeTick, clockTick],
    writes: [],
    decide(_state, record) {
      switch (record.topic) {
        case 'exchange.tick':
          return record.value.bid === null ? unchanged : undefined
        case 'clock.tick':
          return record.value.at_ms > 0 ? unchanged : undefined
        // @ts-expect-error price.update is not among the reads
        case 'price.update':
          return unchanged
      }
    },
  })
})

test('a value is that of the topic matched, and null only where keys can end', () => {
  processor({
    name: 'probe',
    doc: 'A probe.',
    reads: [markState, priceUpdate],
    writes: [],
    decide(_state, record) {
      switch (record.topic) {
        case 'mark.state':
          // @ts-expect-error the last record of a key is null
          return record.value.price > 0 ? unchanged : undefined
        case 'price.update':
          return record.value.price > 0 ? unchanged : undefined
      }
    },
  })
})

test('a table that was not declared, or is none, does not compile', () => {
  processor({
    name: 'probe',
    doc: 'A probe.',
    reads: [exchangeTick],
    tables: [markState],
    writes: [],
    decide(_state, record, ctx) {
      ctx.table(markState).get(record.key)
      // @ts-expect-error price.update is not among the tables
      ctx.table(priceUpdate)
    },
  })
  processor({
    name: 'probe',
    doc: 'A probe.',
    reads: [exchangeTick],
    // @ts-expect-error price.update is not compacted
    tables: [priceUpdate],
    writes: [],
    decide() {
      return unchanged
    },
  })
})

test('state of another shape than its changelog’s does not compile', () => {
  // @ts-expect-error bars keep more than a symbol
  processor({
    name: 'probe',
    doc: 'A probe.',
    reads: [exchangeTick],
    writes: [],
    state: {
      topic: barsChangelog,
      key: (record) => record.value.symbol,
      initial: (symbol) => ({ symbol }),
    },
    decide() {
      return unchanged
    },
  })
})

test('a ledger’s entries have the shape of its changelog', () => {
  processor({
    name: 'probe',
    doc: 'A probe.',
    reads: [exchangeTick],
    writes: [],
    ledger: aggregatorChangelog,
    decide(_state, record, ctx) {
      // @ts-expect-error a number is no entry of that changelog
      ctx.ledger.set(record.key, 1)
    },
  })
})

test('a ledger forgets as late as the topic that is kept longest, and only when it is told to', () => {
  const declared = (forgets: boolean) =>
    processor({
      name: 'probe',
      doc: 'A probe.',
      reads: [exchangeTick, orderReport],
      writes: [],
      ledger: reconcilerSeenChangelog,
      forgets,
      decide() {
        return unchanged
      },
    })
  expect(orderReport.retentionMs).toBeGreaterThan(exchangeTick.retentionMs)
  expect(declared(true).ledgerKeepMs).toBe(orderReport.retentionMs)
  expect(declared(false).ledgerKeepMs).toBe(Infinity)
})

test('a ledger whose entries have no time can’t forget', () => {
  processor({
    name: 'probe',
    doc: 'A probe.',
    reads: [exchangeTick],
    writes: [],
    ledger: aggregatorChangelog,
    // @ts-expect-error an open alert has no at_ms
    forgets: true,
    decide() {
      return unchanged
    },
  })
})

test('a processor can’t reach the world: its context has a clock that can’t be set', () => {
  processor({
    name: 'probe',
    doc: 'A probe.',
    reads: [exchangeTick],
    writes: [],
    decide(_state, _record, ctx) {
      // @ts-expect-error time is an input
      ctx.nowMs = 0
    },
  })
})
