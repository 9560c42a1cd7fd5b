import { describe, expect, test } from 'vitest'
import { aggregatorChangelog } from '../../../schemas/topics.ts'
import { InvariantError } from '../../../topologies/kernel/invariant.ts'
import { createLedger, createStore } from '../../../topologies/kernel/store.ts'

const fresh = (key: string) => ({ key, n: 0 })

describe('a store', () => {
  test('makes a state on first use and keeps it', () => {
    const store = createStore(aggregatorChangelog, fresh)
    const state = store.get('a')
    expect(state).toEqual({ key: 'a', n: 0 })
    expect(store.get('a')).toBe(state)
    expect(store.has('a')).toBe(true)
    expect(store.has('b')).toBe(false)
  })

  test('writes each touched key once, as it is at the end, and then no more', () => {
    const store = createStore(aggregatorChangelog, fresh)
    const state = store.get('a') as { n: number }
    store.get('untouched')
    store.touch('a')
    state.n = 1
    store.touch('a')
    state.n = 2
    expect(store.takeChanges()).toEqual([
      { topic: aggregatorChangelog, key: 'a', value: { key: 'a', n: 2 } },
    ])
    expect(store.takeChanges()).toEqual([])
  })

  test('writes a tombstone for a key that ended, and a new state when it began again', () => {
    const store = createStore(aggregatorChangelog, fresh)
    store.get('a')
    store.get('b')
    store.forget('a')
    store.forget('b')
    store.get('b')
    expect(store.keys()).toEqual(['b'])
    expect(store.takeChanges().map(({ key, value }) => [key, value])).toEqual([
      ['a', null],
      ['b', { key: 'b', n: 0 }],
    ])
  })

  test('gives its keys in order, whatever the order they came in', () => {
    const store = createStore(aggregatorChangelog, fresh)
    for (const key of ['b', 'a', 'c']) store.get(key)
    expect(store.keys()).toEqual(['a', 'b', 'c'])
    store.restore('aa', fresh('aa'))
    store.forget('c')
    expect(store.keys()).toEqual(['a', 'aa', 'b'])
  })

  test('takes back what it wrote, tombstones included, without writing it again', () => {
    const store = createStore(aggregatorChangelog, fresh)
    store.restore('a', { key: 'a', n: 7 })
    store.restore('b', { key: 'b', n: 8 })
    store.restore('b', null)
    expect(store.get('a')).toEqual({ key: 'a', n: 7 })
    expect(store.keys()).toEqual(['a'])
    expect(store.takeChanges()).toEqual([])
  })

  test('without a changelog never writes', () => {
    const store = createStore(null, fresh)
    store.get('a')
    store.touch('a')
    store.forget('a')
    expect(store.takeChanges()).toEqual([])
  })

  test('stops at a state that is undefined: it could not be told from none', () => {
    const store = createStore(aggregatorChangelog, () => undefined)
    expect(() => store.get('a')).toThrow(InvariantError)
    expect(() => store.get('a')).toThrow('aggregator.changelog: initial(a) gave undefined')
  })
})

describe('a ledger', () => {
  test('writes each changed entry once; a deleted one as a tombstone', () => {
    const ledger = createLedger(aggregatorChangelog)
    ledger.set('a', 1)
    ledger.set('b', 1)
    ledger.set('a', 2)
    ledger.delete('b')
    ledger.delete('never there')
    expect(ledger.takeChanges().map(({ key, value }) => [key, value])).toEqual([
      ['a', 2],
      ['b', null],
    ])
    expect(ledger.takeChanges()).toEqual([])
    expect(ledger.size).toBe(1)
  })

  test('takes back what it wrote, tombstones included, without writing it again', () => {
    const ledger = createLedger(aggregatorChangelog)
    ledger.restore('a', 1)
    ledger.restore('b', 2)
    ledger.restore('b', null)
    expect(ledger.get('a')).toBe(1)
    expect(ledger.size).toBe(1)
    expect(ledger.get('b')).toBeUndefined()
    expect(ledger.takeChanges()).toEqual([])
  })

  const dated = (times: Record<string, number>) => {
    const ledger = createLedger(aggregatorChangelog)
    for (const [id, at_ms] of Object.entries(times)) ledger.set(id, { at_ms })
    ledger.takeChanges()
    return ledger
  }
  const ended = (ledger: ReturnType<typeof createLedger>) =>
    ledger.takeChanges().map(({ key, value }) => [key, value])

  test('forgets what is older than asked, and writes that', () => {
    const ledger = dated({ a: 1, b: 2, c: 3 })
    ledger.forgetBefore(3, 10)
    expect(ended(ledger)).toEqual([
      ['a', null],
      ['b', null],
    ])
    expect(ledger.get('c')).toEqual({ at_ms: 3 })
    ledger.forgetBefore(3, 10)
    expect(ended(ledger)).toEqual([])
  })

  test('forgets the oldest first, no more than it may, and what was renewed last of all', () => {
    const ledger = dated({ a: 1, b: 2, c: 3 })
    ledger.set('a', { at_ms: 4 })
    ledger.takeChanges()
    ledger.forgetBefore(9, 2)
    expect(ended(ledger).map(([id]) => id)).toEqual(['b', 'c'])
    ledger.forgetBefore(9, 2)
    expect(ended(ledger).map(([id]) => id)).toEqual(['a'])
  })

  test('forgets the oldest first after a restart too, in whatever order it was restored', () => {
    const ledger = createLedger(aggregatorChangelog)
    for (const [id, at_ms] of [
      ['d', 4],
      ['b', 1],
      ['a', 1],
      ['c', 3],
    ] as const)
      ledger.restore(id, { at_ms })
    ledger.forgetBefore(4, 2)
    expect(ended(ledger).map(([id]) => id)).toEqual(['a', 'b'])
    ledger.forgetBefore(4, 2)
    expect(ended(ledger).map(([id]) => id)).toEqual(['c'])
    expect(ledger.size).toBe(1)
  })

  test('is in the order of its log after a restart: what was written again is as old as its last writing', () => {
    const ledger = createLedger(aggregatorChangelog)
    for (const [id, at_ms] of [
      ['c', 1],
      ['b', 2],
      ['a', 2],
      ['c', 3],
      ['gone', 3],
    ] as const)
      ledger.restore(id, { at_ms })
    ledger.restore('gone', null)
    ledger.forgetBefore(4, 1)
    expect(ended(ledger).map(([id]) => id)).toEqual(['b'])
    ledger.forgetBefore(3, 9)
    expect(ended(ledger).map(([id]) => id)).toEqual(['a'])
    ledger.forgetBefore(4, 9)
    expect(ended(ledger).map(([id]) => id)).toEqual(['c'])
    expect(ledger.size).toBe(0)
  })
})
