// Comments in environment files became part of values, and a repeated section was ignored. Contradictions: test/schemas/config.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../cli/configuration/load.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantum-config-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const file = (text: string): string => {
  const path = join(folder, 'quantum.yaml')
  writeFileSync(path, text)
  return path
}

describe('I-63: the configuration is read strictly', () => {
  test('an empty configuration gives the defaults', () => {
    expect(loadConfig(null, {}).environment).toBe('PAPER')
    expect(loadConfig(file('# nothing set\n'), {}).router.min_confidence).toBe(0.55)
  })

  test('a comment after a value is no part of it', () => {
    expect(loadConfig(file('trading_venue: binance # the main one\n'), {}).trading_venue).toBe(
      'binance',
    )
  })

  test('an unknown setting stops the start with its name and place', () => {
    expect(() => loadConfig(file('router:\n  min_confidense: 0.6\n'), {})).toThrow(
      /router\.min_confidense: unknown setting, was 0\.6 \(.*quantum\.yaml:2:3\)/,
    )
  })

  test('a repeated section stops the start with its place', () => {
    expect(() => loadConfig(file('router: {}\nai: {}\nrouter: {}\n'), {})).toThrow(
      /unique.*\n?.*line 3/i,
    )
  })

  test('a value out of range names the setting, the value and the place', () => {
    expect(() => loadConfig(file('router:\n  min_confidence: 3\n'), {})).toThrow(
      /router\.min_confidence: .*<=1.*was 3 \(.*:2:3\)/,
    )
  })

  test('settings that contradict each other stop the start', () => {
    expect(() => loadConfig(file('limits:\n  decision_window_ms: 20000\n'), {})).toThrow(
      /limits\.decision_window_ms: expected less than router\.intent_ttl_ms 10000, was 20000/,
    )
  })

  test('the environment overrides the file', () => {
    const env = { QUANTUM__ROUTER__MIN_CONFIDENCE: '0.7' }
    expect(loadConfig(file('router:\n  min_confidence: 0.6\n'), env).router.min_confidence).toBe(
      0.7,
    )
  })

  test('an unknown variable with the prefix stops the start with its name', () => {
    expect(() => loadConfig(null, { QUANTUM__ROUTER__MIN_CONF: '1' })).toThrow(
      /QUANTUM__ROUTER__MIN_CONF/,
    )
  })

  test('a mode that does not exist stops the start: an exit service cannot run in a mode nobody set', () => {
    expect(() => loadConfig(file('rl:\n  mode: shadw\n'), {})).toThrow(/rl\.mode: .*was "shadw"/)
  })

  test('a missing file is named', () => {
    expect(() => loadConfig('/nowhere/quantum.yaml', {})).toThrow(
      '/nowhere/quantum.yaml: expected a readable configuration file',
    )
  })
})
