// `quantum schemas` against a real registry: what it registers it finds again, and a change is seen before it is made.
import { beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../../cli/run.ts'
import { openSchemaRegistry } from '../../../connectors/registry/registry.ts'
import { createCodec } from '../../../schemas/codec.ts'
import { needsBench } from '../../kit/broker/needs.ts'
import { freshPrefix, sharedBench } from '../../kit/broker/shared-bench.ts'

const chosen = ['price.update', 'position.state', 'exit_brain.changelog']

describe('with a real registry', needsBench(), () => {
  const prefix = freshPrefix()
  let url = ''
  beforeAll(() => {
    url = sharedBench().registryUrl
  })

  async function schemas(...argv: string[]): Promise<{ code: number; data: unknown }> {
    let out = ''
    const code = await run(['schemas', ...argv, '--registry', url, '--json'], {
      out: (text) => (out = text),
      err: () => undefined,
      env: { QUANTUM__KAFKA__TOPIC_PREFIX: prefix },
      now: () => 0,
      isTty: false,
    })
    return { code, data: JSON.parse(out) }
  }

  test('what is registered is kept, in sync, compatible and without differences', async () => {
    expect(await schemas('status', ...chosen)).toMatchObject({ code: 1, data: { drifted: 3 } })
    expect(await schemas('register', ...chosen)).toMatchObject({
      code: 0,
      data: { subjects: chosen.map(() => ({ action: 'new', version: 1 })) },
    })
    expect(await schemas('register', ...chosen)).toMatchObject({
      code: 0,
      data: { subjects: chosen.map(() => ({ action: 'kept', version: 1 })) },
    })
    expect(await schemas('status', ...chosen)).toMatchObject({ code: 0, data: { drifted: 0 } })
    expect(await schemas('diff', ...chosen)).toMatchObject({ code: 0, data: { subjects: [] } })
    expect(await schemas('check', ...chosen)).toMatchObject({ code: 0, data: { findings: [] } })
  })

  test('a version of somebody else that this program can not follow is found, and refused', async () => {
    const subject = `${prefix}market.bar-value`
    const today = JSON.parse(createCodec().writerSchema('market.bar').text) as { fields: object[] }
    const other = { ...today, fields: today.fields.slice(1) }
    const registry = openSchemaRegistry({ url, username: '', password: null, timeoutMs: 10_000 })
    await registry.register(subject, JSON.stringify(other), 'BACKWARD_TRANSITIVE')
    expect(await schemas('check', 'market.bar')).toMatchObject({
      code: 1,
      data: { findings: [{ topic: 'market.bar', direction: 'backward' }] },
    })
    expect(await schemas('register', 'market.bar')).toMatchObject({
      code: 1,
      data: { subjects: [{ action: 'refused', id: null }] },
    })
    expect(await schemas('status', 'market.bar')).toMatchObject({
      code: 1,
      data: { subjects: [{ states: ['other schema'], version: 1 }] },
    })
  })
})
