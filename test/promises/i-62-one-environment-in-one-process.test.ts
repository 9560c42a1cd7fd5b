// The emergency closer had the keys of another environment, because every unit had a configuration of its own.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../cli/configuration/load.ts'
import { run } from '../../cli/run.ts'
import { openEmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
import { deadLetter, exchangeTick, markState } from '../../schemas/topics.ts'
import { trading } from '../../topologies/trading.ts'
import { testConfig } from '../kit/given.ts'
import { exchangeTickOf, startMs } from '../kit/records.ts'
import { silentLogger } from '../kit/silent-logger.ts'

const others = ['DEMO', 'LIVE', 'BACKTEST'] as const

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantum-environment-'))
  path = join(folder, 'log.sqlite')
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const open = (environment: string) =>
  openEmbeddedRuntime({
    topology: trading,
    config: testConfig({ environment, log: { path } }),
    wallMs: () => startMs,
    logger: silentLogger,
  })

async function up(settings: string): Promise<{ code: number; said: string }> {
  const file = join(folder, 'quantum.yaml')
  writeFileSync(
    file,
    `log:\n  path: ${path}\nsimulator:\n  path: ${folder}/v.sqlite\n${settings}\n`,
  )
  let said = ''
  const say = (text: string): void => {
    said += text
  }
  const io = { out: say, err: say, env: {}, now: () => startMs, isTty: false }
  return { code: await run(['up', '--config', file, '--for', '1s'], io), said }
}

describe('I-62: one configuration and one environment in one process', () => {
  it.each(others)('%s does not start on the simulated venue, and leaves no log', async (other) => {
    const { code, said } = await up(`environment: ${other}`)
    expect(code).toBe(2)
    expect(said).toContain(`environment: expected PAPER, was ${other}`)
    expect(existsSync(path)).toBe(false)
  })

  it.each([
    [
      'an account',
      'accounts.0',
      { accounts: [{ name: 'a', symbols: ['X1'], environment: 'LIVE' }] },
    ],
    ['the exit side', 'exits', { exits: { environment: 'LIVE' } }],
    ['the venue', 'simulator', { simulator: { environment: 'LIVE' } }],
  ])('%s can have none of its own', (_, section, settings) => {
    const file = join(folder, 'quantum.json')
    writeFileSync(file, JSON.stringify(settings))
    expect(() => loadConfig(file, {})).toThrow(
      `${section}.environment: unknown setting, was "LIVE"`,
    )
  })

  it.each(others)(
    'a log of PAPER is not opened as %s, and nothing in it changes',
    async (other) => {
      await open('PAPER').close()
      expect(() => open(other)).toThrow(
        new RegExp(`environment.*PAPER.*${other}|environment.*${other}.*PAPER`),
      )
      await open('PAPER').close()
    },
  )

  it.each(others)('and a log of %s is not opened as PAPER', async (other) => {
    await open(other).close()
    expect(() => open('PAPER')).toThrow(/environment/)
  })

  it.each([...others, 'UNKNOWN'] as const)('a tick of %s is a dead letter', async (other) => {
    const runtime = open('PAPER')
    try {
      await runtime.publish(exchangeTick, exchangeTickOf({ environment: other }))
      await runtime.tick(startMs + 1_000)
      const letters = await runtime.read(deadLetter)
      expect(letters.map(({ value }) => value)).toMatchObject([
        { topic: 'exchange.tick', detail: `environment: expected PAPER, was ${other}` },
      ])
      expect(await runtime.read(markState)).toEqual([])
    } finally {
      await runtime.close()
    }
  })
})
