import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from '../../cli/run.ts'

async function quantum(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await run(argv, {
    out: (text) => (out += `${text}\n`),
    err: (text) => (err += `${text}\n`),
    env: {},
    now: () => 0,
    isTty: false,
  })
  return { code, out, err }
}

describe('command line', () => {
  test('help lists every verb and the exit codes', async () => {
    const { code, out } = await quantum('--help')
    expect(code).toBe(0)
    for (const verb of ['up', 'backtest', 'map', 'explain', 'safe-mode'])
      expect(out).toContain(`  ${verb} `)
    expect(out).toContain('exit codes: 0')
  })

  test('-h and help are --help', async () => {
    const { out } = await quantum('--help')
    for (const short of ['-h', 'help'])
      expect(await quantum(short)).toEqual({ code: 0, out, err: '' })
  })

  test('--version is that of the package', async () => {
    const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')
    const { version } = JSON.parse(text) as { version: string }
    for (const option of ['--version', '-v'])
      expect(await quantum(option)).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })

  test('with --json even a diagram is one JSON object', async () => {
    const { code, out } = await quantum('describe', '--mermaid', '--json')
    expect(code).toBe(0)
    const { mermaid } = JSON.parse(out) as { mermaid: string }
    expect(mermaid).toBe((await quantum('describe', '--mermaid')).out.trimEnd() + '\n')
  })

  test('an unknown verb names the ones there are', async () => {
    const { code, err } = await quantum('trade')
    expect(code).toBe(2)
    expect(err).toMatch(/expected a verb \(up, .*\), was trade/)
  })

  test('every verb explains itself', async () => {
    for (const verb of [
      'up',
      'backtest',
      'describe',
      'map',
      'topics',
      'explain',
      'safe-mode',
      'schemas',
      'config',
    ]) {
      const { code, out } = await quantum(verb, '--help')
      expect(code, verb).toBe(0)
      expect(out, verb).toMatch(new RegExp(`^usage: quantum ${verb}`))
      expect(out, verb).toContain('--json')
    }
  })

  test('an unknown option is refused with its name', async () => {
    const { code, err } = await quantum('config', '--colour')
    expect(code).toBe(2)
    expect(err).toContain('--colour')
  })

  test('with --json a fault is one JSON object too', async () => {
    const { code, out } = await quantum('backtest', '--json')
    expect(code).toBe(2)
    expect(JSON.parse(out)).toMatchObject({
      exit_code: 2,
      error: expect.stringContaining('market file') as string,
    })
  })

  test('config prints the effective settings, and with --settings what each one means', async () => {
    expect(JSON.parse((await quantum('config', '--json')).out)).toMatchObject({
      router: { min_confidence: 0.55 },
    })
    const { out } = await quantum('config', '--settings')
    expect(out).toMatch(/router\.min_confidence = 0\.55\n {4}\S/)
  })

  test('a missing market file is named', async () => {
    const { code, err } = await quantum('backtest', '/nowhere/BTCUSDT-trades-2024-08-08.csv')
    expect(code).toBe(3)
    expect(err).toContain('/nowhere/BTCUSDT-trades-2024-08-08.csv')
  })
})
