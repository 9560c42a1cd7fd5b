// `quantum schemas` against a registry: what it says, what it changes, and with which exit code.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../../../cli/run.ts'
import { openSchemaRegistry } from '../../../connectors/registry/registry.ts'
import { createCodec } from '../../../schemas/codec.ts'
import { topics } from '../../../schemas/topics.ts'
import type { FakeRegistry } from '../../kit/registry/fake-registry.ts'
import { startFakeRegistry } from '../../kit/registry/fake-registry.ts'

const stored = topics.filter((topic) => topic.kind !== 'clock')
const subject = 'try.price.update-value'
const today = JSON.parse(createCodec().writerSchema('price.update').text) as {
  fields: { name: string; type: unknown; default?: unknown }[]
}

let fake: FakeRegistry
beforeEach(async () => {
  fake = await startFakeRegistry()
})
afterEach(() => fake.stop())

async function schemas(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await run(['schemas', ...argv, '--registry', fake.url], {
    out: (text) => (out += `${text}\n`),
    err: (text) => (err += `${text}\n`),
    env: { QUANTUM__KAFKA__TOPIC_PREFIX: 'try.' },
    now: () => 0,
    isTty: false,
  })
  return { code, out, err }
}

async function json(...argv: string[]): Promise<Record<string, unknown>> {
  const { out } = await schemas(...argv, '--json')
  expect(out.trim().split('\n')).toHaveLength(1)
  return JSON.parse(out) as Record<string, unknown>
}

const registry = () =>
  openSchemaRegistry({ url: fake.url, username: '', password: null, timeoutMs: 5_000 })

/** What another program made of a subject. */
const had = (change: object) =>
  registry().register(
    subject,
    JSON.stringify({ ...today, ...change }),
    'NONE' as 'BACKWARD_TRANSITIVE',
  )
const without = (name: string) => today.fields.filter((field) => field.name !== name)

describe('register', () => {
  test('makes every schema a version under its level, and the second time nothing', async () => {
    const first = await json('register')
    expect(first['subjects']).toHaveLength(stored.length)
    const { code, out } = await schemas('register')
    expect(code).toBe(0)
    expect(out).toContain(
      `0 new, 0 changed, ${String(stored.length)} kept, 0 refused, 0 levels changed`,
    )
    expect(await registry().level(subject)).toBe('BACKWARD_TRANSITIVE')
    expect(await registry().level('try.position.state-value')).toBe('FULL_TRANSITIVE')
    expect(await registry().subjects()).not.toContain('try.clock.tick-value')
    const status = await schemas('status')
    expect(status.code).toBe(0)
    expect(status.out).toContain(`${String(stored.length)} subjects, 0 differ`)
  })

  test('--dry-run says what would change, and changes nothing', async () => {
    await had({ fields: without('age_ms') })
    const { code, out } = await schemas('register', '--dry-run', 'price.update', 'mark.state')
    expect(code).toBe(1)
    expect(out).toMatch(/try\.mark\.state-value +new +- +- +FULL_TRANSITIVE/)
    expect(out).toMatch(/refused: after version 1: .*age_ms/)
    expect(out).toContain('  + age_ms: long')
    expect(await registry().subjects()).toEqual([subject])
    expect(await registry().level(subject)).toBe('NONE')
  })

  test('a changed schema becomes the next version, with its differences', async () => {
    await had({ fields: [...today.fields, { name: 'note', type: 'string', doc: 'gone' }] })
    const { code, out } = await schemas('register', 'price.update')
    expect(code).toBe(0)
    expect(out).toMatch(/changed +2 .*BACKWARD_TRANSITIVE \(was NONE\)/)
    expect(out).toContain('  - note: string')
  })

  test('one that may not follow is refused, named, and does not keep the others from it', async () => {
    await had({ fields: without('age_ms') })
    const { code, out } = await schemas('register', 'price.update', 'mark.state')
    expect(code).toBe(1)
    expect(out).toContain(`${subject}: refused: schema registry ${fake.url}`)
    expect(out).toContain('1 new, 0 changed, 0 kept, 1 refused')
    expect(await registry().versions('try.mark.state-value')).toEqual([1])
  })
})

