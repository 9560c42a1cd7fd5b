// What a runtime counts of itself, and the names under which `/metrics` shows it. It must never cost a transaction: every
// call adds a number and returns. Refusals, dead letters and alerts are counted from committed records, not here.
//
// Names are stable: rules and dashboards stand on them. Times are seconds, counters only rise. Every process counts its own
// work, so sum counters over processes. The consumer lag is told by one process, on a broker by the owner of the first
// partition of the first sub-topology; all processes read the open alerts from the log, so take their max, never their sum.
//
//   quantum_build_info{version,topology,runtime,node_version}                1
//   quantum_ready                                                          1 when /readyz says yes
//   quantum_consumed_records_total{topic}                                  input records of committed transactions
//   quantum_produced_records_total{topic}                                  records that were written and committed
//   quantum_refused_total{topic,gate,reason}                               signal.refused and refused execution.result
//   quantum_dead_letters_total{cause}                                      there from the start at 0, for increase()
//   quantum_commits_total{sub_topology,partition}                          committed transactions
//   quantum_committed_records_total{sub_topology,partition}                records in them
//   quantum_commit_seconds{sub_topology}                                   histogram: time of the commit itself
//   quantum_process_seconds{sub_topology}                                  histogram: time of the decisions of a transaction
//   quantum_aborts_total{sub_topology,partition,cause}                     transactions that were given up
//   quantum_fenced_total{sub_topology,partition}                           another process took the task over
//   quantum_rebalances_total{group}
//   quantum_restore_remaining_records{sub_topology,partition,topic}        0 when restored
//   quantum_state_entries{store,partition}                                 keys of a state, entries of a ledger
//   quantum_consumer_lag_records{group,topic,partition}                    absent while unknown
//   quantum_consumer_lag_seconds{group,topic,partition}                    age of the oldest record that waits; 0: none; absent while unknown
//   quantum_consumer_lag_known{group,topic,partition}                      0 while it can't be read
//   quantum_alerts_open{kind,severity}                                     open ops.alert records; 0 for every other kind, once they were read
//   quantum_alerts_read_seconds                                            age of what alerts_open says
//   process_start_time_seconds, process_resident_memory_bytes, process_cpu_seconds_total, nodejs_eventloop_lag_seconds

/** Counts of one runtime. Topics and groups are given by the names that the topology knows, without a broker's prefix. */
export interface Metrics {
  /** Input records of a topic that a committed transaction processed. */
  consumed(topic: string, count: number): void
  /** Records written to a topic and committed. */
  produced(topic: string, count: number): void
  /** The decisions of one transaction took `ms`. */
  processed(subTopology: string, partition: number, ms: number): void
  /** One transaction with `records` input records was committed; the commit itself took `ms`. */
  committed(subTopology: string, partition: number, records: number, ms: number): void
  /** A transaction was given up; `cause` is one of a small closed list, never a text with numbers in it. */
  aborted(subTopology: string, partition: number, cause: string): void
  /** Another process has taken the task over. */
  fenced(subTopology: string, partition: number): void
  rebalanced(group: string): void
  /** `remaining` records of a changelog or table are still to be read; 0 when it is restored. */
  restoring(subTopology: string, partition: number, topic: string, remaining: number): void
  /** Entries of one changelog's state or ledger in one task: `Task.stateEntries()` gives them. */
  stateEntries(store: string, partition: number, count: number): void
  /** The task is this process's no longer: what it had to restore is nobody's here. */
  released(subTopology: string, partition: number): void
  /**
   * A group's lag in records (null: can't be read) and the age in ms of the oldest record that waits (null: none, or
   * unknown). Say it again with each observation: what was not said for a while is no longer shown.
   */
  lag(
    group: string,
    topic: string,
    partition: number,
    records: number | null,
    ms: number | null,
  ): void
}

const nothing = (): void => undefined

/** For runtimes that nobody watches: tests, measurements, backtests. */
export const noMetrics: Metrics = {
  consumed: nothing,
  produced: nothing,
  processed: nothing,
  committed: nothing,
  aborted: nothing,
  fenced: nothing,
  rebalanced: nothing,
  restoring: nothing,
  stateEntries: nothing,
  released: nothing,
  lag: nothing,
}
