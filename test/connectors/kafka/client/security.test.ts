// Settings of TLS and SASL.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { securityOf } from '../../../../connectors/kafka/client/security.ts'
import { testConfig } from '../../../kit/given.ts'

describe('security settings', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'quantum-security-'))
    for (const name of ['ca', 'cert', 'key'])
      writeFileSync(join(directory, `${name}.pem`), `${name} text`)
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  const security = (kafka: object, password: string | null = null) =>
    securityOf(testConfig({ kafka }).kafka, password)
  const file = (name: string) => join(directory, `${name}.pem`)

  test('are off unless asked for', () => {
    expect(security({})).toEqual({ ssl: null, sasl: null })
  })

  test('trust the authorities of the system when none is given', () => {
    expect(security({ tls: { enabled: true } }).ssl).toHaveProperty('secureContext')
  })

  test.for(['ca_file', 'cert_file'])('refuse a %s that holds no certificate', (setting) => {
    const tls = { enabled: true, cert_file: file('cert'), key_file: file('key') }
    const settings = setting === 'ca_file' ? { ...tls, ca_file: file('ca') } : tls
    expect(() => security({ tls: settings })).toThrow(
      `kafka.tls.${setting}: expected a certificate (PEM), was ${file(setting.split('_')[0]!)}`,
    )
  })

  test('name setting and file that can not be read', () => {
    const tls = { enabled: true, ca_file: file('none') }
    expect(() => security({ tls })).toThrow(
      `kafka.tls.ca_file: expected a readable file, was ${file('none')} (ENOENT)`,
    )
  })

  test.for(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('pass %s on', (mechanism) => {
    expect(security({ sasl: { mechanism, username: 'trader' } }, 'secret').sasl).toEqual({
      mechanism,
      username: 'trader',
      password: 'secret',
    })
  })

  test('ask for a password', () => {
    const sasl = { mechanism: 'plain', username: 'trader' }
    expect(() => security({ sasl })).toThrow('expected a password for trader')
    expect(() => security({ sasl }, '')).toThrow('expected a password for trader')
  })
})
