// What a topic is, and how one is declared.
import type { TopicRecords } from './types.gen.ts'

export type TopicName = keyof TopicRecords

/**
 * - `event`: a fact or a wish, kept for its retention.
 * - `compacted`: the last value for each key is kept for ever; null is a tombstone.
 * - `changelog`: the state of one processor, compacted, read by nobody else.
 * - `clock`: injected by the runtime, never stored.
 */
export type TopicKind = 'event' | 'compacted' | 'changelog' | 'clock'

/** What a topic is partitioned by: the symbol, the account, or (ops) nothing. */
export type Domain = 'market' | 'account' | 'ops'

/** What must hold between a topic's schema and all of its earlier versions. */
export type Compatibility = 'BACKWARD_TRANSITIVE' | 'FULL_TRANSITIVE'

/**
 * Events are read by newer programs than they were written with: today's schema must read every earlier one. State is kept
 * for ever and taken up again by whichever program runs next, also the one that an operator goes back to: both ways.
 */
export function compatibilityOf(topic: Topic): Compatibility {
  switch (topic.kind) {
    case 'event':
    case 'clock':
      return 'BACKWARD_TRANSITIVE'
    case 'compacted':
    case 'changelog':
      return 'FULL_TRANSITIVE'
  }
}

/** Where the key comes from: one field of the record, or account and symbol joined by `|`. */
export type KeyForm<N extends TopicName> =
  | Extract<keyof TopicRecords[N], string>
  | (TopicRecords[N] extends { account: string; symbol: string } ? 'account|symbol' : never)

export interface Topic<N extends TopicName = TopicName, K extends TopicKind = TopicKind> {
  readonly name: N
  readonly kind: K
  readonly domain: Domain
  /** Computes the key of a record. A method, so that topics of all types fit into one list. */
  keyOf(value: TopicRecords[N]): string
  /** Who may write it besides processors: a connector, the runtime or an operator. */
  readonly source: 'connector' | 'runtime' | 'operator' | null
  /** True when no processor has to read it: people, views and connectors do. */
  readonly sink: boolean
  /** True when exactly one processor may write it. */
  readonly singleWriter: boolean
  /** How long records are kept. The last value of a compacted key stays. */
  readonly retentionMs: number
  /** The age at which the last record counts as stale, absolutely or measured from another topic's last record. */
  readonly fresh: Freshness | null
  /** True when old records are worth nothing once newer ones are there, such as prices: a reader may skip what is gone. */
  readonly perishable: boolean
}

export interface Freshness {
  readonly withinMs: number
  readonly of?: TopicName
  /** For topics that follow bars: the limit is at least this many intervals of `bars.interval_ms`. */
  readonly bars?: number
}

/** The age in ms at which a topic with this freshness is stale, for bars of `barMs`. */
export function freshLimitMs(fresh: Freshness, barMs: number): number {
  return Math.max(fresh.withinMs, (fresh.bars ?? 0) * barMs)
}

interface Declaration<N extends TopicName, K extends TopicKind> {
  readonly domain: Domain
  readonly key: KeyForm<N>
  readonly kind?: K
  readonly source?: Topic['source']
  readonly sink?: boolean
  readonly singleWriter?: boolean
  readonly retentionMs?: number
  readonly fresh?: Freshness
  readonly perishable?: boolean
}

const dayMs = 24 * 3_600_000

/** Every topic declared so far; `topics.ts` declares them all. */
export const declared: Topic[] = []

/** Declares a topic and adds it to `topics`. */
export function topic<N extends TopicName, const K extends TopicKind = 'event'>(
  name: N,
  declaration: Declaration<N, K>,
): Topic<N, K> {
  const kind = declaration.kind ?? ('event' as K)
  const value: Topic<N, K> = {
    name,
    kind,
    domain: declaration.domain,
    keyOf: keyFunction<N>(declaration.key),
    source: declaration.source ?? null,
    sink: declaration.sink ?? false,
    singleWriter: declaration.singleWriter ?? kind === 'compacted',
    retentionMs: declaration.retentionMs ?? 30 * dayMs,
    fresh: declaration.fresh ?? null,
    perishable: declaration.perishable ?? false,
  }
  declared.push(value)
  return value
}

function keyFunction<N extends TopicName>(form: string): (value: TopicRecords[N]) => string {
  const field = (value: unknown, name: string): string =>
    String((value as Record<string, unknown>)[name])
  if (form !== 'account|symbol') return (value) => field(value, form)
  return (value) => `${field(value, 'account')}|${field(value, 'symbol')}`
}

/** The changelog of one processor: keyed and partitioned by whatever its processor says. */
export function changelog<N extends TopicName>(name: N, domain: Domain): Topic<N, 'changelog'> {
  const value: Topic<N, 'changelog'> = {
    name,
    kind: 'changelog',
    domain,
    keyOf: () => {
      throw new Error(`${name}: the key of a changelog comes from its processor`)
    },
    source: null,
    sink: true,
    singleWriter: true,
    retentionMs: Infinity,
    fresh: null,
    perishable: false,
  }
  declared.push(value)
  return value
}
