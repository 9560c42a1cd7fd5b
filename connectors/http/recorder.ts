// Keeps what a runtime counts, adds what its committed records say, and writes it all as text. Names and meanings are
// listed in connectors/metrics.ts; this file must keep to them.
import { symbolsOf } from '../../schemas/read.ts'
import type { DeadLetter, ExecutionResult, SignalRefused } from '../../schemas/types.gen.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'
import type { OpenAlerts } from '../alerts.ts'
import type { Metrics } from '../metrics.ts'
import { counter, gauge, histogram } from './exposition.ts'
import type { Family, Gauge } from './exposition.ts'

/** A lag that was not said again for this long is no longer shown: another process tells it, or nobody. */
const lagExpiresMs = 60_000

/** Bounds in seconds, from a commit to a file up to one that waits for a broker that restarts. */
const secondsBounds = [
  ...[0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05],
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60],
]

const task = ['sub_topology', 'partition'] as const
const place = ['group', 'topic', 'partition'] as const

export interface RecorderOptions {
  readonly version: string
  readonly topology: string
  readonly runtime: string
  /** Time that only rises, in ms. */
  readonly nowMs: () => number
}

/** What is asked at the time of a scrape. */
export interface Seen {
  readonly isReady: boolean
  /** Null when they were never read. */
  readonly alerts: OpenAlerts | null
}

export interface Recorder {
  readonly metrics: Metrics
  /** Takes in records that the runtime has committed. */
  readonly observe: (records: readonly LogRecord[]) => void
  readonly render: (seen: Seen) => string
}

export function createRecorder(options: RecorderOptions): Recorder {
  const { nowMs } = options
  const families = createFamilies()
  const saidAtMs = new Map<string, number>()
  families.build.set([options.version, options.topology, options.runtime, process.version], 1)
  // A counter that appears with its first event hides that event from increase().
  for (const cause of symbolsOf('dead.letter', 'cause')) families.deadLetters.add([cause], 0)

  const dropOldLags = (): void => {
    for (const [key, atMs] of saidAtMs) {
      if (nowMs() - atMs <= lagExpiresMs) continue
      saidAtMs.delete(key)
      for (const family of [families.lagRecords, families.lagSeconds, families.lagKnown])
        family.remove((labels) => labels.join('|') === key)
    }
  }
  const showAlerts = ({ isReady, alerts }: Seen): void => {
    families.ready.set([], isReady ? 1 : 0)
    families.alerts.remove(() => true)
    families.alertsRead.remove(() => true)
    if (alerts === null) return
    families.alertsRead.set([], Math.max(0, nowMs() - alerts.atMs) / 1_000)
    for (const kind of symbolsOf('ops.alert', 'kind'))
      for (const severity of symbolsOf('ops.alert', 'severity')) {
        const open = alerts.open.filter((one) => one.kind === kind && one.severity === severity)
        families.alerts.set([kind, severity], open.length)
      }
  }
  return {
    metrics: metricsOver(families, saidAtMs, nowMs),
    observe(records) {
      for (const { topic, value } of records) {
        if (value === null) continue
        if (topic === 'dead.letter') families.deadLetters.add([(value as DeadLetter).cause])
        else if (topic === 'signal.refused')
          families.refused.add([topic, 'NONE', (value as SignalRefused).reason])
        else if (topic === 'execution.result') {
          const { status, gate, reason } = value as ExecutionResult
          if (status === 'REFUSED') families.refused.add([topic, gate, reason])
        }
      }
    },
    render(seen) {
      dropOldLags()
      showAlerts(seen)
      return Object.values<Family>(families)
        .map((family) => family.render())
        .join('')
    },
  }
}

type Families = ReturnType<typeof createFamilies>

