// What the broker runtime needs of a Kafka client, and nothing else: another client can be put in behind it. The promises
// are held to by test/connectors/kafka/client/*.kafka.test.ts on a real broker.
import type { KafkaFault } from './kafka-error.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export interface PartitionOffset extends TopicPartition {
  readonly offset: number
}

/** A header's name and value. */
export type WireHeader = readonly [name: string, value: string]

/** A committed record as its bytes. */
export interface WireRecord {
  readonly offset: number
  readonly timestampMs: number
  readonly key: string | null
  /** A view into the answer of the broker: copy what is kept for long. */
  readonly value: Buffer | null
  readonly headers: readonly WireHeader[]
}

/** One answer for one partition. Aborted records and control records are left out, and the position moves past them. */
export interface Fetched extends TopicPartition {
  readonly records: readonly WireRecord[]
  /** First offset that this answer does not cover: behind control records, aborted records and emptied batches. */
  readonly nextOffset: number
  readonly logStartOffset: number
  /** Everything before it is decided: committed or aborted. */
  readonly lastStableOffset: number
}

/** Bytes of records for one partition, in one or more record batches below the broker's size limit. */
export interface RecordBatches extends TopicPartition {
  readonly count: number
  readonly bytes: number
  /** Appends a record. Throws a KafkaError TOO_LARGE when it can't fit into any batch. */
  add(
    timestampMs: number,
    key: string | null,
    value: Uint8Array | null,
    headers?: readonly WireHeader[],
  ): void
}

/** Where records came to lie: offsets of one partition's records, in the order in which they were added. */
export interface Appended extends TopicPartition {
  readonly offsetOf: (index: number) => number
}

export interface GroupOffsets {
  readonly group: string
  /** Next offset to read, per partition. */
  readonly offsets: readonly PartitionOffset[]
}

export interface Transaction {
  readonly batches: readonly RecordBatches[]
  readonly offsets: GroupOffsets | null
}

/**
 * One transactional id, fenced when it was made. After any error it must be disposed of and a new one fenced: sequence
 * numbers and the state of the transaction are unknown then.
 */
export interface TransactionalProducer {
  readonly transactionalId: string
  batches(topic: string, partition: number): RecordBatches
  /**
   * Records and offsets, committed together. Rejects with a KafkaError: FENCED (another owner is there), UNKNOWN_OUTCOME
   * (it may be committed: fence and read the offsets), TOO_LARGE (refused, aborted), else FAILED (not committed).
   */
  commit(transaction: Transaction): Promise<readonly Appended[]>
  /** Aborts what may be open where that is safe and takes no second; else the next fence does. Never rejects. */
  dispose(): Promise<void>
}

/** Records without a transaction, each once and in order (idempotent), acknowledged by all replicas in sync. */
export interface PlainProducer {
  batches(topic: string, partition: number): RecordBatches
  send(batches: readonly RecordBatches[]): Promise<readonly Appended[]>
  dispose(): Promise<void>
}

export interface SourceListener {
  /** Called in offset order for each partition. */
  onFetched(fetched: Fetched): void
  /**
   * The partition can't be read on: OFFSET_OUT_OF_RANGE (never reset silently), TOPIC_MISSING, UNDECODABLE_BATCH,
   * NOT_AUTHORISED. It is no longer fetched. What passes by itself (a leader moves, a broker restarts) is not told.
   */
  onFault(place: PartitionOffset, fault: KafkaFault, detail: string): void
}

/** Fetches committed records of assigned partitions, over all brokers, from given offsets; it knows no group. */
export interface Source {
  /** Starts or moves a partition. What is under way for its old offset is dropped. */
  assign(place: PartitionOffset): void
  unassign(place: TopicPartition): void
  /** A paused partition keeps its place; what has been fetched meanwhile is delivered after `resume`. */
  pause(place: TopicPartition): void
  resume(place: TopicPartition): void
  close(): Promise<void>
}

export interface MemberOptions {
  readonly group: string
  /** Topics that the group reads; all have the same number of partitions, and a member gets partition numbers. */
  readonly topics: readonly string[]
  readonly partitions: number
  readonly instance: string
  readonly sessionTimeoutMs: number
  readonly listener: MemberListener
}

/** Membership only says who should work on a partition; that only one does is the fence's business. */
export interface MemberListener {
  /** A rebalance begins: finish what is under way, at best within the session timeout. Joining waits for it. */
  onRebalance(): Promise<void>
  /** Partition numbers of this member from now on. Those that it held before without a gap may be kept as they are. */
  onAssigned(partitions: readonly number[], generation: number): void
  /** The member is out (session lost, fenced instance, group deleted): nothing that it held is its own. It joins again. */
  onLost(reason: string): void
  /** It can't join again by itself: FENCED (another process uses this instance name), NOT_AUTHORISED. */
  onFault(fault: KafkaFault, detail: string): void
}

export interface Member {
  /** Leaves the group, so that others take over at once. */
  leave(): Promise<void>
  /** Lets go as a killed process does: the group finds out by its session timeout. */
  abandon(): void
}

export interface TopicDescription {
  readonly name: string
  readonly partitions: number
  readonly replication: number
}

export interface TopicToCreate extends TopicDescription {
  readonly configs: Readonly<Record<string, string>>
}

export interface Admin {
  /** Of the names given those that exist, or all of the broker's own and others' topics. */
  topics(names?: readonly string[]): Promise<readonly TopicDescription[]>
  /** Settings of a topic, by name, with whether each is the broker's default. */
  configs(
    topic: string,
  ): Promise<ReadonlyMap<string, { readonly value: string; readonly isDefault: boolean }>>
  /** Resolves when every topic can be used. */
  createTopics(topics: readonly TopicToCreate[]): Promise<void>
  /** Sets these settings and leaves all others of the topic as they are. */
  setConfigs(topic: string, configs: Readonly<Record<string, string>>): Promise<void>
  deleteTopics(names: readonly string[]): Promise<void>
  /** First kept offset. */
  startOffsets(places: readonly TopicPartition[]): Promise<readonly PartitionOffset[]>
  /** Last stable offset, or the high-water mark, which counts what is not decided yet. */
  endOffsets(
    places: readonly TopicPartition[],
    end: 'stable' | 'high-water',
  ): Promise<readonly PartitionOffset[]>
  /** Committed next offsets of a group; partitions without one are left out. */
  committed(group: string, places: readonly TopicPartition[]): Promise<readonly PartitionOffset[]>
  /** Groups by name, with state and the offsets that they have committed. */
  groups(): Promise<readonly GroupDescription[]>
  deleteGroups(names: readonly string[]): Promise<void>
}

export interface GroupDescription {
  readonly name: string
  readonly state: string
  readonly members: readonly {
    readonly id: string
    readonly host: string
    readonly partitions: readonly TopicPartition[]
  }[]
}

export interface KafkaClient {
  readonly admin: Admin
  /** Takes over a transactional id: whoever used it before can commit nothing any more, its open transaction is aborted. */
  fence(transactionalId: string): Promise<TransactionalProducer>
  plainProducer(): Promise<PlainProducer>
  source(listener: SourceListener): Source
  /**
   * Reads committed records of one partition from an offset up to `toOffset`, whether or not a record lies there. Rejects
   * when nothing moves for `stalledMs`.
   */
  readUpTo(
    from: PartitionOffset,
    toOffset: number,
    onFetched: (fetched: Fetched) => void,
    stalledMs?: number,
  ): Promise<void>
  member(options: MemberOptions): Member
  /** Rejects with a KafkaError when no broker can be reached. */
  connect(): Promise<void>
  close(): Promise<void>
}
