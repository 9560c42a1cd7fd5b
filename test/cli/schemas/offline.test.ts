// The check that needs no registry, in small histories of git.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { check } from '../../../cli/schemas/check.ts'
import type { OwnSchema, SchemasCall } from '../../../cli/schemas/call.ts'
import { release } from '../../../cli/schemas/release.ts'
import { compatibilityOf } from '../../../schemas/topic.ts'
import { markState, priceUpdate } from '../../../schemas/topics.ts'
import type { Topic } from '../../../schemas/topic.ts'
import { testConfig } from '../../kit/given.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quantum-history-'))
  git('init', '--quiet', '--initial-branch=main')
  put('package.json', { version: '1.2.3' })
})
afterEach(() => {
  rmSync(root, { recursive: true })
})

function git(...args: string[]): string {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@localhost']
  return execFileSync('git', [...who, ...args], { cwd: root, encoding: 'utf8' }).trim()
}

function put(file: string, content: object): void {
  const path = join(root, file)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, JSON.stringify(content, null, 2))
}

const field = (name: string, type: unknown = 'int', more: object = {}) => ({ name, type, ...more })
const schema = (...fields: object[]) => ({ type: 'record', name: 'Sample', fields })
type Schema = ReturnType<typeof schema>

/** Makes these the schemas of a commit. */
function commit(event: Schema, state: Schema = schema()): void {
  put(`schemas/${priceUpdate.name}.avsc`, event)
  put(`schemas/${markState.name}.avsc`, state)
  git('add', '--all')
  git('commit', '--quiet', '--allow-empty', '--message=change')
}

const own = (topic: Topic, content: Schema): OwnSchema => ({
  ...{ topic, subject: `${topic.name}-value`, text: JSON.stringify(content) },
  level: compatibilityOf(topic),
})

function callFor(event: Schema, state: Schema, more: { since?: string; env?: object } = {}) {
  const said: string[] = []
  const io = { ...{ out: () => undefined, err: () => undefined }, now: () => 0, isTty: false }
  const call: SchemasCall = {
    ...{ io: { ...io, env: { ...more.env } }, json: false, prefix: '', names: [] },
    ...{ config: testConfig(), schemas: [own(priceUpdate, event), own(markState, state)] },
    values: { offline: true, since: more.since },
    openRegistry: () => {
      throw new Error('expected no registry to be asked')
    },
    tell: (_data, lines) => said.push(...lines),
  }
  return { call, said }
}

/** Exit code and text of a check of these schemas. */
async function checkOf(
  event: Schema,
  state: Schema = schema(),
  more: { since?: string; env?: object } = {},
): Promise<{ code: number; text: string }> {
  const { call, said } = callFor(event, state, more)
  return { code: await check(call, root), text: said.join('\n') }
}

async function releaseOf(event: Schema, state: Schema = schema()): Promise<void> {
  mkdirSync(join(root, 'schemas'), { recursive: true })
  await release(callFor(event, state).call, root)
}

const a = field('a')
const optional = field('b', 'int', { default: 0 })

describe('a change of the last commit', () => {
  test('that old records allow passes', async () => {
    commit(schema(a))
    expect(await checkOf(schema(a, optional))).toMatchObject({
      code: 0,
      text: expect.stringContaining('compared with 1 earlier versions of git') as string,
    })
  })

  test('that can not read old records fails and names topic, commit and field', async () => {
    commit(schema(a))
    const { code, text } = await checkOf(schema(a, field('c')))
    expect(code).toBe(1)
    expect(text).toMatch(
      /^price\.update: may not follow commit [0-9a-f]{9} \(this program can not read it\): .*Sample\.c/,
    )
  })

  test('of state fails when the program before could not read what is written now', async () => {
    commit(schema(), schema(a))
    const gone = schema()
    expect((await checkOf(schema(), gone)).text).toContain('mark.state: may not follow')
    commit(schema(a), schema())
    expect((await checkOf(gone, schema())).code).toBe(0)
  })

  test('of docs and formatting is none', async () => {
    commit(schema(field('a', 'int', { doc: 'one' })))
    expect((await checkOf(schema(field('a', 'int', { doc: 'two' })))).text).toContain(
      'compared with 0 earlier versions',
    )
  })
})

