// A look into a log from outside, whether its owner runs or not, and the one thing that an operator may do to it. Verbs of
// the command line know a log by this and by nothing else, so that they are the same for every runtime that stores one.
import type { Topic } from '../schemas/topic.ts'
import type { Environment } from '../schemas/types.gen.ts'
import type { Partitions, ValueOf } from '../topologies/kernel/topic.ts'
import { LogError } from './log-error.ts'
import type { Lag, ReadRange, StoredRecord } from './runtime.ts'

/** What was decided when the log was made. */
export interface LogMeta {
  /** Null in a log on which nothing ran yet. */
  readonly logId: string | null
  /** Null in a log on which nothing ran yet. */
  readonly environment: Environment | null
  readonly partitions: Partitions
}

/** Both ends of one partition of one topic, as they are now. */
export interface PartitionEnds {
  readonly topic: string
  readonly partition: number
  /** First retained offset; equal to `nextOffset` when nothing is left. */
  readonly firstOffset: number
  /** First offset behind all that is committed. */
  readonly nextOffset: number
  /** Time of the last record; null when there is none. */
  readonly lastAtMs: number | null
}

/** Reads committed records only. Each read is short: no owner is held up by it. */
export interface LogReader {
  /** Which log this is, for people: a path, or brokers. */
  readonly place: string
  meta(): Promise<LogMeta>
  /** Ends of every partition of these topics that is there; of all of the log's topics when none are given. */
  ends(topics?: readonly Topic[]): Promise<readonly PartitionEnds[]>
  /** Records in order of arrival; where no order over partitions is kept, by time, partition and offset. */
  read(topic: Topic, range?: ReadRange): Promise<StoredRecord[]>
  /** Last value of each key, by partition and key; entries that can't be decoded have a fault. */
  latest(topic: Topic): Promise<StoredRecord[]>
  /** How far each reader is behind at a time, as committed. */
  lag(nowMs: number): Promise<readonly Lag[]>
  /** Changes at the latest when something was appended to the topic. */
  version(topic: Topic): Promise<string>
  close(): Promise<void>
}

/** The operator's way into a log, running or not. */
export interface OperatorLog {
  /** Appends one record to a topic whose source is the operator; it is durable when the promise resolves. Gives its offset. */
  append<T extends Topic>(topic: T, value: ValueOf<T>, atMs: number): Promise<number>
  close(): Promise<void>
}

/** Throws a LogError for a topic that is written by others. */
export function assertOperatorTopic(topic: Topic): void {
  if (topic.source !== 'operator')
    throw new LogError('CONFIGURATION', `${topic.name}: an operator may not write it`)
}
