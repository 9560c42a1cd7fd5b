// What the runtime contract needs of a runtime under test.
import type { Runtime } from '../../connectors/runtime.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { LogRecord, Partitions } from '../../topologies/kernel/topic.ts'

/** Where a runtime may die; each runtime maps them to its own places. */
export type Step = 'BEGIN' | 'READ' | 'PROCESSED' | 'COMMIT' | 'COMMITTED'

export interface OpenOptions {
  /** Called at each step of a transaction; throwing there is dying there. */
  readonly atStep?: (step: Step) => void
  readonly partitions?: Partitions
  /** The runtime's wall clock. */
  readonly wallMs?: () => number
}

/** A runtime that can be dropped without a word. */
export interface TestRuntime extends Runtime {
  crash(): Promise<void>
}

/** One log, which runtimes open one after the other. */
export interface Home {
  open(options?: OpenOptions): Promise<TestRuntime>
  /** Appends bytes as another, older or broken program would have. `schema` becomes known under its id. */
  appendBytes?(
    topic: Topic,
    key: string,
    bytes: Uint8Array,
    schema?: { readonly id: number; readonly text: string },
  ): Promise<void>
  /** What another process reads while the runtime runs. */
  readOutside?(topic: Topic): Promise<LogRecord[]>
  dispose(): Promise<void>
}

/**
 * - `durable`: what was promised survives a crash.
 * - `bytes`: records lie in the log as bytes, so that they can be broken, or older than the program.
 * - `exclusive`: a log has one owner. - `readers`: other processes read while it runs.
 * - `retention`: records older than their topic keeps them go. - `partitions`: more than one in a domain.
 * - `deferred`: a published record waits until it is processed. - `guarded`: topics of processors are closed to others.
 * - `observed`: it writes heartbeats and observations, whether or not anybody reads them.
 */
export type Promised =
  | 'durable'
  | 'bytes'
  | 'exclusive'
  | 'readers'
  | 'retention'
  | 'partitions'
  | 'deferred'
  | 'guarded'
  | 'observed'

export interface Subject {
  /** True for what the runtime promises, else the reason why it does not. */
  readonly promises: Readonly<Record<Promised, true | string>>
  createHome(): Home
}
