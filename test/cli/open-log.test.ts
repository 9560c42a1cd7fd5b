// Which log a verb works on: the configuration's, unless options say otherwise, and never a mixture of two.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { placeOf } from '../../cli/configuration/place.ts'
import { configOf } from '../../cli/open-log.ts'
import type { Config } from '../../schemas/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'quantum-options-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function configWith(values: Record<string, string>, settings = ''): Config {
  const file = join(folder, 'it.yaml')
  writeFileSync(file, settings)
  const io = { env: {}, now: () => 0, isTty: false, out: () => undefined, err: () => undefined }
  return configOf({ values: { config: file, ...values }, io })
}

describe('the log of a verb', () => {
  test('is the configuration’s', () => {
    expect(configWith({}).runtime).toBe('embedded')
    expect(configWith({}, 'runtime: redpanda').runtime).toBe('redpanda')
  })

  test('is another file with --log', () => {
    expect(placeOf(configWith({ log: 'other.sqlite' }))).toBe('other.sqlite')
  })

  test('is on other brokers with --brokers, and has another registry with --registry', () => {
    const brokers = 'one:9092,two:9093'
    const registry = 'http://registry:8081'
    const config = configWith({ runtime: 'redpanda', brokers, registry })
    expect(config.kafka.brokers).toEqual(['one:9092', 'two:9093'])
    expect(config.registry.url).toBe(registry)
    expect(placeOf(config)).toBe(brokers)
  })

  test('is named with its prefix, which tells it from the others on the same brokers', () => {
    const config = configWith({ runtime: 'redpanda' }, 'kafka: {topic_prefix: one.}')
    expect(placeOf(config)).toBe('127.0.0.1:19092 (prefix one.)')
  })

  test.each([
    ['log', 'embedded', 'redpanda', 'other.sqlite'],
    ['brokers', 'redpanda', 'embedded', 'one:9092'],
    ['registry', 'redpanda', 'embedded', 'http://registry:8081'],
  ])('--%s is of %s only', (option, of, runtime, value) => {
    expect(() => configWith({ runtime, [option]: value })).toThrow(
      `--${option}: expected the runtime ${of}, was ${runtime}; add --runtime ${of}`,
    )
    expect(configWith({ runtime: of, [option]: value }, `runtime: ${runtime}`).runtime).toBe(of)
  })

  test.each([
    [{ runtime: 'kafka' }, /runtime: .*was "kafka" \(--runtime\)/],
    [{ runtime: 'redpanda', brokers: 'one' }, /kafka\.brokers\.0: .*host:port.*was "one" \(--br/],
    [{ runtime: 'redpanda', registry: 'here' }, /registry\.url: .*was "here" \(--registry\)/],
  ] as const)('a wrong option %j is named with its value', (values, words) => {
    expect(() => configWith(values)).toThrow(words)
  })
})
