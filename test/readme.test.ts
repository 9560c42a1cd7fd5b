// The README is true: its commands exist with these options, and its code stands in the sources.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Verb } from '../cli/verb.ts'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    (match) => match[1]!,
  )

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'))
}

describe('README', () => {
  test('every quantum command in it names a verb and options that exist', async () => {
    const commands = readme.match(/(?:npx quantum|npm start --) [^\n`]*/g) ?? []
    expect(commands.length).toBeGreaterThan(1)
    for (const command of commands) {
      const words = command.replace('npm start --', 'npx quantum up').split(/\s+/).slice(2)
      const [name] = words
      if (name === 'VERB') continue
      const { verb } = (await import(join(root, 'cli', `${name!}.ts`))) as { verb: Verb }
      const known = new Set([...Object.keys(verb.options), 'json', 'help'])
      for (const word of words.filter((w) => w.startsWith('--')))
        expect(known, command).toContain(word.slice(2).replace(/[^a-z-].*$/, ''))
    }
  })

  test('every npm script in it exists', () => {
    const scripts = (
      JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }
    ).scripts
    for (const [, name] of readme.matchAll(/npm run ([a-z:]+)/g))
      expect(Object.keys(scripts)).toContain(name)
  })

  test('its code is cut from the sources', () => {
    const all = [...sources('topologies'), ...sources('test')].join('\n')
    for (const block of blocks('ts')) {
      const lines = block
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
      for (const line of lines) expect(all, line).toContain(line)
    }
  })

  test('every file and folder it links to exists', () => {
    for (const [, target] of readme.matchAll(/\]\(([^)#]+)\)/g))
      if (!target!.startsWith('http'))
        expect(() => readdirSync(join(root, target!, '..'))).not.toThrow()
  })
})
