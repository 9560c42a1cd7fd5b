// What all tasks of a process share. Nothing here belongs to one of them.
import type { Logger } from 'pino'
import type { Config } from '../../schemas/config.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { LogRecord, Partitions } from '../../topologies/kernel/topic.ts'
import type { Topology } from '../../topologies/kernel/topology.ts'
import type { Metrics } from '../metrics.ts'
import type { KafkaClient } from './client/port.ts'
import type { LearningCodec } from './learning-codec.ts'
import type { Names } from './names.ts'
import type { Tables } from './tables.ts'
import type { Written } from './written.ts'

/** The places where a process may die; tests throw there, or wait there. */
export type Step = 'BEGIN' | 'READ' | 'PROCESSED' | 'COMMIT' | 'COMMITTED'

export interface TaskContext {
  readonly topology: Topology
  /** Every topic of the log by name. */
  readonly topics: ReadonlyMap<string, Topic>
  readonly config: Config
  readonly client: KafkaClient
  readonly codec: LearningCodec
  readonly names: Names
  readonly partitions: Partitions
  readonly logId: string
  readonly tables: Tables
  readonly written: Written
  readonly logger: Logger
  readonly metrics: Metrics
  readonly nowMs: () => number
  readonly atStep: (step: Step) => void | Promise<void>
  /** Whether anybody wants to hear of committed records. */
  readonly isHeard: () => boolean
  /** Hears of committed records, in order, with their offsets. */
  readonly onCommitted: (records: readonly LogRecord[]) => void
}
