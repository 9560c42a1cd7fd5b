// Passwords come from one place each, and go nowhere but to whoever connects.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../../cli/configuration/load.ts'
import { secretsOf } from '../../../cli/configuration/secrets.ts'
import { run } from '../../../cli/run.ts'
import { testConfig } from '../../kit/given.ts'
import { startFakeRegistry } from '../../kit/registry/fake-registry.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantum-passwords-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function fileOf(text: string, mode = 0o600): string {
  const path = join(folder, 'password')
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

const withBoth = (more: { kafka?: object; registry?: object } = {}) =>
  testConfig({
    kafka: { sasl: { mechanism: 'plain', username: 'quantum', ...more.kafka } },
    registry: { username: 'quantum', ...more.registry },
  })
const inEnvironment = {
  QUANTUM_KAFKA_PASSWORD: 'kafka-secret',
  QUANTUM_REGISTRY_PASSWORD: 'registry-secret',
}

describe('secretsOf', () => {
  test('nobody logs in, nothing is needed', () => {
    expect(secretsOf(testConfig(), {})).toEqual({
      kafkaPassword: null,
      registryPassword: null,
      warnings: [],
    })
  })

  test('passwords come from the environment', () => {
    expect(secretsOf(withBoth(), inEnvironment)).toEqual({
      kafkaPassword: 'kafka-secret',
      registryPassword: 'registry-secret',
      warnings: [],
    })
  })

  test.each([
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret\n\n', 'secret\n'],
    [' secret ', ' secret '],
  ])('a file with %j holds the password %j', (text, password) => {
    const path = fileOf(text)
    const config = withBoth({
      kafka: { password_file: path },
      registry: { password_file: path },
    })
    expect(secretsOf(config, {})).toEqual({
      kafkaPassword: password,
      registryPassword: password,
      warnings: [],
    })
  })

  test('a file that everybody may read is used, with a warning that names it', () => {
    const path = fileOf('secret', 0o644)
    const { registryPassword, warnings } = secretsOf(
      withBoth({ registry: { password_file: path } }),
      { QUANTUM_KAFKA_PASSWORD: 'kafka-secret' },
    )
    expect(registryPassword).toBe('secret')
    expect(warnings).toEqual([
      `registry.password_file: everybody on this machine may read ${path}; chmod o-r takes it back`,
    ])
  })

  test('a password that would go over a network in the clear is a warning', () => {
    const far = {
      kafka: { brokers: ['127.0.0.1:9092', 'broker:9092'] },
      url: 'http://registry:8081',
    }
    const config = (mechanism: string, tls: object, url: string) =>
      testConfig({
        kafka: { ...far.kafka, tls, sasl: { mechanism, username: 'quantum' } },
        registry: { url, username: 'quantum' },
      })
    const warnings = (...settings: Parameters<typeof config>) =>
      secretsOf(config(...settings), inEnvironment).warnings
    expect(warnings('plain', {}, far.url)).toEqual([
      'kafka.sasl.mechanism: plain without kafka.tls.enabled sends the password in the clear to broker:9092',
      'registry.url: http sends the password of quantum in the clear to http://registry:8081',
    ])
    expect(warnings('plain', { enabled: true }, 'https://registry:8081')).toEqual([])
    expect(warnings('scram-sha-512', {}, 'http://localhost:8081')).toEqual([])
  })

  test('an empty variable is none', () => {
    const path = fileOf('secret')
    const config = withBoth({ kafka: { password_file: path }, registry: { password_file: path } })
    const empty = { QUANTUM_KAFKA_PASSWORD: '', QUANTUM_REGISTRY_PASSWORD: '' }
    expect(secretsOf(config, empty).kafkaPassword).toBe('secret')
  })

  test.each<[string, () => ReturnType<typeof testConfig>, object, string]>([
    [
      'from two places',
      () => withBoth({ kafka: { password_file: fileOf('other-secret') } }),
      inEnvironment,
      'kafka.sasl.password_file: expected a password from one place',
    ],
    [
      'in a file that is not there',
      () => withBoth({ registry: { password_file: join(folder, 'nothing') } }),
      { QUANTUM_KAFKA_PASSWORD: 'kafka-secret' },
      'registry.password_file: expected a readable file',
    ],
    [
      'in an empty file',
      () => withBoth({ registry: { password_file: fileOf('\n') } }),
      { QUANTUM_KAFKA_PASSWORD: 'kafka-secret' },
      'registry.password_file: expected a password in',
    ],
    [
      'nowhere',
      () => withBoth(),
      { QUANTUM_KAFKA_PASSWORD: 'kafka-secret' },
      'registry.username: expected a password for quantum in QUANTUM_REGISTRY_PASSWORD or registry.password_file, was none',
    ],
    [
      'for nobody',
      () => testConfig(),
      { QUANTUM_KAFKA_PASSWORD: 'kafka-secret' },
      'kafka.sasl.mechanism: expected who logs in with the password of QUANTUM_KAFKA_PASSWORD, was nobody',
    ],
  ])('a password %s is refused, with names and without the password', (_, config, env, text) => {
    const read = () => secretsOf(config(), { ...env })
    expect(read).toThrow(text)
    expect(read).not.toThrow(/-secret/)
  })
})