function createFamilies() {
  const named = (name: string, help: string, labels: readonly string[] = []) => ({
    ...{ name: `quantum_${name}`, help, labels },
  })
  return {
    build: gauge(
      named('build_info', 'What runs here.', ['version', 'topology', 'runtime', 'node_version']),
    ),
    ready: gauge(named('ready', '1 when every partition is assigned, restored and at work.')),
    consumed: counter(
      named('consumed_records_total', 'Input records of committed transactions.', ['topic']),
    ),
    produced: counter(named('produced_records_total', 'Records written and committed.', ['topic'])),
    refused: counter(
      named('refused_total', 'Signals and orders that were refused, by gate and reason.', [
        ...['topic', 'gate', 'reason'],
      ]),
    ),
    deadLetters: counter(
      named('dead_letters_total', 'Records that could not be dealt with.', ['cause']),
    ),
    commits: counter(named('commits_total', 'Committed transactions.', task)),
    committed: counter(
      named('committed_records_total', 'Input records of committed transactions.', task),
    ),
    commitSeconds: histogram(
      named('commit_seconds', 'Time of a commit.', ['sub_topology']),
      secondsBounds,
    ),
    processSeconds: histogram(
      named('process_seconds', 'Time of the decisions of one transaction.', ['sub_topology']),
      secondsBounds,
    ),
    aborts: counter(named('aborts_total', 'Transactions that were given up.', [...task, 'cause'])),
    fenced: counter(named('fenced_total', 'Tasks that another process took over.', task)),
    rebalances: counter(named('rebalances_total', 'Rebalances of a group.', ['group'])),
    restoring: gauge(
      named('restore_remaining_records', 'Records of a changelog or table still to be read.', [
        ...[...task, 'topic'],
      ]),
    ),
    entries: gauge(
      named('state_entries', 'Keys of a state, or entries of a ledger.', ['store', 'partition']),
    ),
    lagRecords: gauge(
      named('consumer_lag_records', 'Records that a group has not processed.', place),
    ),
    lagSeconds: gauge(
      named('consumer_lag_seconds', 'Age of the oldest record that waits for a group.', place),
    ),
    lagKnown: gauge(named('consumer_lag_known', '0 while the lag can not be read.', place)),
    alerts: gauge(
      named('alerts_open', 'Alerts that were raised and not cleared.', ['kind', 'severity']),
    ),
    alertsRead: gauge(named('alerts_read_seconds', 'Age of what alerts_open says.')),
  }
}

function metricsOver(
  families: Families,
  saidAtMs: Map<string, number>,
  nowMs: () => number,
): Metrics {
  return {
    consumed: (topic, count) => {
      families.consumed.add([topic], count)
    },
    produced: (topic, count) => {
      families.produced.add([topic], count)
    },
    processed: (sub, _partition, ms) => {
      families.processSeconds.observe([sub], ms / 1_000)
    },
    committed: (sub, partition, records, ms) => {
      const labels = [sub, String(partition)]
      families.commits.add(labels)
      families.committed.add(labels, records)
      families.fenced.add(labels, 0)
      families.commitSeconds.observe([sub], ms / 1_000)
    },
    aborted: (sub, partition, cause) => {
      families.aborts.add([sub, String(partition), cause])
    },
    fenced: (sub, partition) => {
      families.fenced.add([sub, String(partition)])
    },
    rebalanced: (group) => {
      families.rebalances.add([group])
    },
    restoring: (sub, partition, topic, remaining) => {
      families.restoring.set([sub, String(partition), topic], remaining)
    },
    stateEntries: (store, partition, count) => {
      families.entries.set([store, String(partition)], count)
    },
    released: (sub, partition) => {
      families.restoring.remove((labels) => labels[0] === sub && labels[1] === String(partition))
    },
    lag: (group, topic, partition, records, ms) => {
      const labels = [group, topic, String(partition)]
      const key = labels.join('|')
      saidAtMs.set(key, nowMs())
      families.lagKnown.set(labels, records === null ? 0 : 1)
      const show = (family: Gauge, value: number | null): void => {
        if (value === null) family.remove((one) => one.join('|') === key)
        else family.set(labels, value)
      }
      show(families.lagRecords, records)
      show(families.lagSeconds, records === 0 ? 0 : ms === null ? null : ms / 1_000)
    },
  }
}
