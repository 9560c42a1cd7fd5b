// Keyed state of one processor in one task: created on first use, written once per transaction, restored from its changelog.
import type { Topic } from '../../schemas/topic.ts'
import type { Ledger } from './processor.ts'
import { invariant } from './invariant.ts'

/** One state write for the changelog; null ends the key. */
export interface StateChange {
  readonly topic: Topic
  readonly key: string
  readonly value: unknown
}

/** How much one changelog's state holds. */
export interface StateEntries {
  readonly store: string
  readonly entries: number
}

export interface Store {
  /** The state of a key, made by `initial` when there is none. */
  get(key: string): unknown
  has(key: string): boolean
  touch(key: string): void
  forget(key: string): void
  /** Live keys in order, so that a clock tick visits them alike on every replay. */
  keys(): readonly string[]
  /** Puts back one entry of the changelog; null, a tombstone, ends the key. */
  restore(key: string, value: unknown): void
  /** Changed keys since the last call, each once. */
  takeChanges(): StateChange[]
  /** None when the state is ephemeral. */
  stateEntries(): readonly StateEntries[]
}

/** A store; without a topic its state is ephemeral and it never has changes to write. */
export function createStore(topic: Topic | null, initial: (key: string) => unknown): Store {
  const states = new Map<string, unknown>()
  const dirty = new Set<string>()
  let sorted: readonly string[] | null = null
  // Records of one key come in runs: the last key looked up, and the last one marked, need no second look.
  let lastKey: string | null = null
  let lastState: unknown
  let lastDirty: string | null = null
  const changed = (): void => {
    sorted = null
    lastKey = null
  }
  return {
    get(key) {
      if (key === lastKey) return lastState
      const state = states.get(key)
      if (state !== undefined) {
        lastKey = key
        lastState = state
        return state
      }
      const fresh = initial(key)
      invariant(
        fresh !== undefined,
        `${topic?.name ?? 'ephemeral state'}: initial(${key}) gave undefined`,
      )
      states.set(key, fresh)
      changed()
      return fresh
    },
    has: (key) => states.has(key),
    touch(key) {
      if (topic === null || key === lastDirty) return
      dirty.add(key)
      lastDirty = key
    },
    forget(key) {
      if (states.delete(key)) changed()
      if (topic !== null) dirty.add(key)
    },
    keys() {
      sorted ??= [...states.keys()].sort()
      return sorted
    },
    restore(key, value) {
      if (value === null) states.delete(key)
      else states.set(key, value)
      changed()
    },
    takeChanges() {
      lastDirty = null
      if (topic === null || dirty.size === 0) return []
      const changes = [...dirty].map((key) => ({ topic, key, value: states.get(key) ?? null }))
      dirty.clear()
      return changes
    },
    stateEntries: () => (topic === null ? [] : [{ store: topic.name, entries: states.size }]),
  }
}

export interface LedgerStore extends Ledger<unknown> {
  /** Ends entries whose `at_ms` is before a time, the oldest first, at most `limit`. */
  forgetBefore(atMs: number, limit: number): void
  restore(id: string, value: unknown): void
  takeChanges(): StateChange[]
  stateEntries(): readonly StateEntries[]
}

/** A ledger over its changelog. */
export function createLedger(topic: Topic): LedgerStore {
  // In the order in which they were set, so that the oldest are found without looking at the others.
  const entries = new Map<string, unknown>()
  const dirty = new Set<string>()
  let isInOrder = true
  let lastRestoredMs = -Infinity
  const remove = (id: string): void => {
    if (entries.delete(id)) dirty.add(id)
  }
  const putInOrder = (): void => {
    const sorted = [...entries].sort(
      ([leftId, left], [rightId, right]) =>
        atMsOf(left) - atMsOf(right) || (leftId < rightId ? -1 : 1),
    )
    entries.clear()
    for (const [id, value] of sorted) entries.set(id, value)
    isInOrder = true
  }
  return {
    get: (id) => entries.get(id),
    set(id, value) {
      entries.delete(id)
      entries.set(id, value)
      dirty.add(id)
    },
    delete: remove,
    forgetBefore(atMs, limit) {
      if (!isInOrder) putInOrder()
      let left = limit
      for (const [id, value] of entries) {
        if (left-- <= 0 || atMsOf(value) >= atMs) return
        remove(id)
      }
    },
    get size() {
      return entries.size
    },
    restore(id, value) {
      if (value === null) {
        entries.delete(id)
        return
      }
      const { size } = entries
      entries.set(id, value)
      // One that was there already goes to the end, as it did when it was written again.
      if (entries.size === size) {
        entries.delete(id)
        entries.set(id, value)
      }
      // A log mostly has them in the order of their times: then there is nothing to sort at the first clock tick.
      const atMs = atMsOf(value)
      if (atMs < lastRestoredMs) isInOrder = false
      lastRestoredMs = atMs
    },
    takeChanges() {
      const changes = [...dirty].map((key) => ({ topic, key, value: entries.get(key) ?? null }))
      dirty.clear()
      return changes
    },
    stateEntries: () => [{ store: topic.name, entries: entries.size }],
  }
}

/** The time of an entry of a ledger that forgets. */
const atMsOf = (value: unknown): number => (value as { at_ms: number }).at_ms
