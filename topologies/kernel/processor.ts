// What a processor is: data and one function. `ctx` is its only door to the world.
import type { Config } from '../../schemas/config.ts'
import type { Topic, TopicName } from '../../schemas/topic.ts'
import type { TopicRecords } from '../../schemas/types.gen.ts'
import type { RecordOf, ValueOf } from './topic.ts'

/** Returned by `decide` when it did not touch its state, so that the store need not write it again. */
export const unchanged = 'unchanged'

/** Writes a record to one of the processor's topics; its key is computed from the value. */
export interface Emit<W extends Topic> {
  <T extends W>(topic: T, value: ValueOf<T>): void
  /** Ends a key of a compacted topic. */
  tombstone<T extends W & Topic<TopicName, 'compacted'>>(topic: T, key: string): void
}

/** A compacted topic read whole: advice that may be a little old, never a hard limit. */
export interface Table<V> {
  get(key: string): V | undefined
  values(): Iterable<V>
}

/** Many small entries by id beside the state, for example intents already seen. Written to a changelog like the state. */
export interface Ledger<V> {
  get(id: string): V | undefined
  set(id: string, value: V): void
  delete(id: string): void
  readonly size: number
}

export interface Ctx<T extends Topic, L> {
  /** Time of the record being decided, or the clock's; it never goes back within a task. */
  readonly nowMs: number
  /** Partition of the task. */
  readonly partition: number
  readonly config: Config
  /** The n-th id of this decision: equal on every replay of the same input. */
  id(n: number): string
  table<X extends T>(topic: X): Table<ValueOf<X>>
  readonly ledger: Ledger<L>
  /** Ends this key's state after the decision. */
  forget(): void
}

type LedgerOf<LT> = LT extends Topic<infer N> ? TopicRecords[N] : never

interface Keyed<R extends Topic> {
  /** The state key of a record. A clock tick goes to every live key instead, in the order of the keys. */
  readonly key: (record: Exclude<RecordOf<R>, { topic: 'clock.tick' }>) => string
  /** Keys that exist from the start, for example every account. */
  readonly always?: (config: Config) => readonly string[]
}

/** State that is kept in a changelog topic. Plain data, as its schema says. */
export interface KeptState<R extends Topic, N extends TopicName> extends Keyed<R> {
  readonly topic: Topic<N, 'changelog'>
  readonly initial: (key: string) => TopicRecords[N]
  /** Which states the heartbeat counts as live, for example those with a position; all of them by default. */
  readonly live?: (state: TopicRecords[N]) => boolean
}

/** State that fresh input rebuilds; lost at a restart, and stale until then. */
export interface EphemeralState<R extends Topic, S> extends Keyed<R> {
  readonly ephemeral: true
  readonly initial: (key: string) => S
  readonly live?: (state: S) => boolean
}

interface Definition<
  R extends Topic,
  W extends Topic,
  T extends Topic<TopicName, 'compacted'>,
  L extends Topic<TopicName, 'changelog'>,
  S,
> {
  /** In kebab-case, equal to the file's name. */
  readonly name: string
  /** One sentence: what it decides. */
  readonly doc: string
  readonly reads: readonly R[]
  readonly tables?: readonly T[]
  readonly writes: readonly W[]
  /** Topics among `writes` that lead back to this processor's own input; without this a cycle is refused. */
  readonly feedback?: readonly W[]
  readonly ledger?: L
  /**
   * True when the ledger is there to know again what comes a second time: each entry ends by itself as soon as nothing
   * in `reads` is kept that long, counted from its `at_ms`. Without it entries stay until they are deleted.
   */
  readonly forgets?: LedgerOf<L> extends { at_ms: number } ? boolean : false
  readonly decide: (
    state: S,
    record: RecordOf<R>,
    ctx: Ctx<T, LedgerOf<L>>,
    emit: Emit<W>,
  ) => void | typeof unchanged
}

/** A processor without its types, as the kernel handles it. */
export interface Processor {
  readonly name: string
  readonly doc: string
  readonly reads: readonly Topic[]
  readonly tables: readonly Topic[]
  readonly writes: readonly Topic[]
  readonly feedback: readonly Topic[]
  readonly state: {
    readonly topic: Topic | null
    readonly key: (record: never) => string
    readonly always: (config: Config) => readonly string[]
    readonly initial: (key: string) => unknown
    readonly live: (state: never) => boolean
  } | null
  readonly ledger: Topic | null
  /** How long an entry of the ledger is kept after its `at_ms`; Infinity without an end. */
  readonly ledgerKeepMs: number
  readonly decide: (state: never, record: never, ctx: never, emit: never) => void | typeof unchanged
}

type Compacted = Topic<TopicName, 'compacted'>
type Changelog = Topic<TopicName, 'changelog'>

/** Declares a processor. Emitting outside `writes`, or matching a topic outside `reads`, does not compile. */
export function processor<
  const R extends Topic,
  const W extends Topic = never,
  const T extends Compacted = never,
  const L extends Changelog = never,
  N extends TopicName = never,
>(
  definition: Definition<R, W, T, L, TopicRecords[N]> & { readonly state: KeptState<R, N> },
): Processor
export function processor<
  const R extends Topic,
  const W extends Topic = never,
  const T extends Compacted = never,
  const L extends Changelog = never,
  S = never,
>(definition: Definition<R, W, T, L, S> & { readonly state: EphemeralState<R, S> }): Processor
export function processor<
  const R extends Topic,
  const W extends Topic = never,
  const T extends Compacted = never,
  const L extends Changelog = never,
>(definition: Definition<R, W, T, L, undefined> & { readonly state?: undefined }): Processor
export function processor(
  definition: Definition<Topic, Topic, Compacted, Changelog, never> & {
    readonly state?: KeptState<never, TopicName> | EphemeralState<never, unknown> | undefined
  },
): Processor {
  const state = definition.state
  const forgets = definition.forgets as boolean | undefined
  return {
    name: definition.name,
    doc: definition.doc,
    reads: definition.reads,
    tables: definition.tables ?? [],
    writes: definition.writes,
    feedback: definition.feedback ?? [],
    state:
      state === undefined
        ? null
        : {
            topic: 'topic' in state ? state.topic : null,
            key: state.key,
            always: state.always ?? (() => []),
            initial: state.initial,
            live: state.live ?? (() => true),
          },
    ledger: definition.ledger ?? null,
    ledgerKeepMs: forgets === true ? redeliveredForMs(definition.reads) : Infinity,
    decide: definition.decide,
  }
}

/** How long the log can deliver one of these topics again: the longest of their retentions. */
function redeliveredForMs(reads: readonly Topic[]): number {
  return Math.max(...reads.map((topic) => topic.retentionMs))
}
