// The registry of the bench: real enough to register, refuse and fail.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needsFaults } from './needs.ts'
import { startRegistry } from './start-registry.ts'
import type { Registry } from './start-registry.ts'

const account = { type: 'record', name: 'Account', fields: [{ name: 'name', type: 'string' }] }
const withRequired = { ...account, fields: [...account.fields, { name: 'age', type: 'int' }] }

describe('a registry of a test’s own', needsFaults(), () => {
  let registry: Registry
  beforeAll(async () => {
    registry = await startRegistry()
  })
  afterAll(() => registry.stop())

  async function register(subject: string, schema: object): Promise<[number, unknown]> {
    const answer = await fetch(`${registry.url}/subjects/${subject}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: JSON.stringify(schema) }),
    })
    return [answer.status, await answer.json()]
  }

  test('gives an id, and the same one again', async () => {
    const [status, body] = await register('given-value', account)
    expect([status, body]).toEqual([200, { id: expect.any(Number) as number }])
    expect(await register('given-value', account)).toEqual([200, body])
  })

  test('refuses what readers of the old form could not have written', async () => {
    await register('refused-value', account)
    const [status, body] = await register('refused-value', withRequired)
    expect([status, body]).toMatchObject([409, { error_code: 409 }])
  })

  test('knows its schemas after a kill and a restart at the same address', async () => {
    const [, body] = await register('kept-value', account)
    await registry.kill()
    expect((await fetch(`${registry.url}/subjects`)).status).toBe(502)
    await registry.restart()
    expect(await register('kept-value', account)).toEqual([200, body])
    const level = await fetch(`${registry.url}/config`)
    expect(await level.json()).toEqual({ compatibilityLevel: 'BACKWARD' })
  })

  test('leaves requests without an answer while it is paused', async () => {
    registry.pause()
    const asked = fetch(`${registry.url}/subjects`, { signal: AbortSignal.timeout(300) })
    await expect(asked).rejects.toThrow(/timeout/i)
    registry.resume()
    expect((await fetch(`${registry.url}/subjects`)).status).toBe(200)
  })
})