describe('status', () => {
  test('shows what is missing, other, under another level, and undeclared', async () => {
    await schemas('register', 'price.update', 'mark.state')
    await registry().setLevel('try.mark.state-value', 'BACKWARD_TRANSITIVE')
    await registry().register(
      'try.old.topic-value',
      '{"type":"record","name":"Old","fields":[]}',
      'FULL_TRANSITIVE',
    )
    await registry().register(
      'other.topic-value',
      '{"type":"record","name":"Other","fields":[]}',
      'FULL_TRANSITIVE',
    )
    await had({ fields: [...today.fields, { name: 'note', type: 'string', default: '' }] })
    const { code, out } = await schemas('status')
    expect(code).toBe(1)
    expect(out).toMatch(/try\.price\.update-value +other schema, other level +2 /)
    expect(out).toMatch(
      /try\.mark\.state-value +other level .*BACKWARD_TRANSITIVE, expected FULL_TRANSITIVE/,
    )
    expect(out).toMatch(/try\.old\.topic-value +undeclared/)
    expect(out).toMatch(/try\.market\.bar-value +missing/)
    expect(out).not.toContain('other.topic')
    const data = await json('status', 'price.update', 'mark.state')
    expect(data).toMatchObject({ drifted: 2, registry: fake.url })
  })

  test('an empty registry lacks everything', async () => {
    expect(await json('status')).toMatchObject({ drifted: stored.length })
  })
})

describe('diff', () => {
  test('shows each field, and ends well without differences', async () => {
    await had({ doc: 'in other words', fields: without('age_ms') })
    const { code, out } = await schemas('diff', 'price.update')
    expect(code).toBe(1)
    expect(out).toContain(`${subject}: from version 1 to this program`)
    expect(out).toContain('  ~ the record: doc "in other words" → ')
    expect(out).toContain('  + age_ms: long')
    expect((await schemas('diff', 'mark.state')).out).toContain('try.mark.state-value: not in the')
    await schemas('register', 'mark.state')
    expect((await schemas('diff', 'mark.state')).code).toBe(0)
  })
})

describe('check', () => {
  test('asks the registry about every version', async () => {
    await had({ fields: without('age_ms') })
    await had({})
    const { code, out } = await schemas('check', 'price.update')
    expect(code).toBe(1)
    expect(out).toMatch(
      /price\.update: may not follow version 1 of try\.price\.update-value \(this program can not read it\): .*age_ms/,
    )
    expect(out).toContain('expected the level BACKWARD_TRANSITIVE, was NONE')
  })

  test('is well when all may follow, and says with what it compared', async () => {
    await had({ fields: [...today.fields, { name: 'note', type: 'string' }] })
    await schemas('set-compat', 'price.update')
    const { code, out } = await schemas('check', 'price.update')
    expect(code).toBe(0)
    expect(out).toContain(`and 1 of ${fake.url}: 0 faults`)
  })

  test('a registry that is away is a failure, and --offline asks none', async () => {
    await fake.stop()
    const { code, err } = await schemas('check')
    expect(code).toBe(3)
    expect(err).toContain(`schema registry ${fake.url}, subject try.`)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect((await schemas('check', '--offline')).code).toBe(0)
  })
})

describe('set-compat', () => {
  test('gives every subject its level, and with --dry-run none', async () => {
    await had({})
    const dry = await schemas('set-compat', 'price.update', '--dry-run')
    expect(dry.out).toMatch(/try\.price\.update-value +NONE +BACKWARD_TRANSITIVE/)
    expect(await registry().level(subject)).toBe('NONE')
    expect((await schemas('set-compat', 'price.update')).code).toBe(0)
    expect(await registry().level(subject)).toBe('BACKWARD_TRANSITIVE')
    expect((await schemas('set-compat', 'price.update')).out).toContain('0 got another level')
  })
})

describe('who-uses', () => {
  test.each(['position.state', 'try.position.state-value'])('knows %s', async (name) => {
    const { code, out } = await schemas('who-uses', name)
    expect(code).toBe(0)
    expect(out).toContain('position.state (compacted), subject try.position.state-value')
    expect(out).toMatch(/position-keeper +writes/)
    expect(out).toMatch(/exit-brain +reads/)
  })

  test('knows whose state a changelog is, and who writes from outside', async () => {
    const data = await json('who-uses', 'exchange.tick')
    expect(data).toMatchObject({
      topics: [{ source: 'connector', uses: [{ processor: 'aggregator', use: 'reads' }] }],
    })
  })

  test('an unknown name is refused with the names there are', async () => {
    const { code, err } = await schemas('who-uses', 'position.stat')
    expect(code).toBe(2)
    expect(err).toContain('was position.stat')
  })
})

test('an unknown action names the ones there are', async () => {
  const { code, err } = await schemas('drop')
  expect(code).toBe(2)
  expect(err).toContain('expected an action (lint, check, diff, register, status, set-compat')
})
