// What lies in deploy/ and the compose file, read for tests: alert rules, their tests, the dashboard's queries.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export const root = join(import.meta.dirname, '../..')
export const prometheusFolder = join(root, 'deploy/prometheus')

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: { readonly summary: string }
}

export interface AlertExpectation {
  readonly alertname: string
  readonly exp_alerts?: readonly { readonly exp_labels: Readonly<Record<string, string>> }[]
}

/** Alerts or the lack of them at one time of a rule test. */
export interface RuleTest {
  readonly name: string
  readonly alert_rule_test: readonly AlertExpectation[]
}

export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** A YAML file, with `<<` resolved as Compose does. */
export function yamlOf(path: string): unknown {
  return parse(textOf(path), { merge: true })
}

export function yamlFiles(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => `${folder}/${name}`)
}

export function alertRules(): AlertRule[] {
  return yamlFiles('deploy/prometheus/rules').flatMap((path) => {
    const { groups } = yamlOf(path) as { groups: { rules: AlertRule[] }[] }
    return groups.flatMap(({ rules }) => rules)
  })
}

export function ruleTests(): RuleTest[] {
  return yamlFiles('deploy/prometheus/tests').flatMap(
    (path) => (yamlOf(path) as { tests: RuleTest[] }).tests,
  )
}

interface Panel {
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: { readonly uid: string }
  readonly targets?: readonly { readonly expr: string }[]
}

export function dashboard(): { readonly uid: string; readonly panels: readonly Panel[] } {
  return JSON.parse(textOf('deploy/grafana/dashboards/quantum.json')) as ReturnType<
    typeof dashboard
  >
}

/** Every query of the dashboard, with an interval where Grafana would put one. */
export function dashboardQueries(): string[] {
  return dashboard()
    .panels.flatMap(({ targets }) => targets ?? [])
    .map(({ expr }) => expr.replaceAll('$__rate_interval', '1m'))
}

/** The metrics that an expression of PromQL reads. */
export function metricsIn(expr: string): string[] {
  const bare = expr
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '')
    .replace(/\boffset\s+\w+/g, '')
  const names = bare.match(/\b[a-z_][a-z0-9_]*\b(?!\s*\()/g) ?? []
  return [...new Set(names)].filter((name) => !['and', 'or', 'unless', 'bool'].includes(name))
}
