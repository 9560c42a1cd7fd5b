// A rule or a panel on a metric that nobody tells is silent for ever: every name has to exist.
import { describe, expect, test } from 'vitest'
import { createProcessMetrics } from '../../connectors/http/process-metrics.ts'
import { createRecorder } from '../../connectors/http/recorder.ts'
import { alertRules, dashboard, dashboardQueries, metricsIn, yamlOf } from './deployed.ts'

/** Redpanda 26.1, https://docs.redpanda.com/current/reference/public-metrics-reference/, as far as it is used here. */
const redpandaMetrics = [
  'redpanda_cluster_brokers',
  'redpanda_cluster_unavailable_partitions',
  'redpanda_kafka_consumer_group_committed_offset',
  'redpanda_kafka_consumer_group_lag_max',
  'redpanda_kafka_consumer_group_lag_sum',
  'redpanda_kafka_max_offset',
  'redpanda_kafka_request_bytes_total',
  'redpanda_kafka_request_latency_seconds_bucket',
  'redpanda_kafka_under_replicated_replicas',
  'redpanda_memory_allocated_memory',
  'redpanda_memory_available_memory',
  'redpanda_memory_free_memory',
  'redpanda_schema_registry_request_errors_total',
  'redpanda_storage_disk_free_bytes',
  'redpanda_storage_disk_free_space_alert',
]

/** The metrics that a process of ours shows, read from what it would answer. */
function ownMetrics(): string[] {
  const recorder = createRecorder({ version: '1', topology: 't', runtime: 'r', nowMs: () => 0 })
  using process = createProcessMetrics()
  const text = recorder.render({ isReady: true, alerts: null }) + process.render()
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name, type]) =>
    type === 'histogram' ? [`${name!}_bucket`, `${name!}_count`, `${name!}_sum`] : [name!],
  )
}

describe('metrics that rules and dashboard stand on', () => {
  test('the names in a query are found', () => {
    expect(
      metricsIn('sum by (a, b) (rate(x_total{c="y"}[5m] offset 1h)) > 3 or on (d) absent(z)'),
    ).toEqual(['x_total', 'z'])
  })

  test('every metric of a rule and of the dashboard exists', () => {
    const known = new Set(['up', ...redpandaMetrics, ...ownMetrics()])
    const queries = [...alertRules().map(({ expr }) => expr), ...dashboardQueries()]
    expect(queries.length).toBeGreaterThan(60)
    for (const query of queries)
      for (const metric of metricsIn(query)) expect(known, query).toContain(metric)
  })

  test('no metric of Redpanda is listed that nothing asks for', () => {
    const queries = [...alertRules().map(({ expr }) => expr), ...dashboardQueries()]
    const used = new Set(queries.flatMap(metricsIn))
    for (const metric of redpandaMetrics) expect(used).toContain(metric)
  })

  test('the dashboard shows lag, throughput, commits, restore, dead letters, refusals and alerts', () => {
    const used = new Set(dashboardQueries().flatMap(metricsIn))
    for (const metric of [
      ...['quantum_consumer_lag_records', 'quantum_consumer_lag_seconds'],
      ...['quantum_consumed_records_total', 'quantum_produced_records_total'],
      ...['quantum_commit_seconds_bucket', 'quantum_aborts_total', 'quantum_fenced_total'],
      ...['quantum_restore_remaining_records', 'quantum_dead_letters_total'],
      ...['quantum_refused_total', 'quantum_alerts_open'],
    ])
      expect(used).toContain(metric)
  })

  test('every panel asks the provisioned source and says what it shows', () => {
    const { datasources } = yamlOf('deploy/grafana/provisioning/datasources/prometheus.yaml') as {
      datasources: { uid: string }[]
    }
    const uids = datasources.map(({ uid }) => uid)
    for (const { type, title, description, datasource } of dashboard().panels) {
      if (type === 'row') continue
      expect(uids, title).toContain(datasource?.uid)
      expect(description, title).toMatch(/\S/)
    }
  })
})
