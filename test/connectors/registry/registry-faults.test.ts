// What goes wrong on the way to a registry is said in words, with its address and subject, and never with a password.
import { afterEach, expect, test } from 'vitest'
import { createRegisterText } from '../../../connectors/registry/register.ts'
import { openSchemaRegistry } from '../../../connectors/registry/registry.ts'
import type { RegistryAddress } from '../../../connectors/registry/rest.ts'
import type { FakeRegistry, FakeRegistryOptions } from '../../kit/registry/fake-registry.ts'
import { startFakeRegistry } from '../../kit/registry/fake-registry.ts'
import { faultOf } from './fault-of.ts'

const opened: FakeRegistry[] = []
afterEach(async () => {
  for (const fake of opened.splice(0)) await fake.stop()
})

async function start(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
  const fake = await startFakeRegistry(options)
  opened.push(fake)
  return fake
}

const schema = '{"type":"record","name":"Sample","namespace":"quantum.test","fields":[]}'
const addressOf = (url: string, more: Partial<RegistryAddress> = {}): RegistryAddress => ({
  ...{ url, username: '', password: null, timeoutMs: 5_000 },
  ...more,
})

/** The two ways to a registry: over HTTP, and through the library. */
const ways = {
  asking: (address: RegistryAddress) => openSchemaRegistry(address).versions('x-value'),
  registering: (address: RegistryAddress) =>
    createRegisterText(address)('x-value', schema, 'BACKWARD_TRANSITIVE'),
}

for (const [way, go] of Object.entries(ways)) {
  test(`${way}: a registry that is away is unreachable`, async () => {
    const fake = await start()
    await fake.stop()
    const { fault, text } = await faultOf(go(addressOf(fake.url)))
    expect(fault).toBe('UNREACHABLE')
    expect(text).toContain(`${fake.url}, subject x-value`)
    expect(text).toContain('ECONNREFUSED')
  })

  test(`${way}: a registry that is silent is unreachable after the timeout`, async () => {
    const fake = await start()
    fake.misbehave('silent')
    const { fault, text } = await faultOf(go(addressOf(fake.url, { timeoutMs: 50 })))
    expect(fault).toBe('UNREACHABLE')
    expect(text).toMatch(/50 ?ms/)
  })

  test(`${way}: a registry that can not work now is unreachable`, async () => {
    const fake = await start()
    for (const body of [{ error_code: 50301, message: 'starting' }, '<h1>Bad gateway</h1>', '']) {
      fake.misbehave({ status: 503, body })
      expect((await faultOf(go(addressOf(fake.url)))).fault).toBe('UNREACHABLE')
    }
  })

  test(`${way}: a wrong password is refused, and not shown`, async () => {
    const fake = await start({ credentials: { username: 'quantum', password: 'right-secret' } })
    const right = addressOf(fake.url, { username: 'quantum', password: 'right-secret' })
    await openSchemaRegistry(right).setLevel('x-value', 'BACKWARD_TRANSITIVE')
    await go(right)
    for (const password of ['wrong-secret', null]) {
      const { fault, text } = await faultOf(go({ ...right, password }))
      expect(fault).toBe('REFUSED')
      expect(text).toContain(fake.url)
      expect(text).not.toContain('secret')
    }
  })
}

test('what is not a registry is a wrong address, also when it answers', async () => {
  const fake = await start()
  for (const answer of [
    { status: 404, body: '<h1>Not Found</h1>' },
    { status: 404, body: '' },
    { status: 200, body: '<h1>Welcome</h1>' },
    { status: 302, body: '' },
  ]) {
    fake.misbehave(answer)
    const { fault, text } = await faultOf(ways.asking(addressOf(fake.url)))
    expect(fault).toBe('CONFIGURATION')
    expect(text).toContain('check registry.url')
  }
})

test('the base URL may have a path and a slash at the end', async () => {
  const fake = await start()
  expect(await ways.asking(addressOf(`${fake.url}/`))).toEqual([])
  const { fault } = await faultOf(ways.asking(addressOf(`${fake.url}/apis/ccompat/v7`)))
  expect(fault).toBe('CONFIGURATION')
})

test('a password in the URL is refused, and not shown', () => {
  const open = () => openSchemaRegistry(addressOf('http://quantum:right-secret@127.0.0.1:1'))
  expect(open).toThrow('registry.url: expected no user or password in it')
  expect(open).not.toThrow('right-secret')
})