describe('which versions count', () => {
  const first = schema(a)
  const breaking = schema(field('a', 'string'))

  test('before a release only the last commit does', async () => {
    commit(first)
    commit(breaking)
    expect((await checkOf(breaking)).code).toBe(0)
    expect((await checkOf(breaking, schema(), { since: 'HEAD^' })).code).toBe(1)
  })

  test('after a release every version of the main line does, not only the last', async () => {
    await releaseOf(schema())
    commit(schema(field('b', 'string', { default: '' })))
    commit(schema())
    const again = await checkOf(schema(optional))
    expect(again.code).toBe(1)
    expect(again.text).toContain('may not follow commit')
  })

  test('a released version does, however long ago, and says its release', async () => {
    await releaseOf(first)
    commit(first)
    await releaseOf(breaking)
    commit(breaking)
    const { code, text } = await checkOf(breaking)
    expect(code).toBe(1)
    expect(text).toContain('may not follow release 1.2.3, commit')
  })

  test('what came and went between two releases does not', async () => {
    await releaseOf(schema())
    commit(schema())
    commit(breaking)
    await releaseOf(schema(optional))
    commit(schema(optional))
    expect((await checkOf(first)).code).toBe(1)
    expect((await checkOf(schema(optional, field('a', 'int', { default: 0 })))).code).toBe(0)
  })

  test('commits of a branch that was merged do not', async () => {
    await releaseOf(schema())
    commit(schema())
    git('checkout', '--quiet', '-b', 'branch')
    commit(schema(field('b', 'string', { default: '' })))
    commit(schema())
    git('checkout', '--quiet', 'main')
    git('merge', '--quiet', '--no-ff', '--message=merge', 'branch')
    expect((await checkOf(schema(optional))).code).toBe(0)
  })

  test('a version that no program could start with does not', async () => {
    await releaseOf(schema())
    commit(schema())
    commit(schema(field('a', 'nonsense')))
    expect((await checkOf(schema(optional))).code).toBe(0)
  })

  test('a project in a folder of a larger one has its history all the same', async () => {
    const outer = root
    root = join(outer, 'inner')
    mkdirSync(root)
    put('package.json', { version: '1.2.3' })
    await releaseOf(first)
    commit(first)
    commit(schema(a, optional))
    expect((await checkOf(schema(a, field('b', 'string', { default: '' })))).code).toBe(1)
    root = outer
  })
})

describe('without the whole history', () => {
  const released = schema(a)
  const unreleased = schema(a, optional)

  /** A clone of the last commit alone. */
  function cloneShallow(): void {
    const origin = root
    root = mkdtempSync(join(tmpdir(), 'quantum-history-'))
    execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${origin}`, root])
    rmSync(origin, { recursive: true })
  }

  test('schemas that are as they were released pass, and it is said', async () => {
    await releaseOf(released)
    commit(released)
    commit(released)
    cloneShallow()
    expect(await checkOf(released, schema(), { env: { CI: 'true' } })).toMatchObject({
      code: 0,
      text: expect.stringContaining('note: this clone has only the last commits') as string,
    })
  })

  test('others fail in CI, and are named with the remedy; elsewhere they are named only', async () => {
    await releaseOf(released)
    commit(released)
    commit(unreleased)
    cloneShallow()
    const inCi = await checkOf(unreleased, schema(), { env: { CI: 'true' } })
    expect(inCi.code).toBe(3)
    expect(inCi.text).toContain('git fetch --unshallow brings the rest')
    expect(inCi.text).toContain('not compared with all earlier versions: price.update')
    expect((await checkOf(unreleased)).code).toBe(0)
  })

  test('no git at all is said, and can not be helped', async () => {
    commit(released)
    rmSync(join(root, '.git'), { recursive: true })
    const { code, text } = await checkOf(unreleased, schema(), { env: { CI: 'true' } })
    expect(code).toBe(0)
    expect(text).toContain('git gives no history')
    expect(text).toContain('not compared with all earlier versions: price.update, mark.state')
  })

  test('a released version that is in no commit fails everywhere', async () => {
    await releaseOf(schema(field('z')))
    commit(released)
    expect(await checkOf(released)).toMatchObject({
      code: 3,
      text: expect.stringContaining('lists versions that are in no commit') as string,
    })
  })

  test('an unknown commit is refused with its name', async () => {
    commit(released)
    await expect(checkOf(released, schema(), { since: '--all' })).rejects.toThrow(
      '--since: expected a commit, a branch or a tag of git, was --all',
    )
  })
})

describe('release', () => {
  test('twice is once, and what was never committed is taken out', async () => {
    await releaseOf(schema(a))
    commit(schema(a))
    await releaseOf(schema(field('z')))
    await releaseOf(schema(a, optional))
    await releaseOf(schema(a, optional))
    const { call, said } = callFor(schema(a, optional), schema())
    await release(call, root)
    expect(said).toEqual(['0 versions added; commit schemas/released.json'])
    commit(schema(a, optional))
    expect((await checkOf(schema(a, optional))).text).toContain('compared with 1 earlier versions')
  })
})
