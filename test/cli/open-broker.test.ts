// What is wrong with the way to a broker is said before anything runs on it.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openBroker } from '../../cli/open-broker.ts'
import { createHome, run } from '../faults/running.ts'
import { testConfig } from '../kit/given.ts'
import { silentLogger } from '../kit/silent-logger.ts'

const nowhere = { brokers: ['127.0.0.1:1'] }

test('brokers that are not there are unreachable, by their address', async () => {
  await expect(openBroker(testConfig({ kafka: nowhere }), {}, silentLogger)).rejects.toMatchObject({
    name: 'KafkaError',
    fault: 'UNREACHABLE',
    message: expect.stringMatching(/127\.0\.0\.1:1\b.*; check kafka\.brokers/) as string,
  })
})

test('a missing password is told before anybody is asked', async () => {
  const kafka = { ...nowhere, sasl: { mechanism: 'scram-sha-512', username: 'quantum' } }
  await expect(openBroker(testConfig({ kafka }), {}, silentLogger)).rejects.toThrow(
    'kafka.sasl.mechanism: expected a password for scram-sha-512 in QUANTUM_KAFKA_PASSWORD',
  )
})

test('a file of certificates that can not be read is a fault of the configuration', async () => {
  const kafka = { ...nowhere, tls: { enabled: true, ca_file: 'nowhere.pem' } }
  await expect(openBroker(testConfig({ kafka }), {}, silentLogger)).rejects.toMatchObject({
    name: 'UserError',
    exitCode: 2,
    message: 'kafka.tls.ca_file: expected a readable file, was nowhere.pem (ENOENT)',
  })
})

test('a password that everybody may read is said to whoever asks a broker, and the way to one that is not there', async () => {
  const home = createHome()
  const path = join(home.folder, 'password')
  writeFileSync(path, 'file-secret')
  chmodSync(path, 0o644)
  const sasl = { mechanism: 'plain', username: 'quantum', password_file: path }
  const config = home.configFile('it.yaml', { runtime: 'redpanda', kafka: { ...nowhere, sasl } })
  for (const argv of [['lag'], ['up', '--for', '1s']]) {
    const { code, err } = await run([...argv, '--config', config])
    expect(code).toBe(3)
    expect(err).toContain(`everybody on this machine may read ${path}`)
    expect(err).toContain('check kafka.brokers')
    expect(err).not.toContain('file-secret')
  }
})
