// What goes into the reality map and what comes out of it: plain data, so that any runtime and any process can fill it in.
import type { Config } from '../../schemas/config.ts'
import type { TopologyHeartbeat } from '../../schemas/types.gen.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import type { TopicSample } from './samples.ts'

/**
 * - `growing`: more records in the last sample than in the first.
 * - `alive`: signs of life within the limit, and input was handled.
 * - `ok`: within its limits, but one sample proves no growth.
 * - `idle`: quiet, and nothing declared says that it should not be.
 * - `stale`: was there, and is older than its limit; or is there and handles nothing.
 * - `lagging`: unread records above the limit, not worked off, or unknown.
 * - `data-loss`: records were removed before a group read them.
 * - `missing`: declared, due and never seen.
 * - `undeclared`: seen and not declared.
 */
export type Verdict =
  'growing' | 'alive' | 'ok' | 'idle' | 'stale' | 'lagging' | 'data-loss' | 'missing' | 'undeclared'

/** A verdict with the sentence that proves it. */
export interface Finding {
  readonly evidence: string
  readonly verdict: Verdict
}

export interface MapRow extends Finding {
  readonly name: string
  readonly kind: 'topic' | 'processor' | 'sub-topology' | 'connector'
  readonly expected: string
  readonly observed: string
}

/** What should connect the log with the world, known by the topics it writes. */
export interface ExpectedConnector {
  readonly name: string
  readonly writes: readonly string[]
  /** What it knows of itself, for example gaps and reconnects of each venue. */
  readonly detail?: string
}

export interface MapInput {
  readonly topology: Topology
  readonly config: Config
  /** Samples by topic, oldest first. Growth needs two of them. */
  readonly observations: ReadonlyMap<string, readonly TopicSample[]>
  /** The last heartbeat of each processor in each task. */
  readonly heartbeats: readonly TopologyHeartbeat[]
  readonly connectors?: readonly ExpectedConnector[]
  /** More evidence for processors by name, for example counts passed and refused for each gate. */
  readonly notes?: ReadonlyMap<string, string>
  /** Since when the system should be at work; null when unknown: then what was never written is not missing. */
  readonly startedAtMs: number | null
  readonly nowMs: number
}
