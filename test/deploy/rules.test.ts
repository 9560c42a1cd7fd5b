// Alert rules are code: each one fires in a test and clears in a test, run by promtool.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { describe, expect, test } from 'vitest'
import { gatewayReader } from '../../connectors/exchange/gateway.ts'
import { readerOf } from '../../connectors/kafka/names.ts'
import { trading } from '../../topologies/trading.ts'
import { needsCommand } from '../kit/broker/needs.ts'
import {
  alertRules,
  dashboardQueries,
  prometheusFolder,
  ruleTests,
  yamlFiles,
  yamlOf,
} from './deployed.ts'

/** It runs for seconds, and for longer on a busy machine. */
const promtoolNeeded = { ...needsCommand('promtool'), timeout: 60_000 }

/** Runs promtool beside the rules. Both of its outputs are in the failure. */
function promtool(...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, {
    cwd: prometheusFolder,
    encoding: 'utf8',
  })
  expect(status, `${stdout}\n${stderr}`).toBe(0)
}

const fileNames = (folder: string): string[] =>
  yamlFiles(`deploy/prometheus/${folder}`).map((path) => path.replace('deploy/prometheus/', ''))

describe('alert rules', () => {
  test('promtool accepts the configuration and every rule', promtoolNeeded, () => {
    promtool('check', 'config', 'prometheus.yml')
    promtool('check', 'rules', ...fileNames('rules'))
  })

  test('promtool sees every alert fire and clear', promtoolNeeded, () => {
    promtool('test', 'rules', ...fileNames('tests'))
  })

  test('promtool accepts every query of the dashboard', promtoolNeeded, () => {
    const folder = mkdtempSync(join(tmpdir(), 'quantum-queries-'))
    try {
      const rules = dashboardQueries().map((expr, i) => ({ record: `query:${String(i)}`, expr }))
      const file = join(folder, 'queries.yml')
      writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }))
      promtool('check', 'rules', file)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('every alert has a test in which it fires and a later one in which it does not', () => {
    const all = ruleTests()
    for (const { alert } of alertRules()) {
      const tests = all.filter(({ alert_rule_test: expectations }) => {
        const own = expectations.filter(({ alertname }) => alertname === alert)
        const fires = own.findIndex(({ exp_alerts: alerts }) => (alerts ?? []).length > 0)
        return (
          fires >= 0 &&
          (own.at(-1)?.exp_alerts ?? []).length < (own[fires]?.exp_alerts ?? []).length
        )
      })
      expect(tests.length, `${alert} fires and clears`).toBeGreaterThan(0)
    }
  })

  test('every alert that a test expects exists', () => {
    const known = new Set(alertRules().map(({ alert }) => alert))
    for (const { alert_rule_test: expectations } of ruleTests())
      for (const { alertname } of expectations) expect(known).toContain(alertname)
  })

  test('every guard fires in a test for each group that it guards', () => {
    const guards = alertRules().filter(
      ({ labels }) => 'group' in labels || 'redpanda_group' in labels,
    )
    expect(guards.length).toBeGreaterThan(0)
    const all = ruleTests()
    for (const { alert, labels } of guards) {
      const fired = all.flatMap(({ alert_rule_test: expectations }) =>
        expectations
          .filter(({ alertname }) => alertname === alert)
          .flatMap(({ exp_alerts: alerts }) => (alerts ?? []).map((one) => one.exp_labels)),
      )
      expect(fired, alert).toContainEqual(labels)
    }
  })

  test('every group of the topology is guarded: a missing lag metric is no lag of 0', () => {
    const groups = [
      ...trading.subTopologies.map((sub) => readerOf(trading.name, sub.name)),
      gatewayReader.group,
    ].sort()
    const rules = alertRules()
    const guarded = (alert: string, label: string): (string | undefined)[] =>
      rules.filter((rule) => rule.alert === alert).map(({ labels }) => labels[label])
    expect(guarded('RedpandaGroupUnmeasured', 'redpanda_group').sort()).toEqual(groups)
    expect(guarded('QuantumLagUnwatched', 'group').sort()).toEqual(groups)
  })

  test('Prometheus loads every rule file and asks broker and pipeline where they answer', () => {
    const config = yamlOf('deploy/prometheus/prometheus.yml') as {
      rule_files: string[]
      scrape_configs: { job_name: string; metrics_path?: string }[]
    }
    expect(config.rule_files).toEqual(['rules/*.yml'])
    expect(config.scrape_configs.map((job) => [job.job_name, job.metrics_path])).toEqual([
      ['redpanda', '/public_metrics'],
      ['quantum', undefined],
    ])
    const jobs = new Set(config.scrape_configs.map((job) => job.job_name))
    for (const { alert, expr } of alertRules())
      for (const [, job] of expr.matchAll(/job="([^"]*)"/g)) expect(jobs, alert).toContain(job)
  })
})