describe('no secret is shown', () => {
  async function quantum(env: Record<string, string>, ...argv: string[]) {
    let text = ''
    const say = (line: string): void => {
      text += `${line}\n`
    }
    const code = await run(argv, { out: say, err: say, env, now: () => 0, isTty: false })
    return { code, text }
  }

  test('by `quantum config`, in neither form', async () => {
    const path = fileOf('file-secret')
    const env = {
      ...inEnvironment,
      QUANTUM__KAFKA__SASL__MECHANISM: 'plain',
      QUANTUM__KAFKA__SASL__USERNAME: 'quantum',
      QUANTUM__KAFKA__SASL__PASSWORD_FILE: path,
      QUANTUM__REGISTRY__USERNAME: 'quantum',
      QUANTUM__REGISTRY__PASSWORD_FILE: path,
    }
    for (const argv of [['config'], ['config', '--json'], ['config', '--settings']]) {
      const { code, text } = await quantum(env, ...argv)
      expect(code).toBe(0)
      expect(text).not.toContain('-secret')
    }
    expect((await quantum(env, 'config')).text).toContain(path)
  })

  test.each([
    { QUANTUM__REGISTRY__PASSWORD: 'some-secret' },
    { QUANTUM__KAFKA__SASL__PASSWORD: 'a: some-secret: b' },
    { QUANTUM__KAFKAA: '{sasl: {password: some-secret}}' },
    { QUANTUM__REGISTRY__URL: 'http://quantum:some-secret@127.0.0.1:8081' },
    { QUANTUM__REGISTRY__URL: 'http://quantum:some-secret@no url' },
  ])('when it is put where it does not belong: %j', async (env) => {
    const { code, text } = await quantum(env, 'config')
    expect(code).toBe(2)
    expect(text).not.toContain('some-secret')
  })

  test('when the registry refuses it', async () => {
    const fake = await startFakeRegistry({
      credentials: { username: 'quantum', password: 'right-secret' },
    })
    try {
      const env = {
        QUANTUM_REGISTRY_PASSWORD: 'wrong-secret',
        QUANTUM__REGISTRY__USERNAME: 'quantum',
      }
      for (const json of [[], ['--json']]) {
        const { code, text } = await quantum(
          env,
          ...['schemas', 'status', '--registry', fake.url, ...json],
        )
        expect(code).toBe(3)
        expect(text).toContain('it refuses this user')
        expect(text).not.toContain('-secret')
      }
    } finally {
      await fake.stop()
    }
  })

  test('a name that is no secret is shown as ever', () => {
    expect(() => loadConfig(null, { QUANTUM__KAFKA__BROKERZ: 'here' })).toThrow('was "here"')
  })
})
