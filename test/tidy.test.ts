// House rules as tests.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lintSchemas } from '../schemas/lint.ts'
import { topics } from '../schemas/topics.ts'
import { ownTopics } from '../connectors/kafka/own-topics.ts'
import { trading } from '../topologies/trading.ts'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

describe('house rules', () => {
  test('every processor is found by its name: group is folder, name is file', () => {
    for (const [group, processors] of trading.groups)
      for (const { name } of processors)
        expect(
          existsSync(join(root, 'topologies', group, `${name}.ts`)),
          `${group}/${name}.ts`,
        ).toBe(true)
  })

  test('every processor says in one sentence what it decides', () => {
    for (const { name, doc } of trading.processors) expect(doc, name).toMatch(/^[A-Z].*\.$/s)
  })

  test('every declared topic has a part in the topology, or is the runtime’s own', () => {
    const used = new Set([...trading.topics, ...ownTopics].map((topic) => topic.name))
    expect(topics.filter((topic) => !used.has(topic.name)).map((topic) => topic.name)).toEqual([])
  })

  test('every schema keeps the rules', () => {
    expect(lintSchemas(topics)).toEqual([])
  })

  test('every verb of the command line is in the README, and the other way round', () => {
    const files = readdirSync(join(root, 'cli')).filter((file) => file.endsWith('.ts'))
    const verbs = files
      .filter((file) => /export const verb\b/.test(readFileSync(join(root, 'cli', file), 'utf8')))
      .map((file) => file.slice(0, -'.ts'.length))
    const listed = [...readme.matchAll(/^\| `([a-z-]+)[ `]/gm)].map((match) => match[1]!)
    expect(listed.filter((name) => verbs.includes(name)).sort()).toEqual(verbs.sort())
  })

  test('the README is short', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(250)
  })

  test('every promise test names the incident it keeps from returning', () => {
    const folder = join(root, 'test/promises')
    for (const file of readdirSync(folder).filter((name) => /^i-\d\d/.test(name))) {
      const id = file.slice(0, 4).toUpperCase()
      expect(readFileSync(join(folder, file), 'utf8'), file).toContain(id)
    }
  })

  test('every incident has a promise test, but for those that are listed at the end', () => {
    const files = readdirSync(join(root, 'test/promises'))
    const ids = Array.from({ length: 65 }, (_, i) => `i-${String(i + 1).padStart(2, '0')}`)
    const gaps = ids.filter((id) => !files.some((file) => file.startsWith(`${id}-`)))
    expect(gaps).toEqual([])
  })
})
