// The page for production is true: it has each alert, its commands and settings exist, its example is a configuration.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import { settings } from '../../cli/configuration/settings.ts'
import type { Verb } from '../../cli/verb.ts'
import { configSchema } from '../../schemas/config.ts'
import { alertRules, root, textOf } from './deployed.ts'

const runbook = textOf('deploy/README.md')
const alerts = alertRules()

describe('deploy/README.md', () => {
  test('every alert says how bad it is and what is wrong, and the runbook says what to do', () => {
    for (const { alert, labels, annotations } of alerts) {
      expect(['critical', 'warning'], alert).toContain(labels['severity'])
      expect(annotations.summary.length, alert).toBeGreaterThan(10)
      expect(runbook, alert).toMatch(new RegExp(`\\n### ${alert}\\n\\n\\S`))
    }
  })

  test('no alert in it is gone', () => {
    const known = new Set(alerts.map(({ alert }) => alert))
    const named = runbook.match(/\b(Quantum|Redpanda)[A-Z]\w+/g) ?? []
    for (const alert of named) expect(known).toContain(alert)
  })

  test('every quantum command in it names a verb and options that exist', async () => {
    const commands = runbook.match(/npx quantum [^\n`]*/g) ?? []
    expect(commands.length).toBeGreaterThan(5)
    for (const command of commands) {
      const [name, ...words] = command.split(/\s+/).slice(2)
      const { verb } = (await import(join(root, 'cli', `${name!}.ts`))) as { verb: Verb }
      for (const word of words.filter((one) => one.startsWith('--')))
        expect(Object.keys(verb.options), command).toContain(word.slice(2))
    }
  })

  test('every setting that it names exists', () => {
    const known = new Set(settings().map(({ name }) => name))
    const named = [...runbook.matchAll(/`((?:kafka|registry|http)\.[a-z_.]+)(?:`|:)/g)]
    expect(named.length).toBeGreaterThan(8)
    for (const [, name] of named) expect(known).toContain(name)
  })

  test('its configuration is a sound one, with passwords in files', () => {
    const [, block] = /```yaml\n([\s\S]*?)```/.exec(runbook)!
    const config = configSchema.parse(parse(block!))
    expect(config.kafka.sasl.password_file).toMatch(/^\/run\/secrets\//)
    expect(config.registry.password_file).toMatch(/^\/run\/secrets\//)
  })

  test('every file that it links to exists', () => {
    for (const [, target] of runbook.matchAll(/\]\(([^)#]+)\)/g))
      expect(existsSync(join(root, 'deploy', target!)), target).toBe(true)
  })
})
