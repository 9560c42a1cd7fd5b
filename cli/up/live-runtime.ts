// What `up` needs of a runtime beyond the port, and what each of them needs to be opened.
import type { Logger } from 'pino'
import type { Step } from '../../connectors/embedded/cycle.ts'
import type { Health } from '../../connectors/health.ts'
import type { Metrics } from '../../connectors/metrics.ts'
import type { Runtime } from '../../connectors/runtime.ts'
import type { Config } from '../../schemas/config.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import type { Io } from '../verb.ts'
import type { Parts } from './parts.ts'

/** A runtime that works by itself. */
export interface LiveRuntime extends Runtime {
  /** Works by itself from now on. */
  start(): void
  health(): Health
  /** Ends when the runtime is closed, and fails with the error that stopped it. */
  readonly stopped: Promise<void>
}

export interface OpenOptions {
  readonly topology: Topology
  readonly config: Config
  readonly parts: Parts
  readonly wallMs: () => number
  readonly logger: Logger
  readonly metrics: Metrics
  /** Where the secrets of a broker may be. */
  readonly env: Io['env']
  readonly atStep?: (step: Step) => void
}
