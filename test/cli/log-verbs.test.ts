// Verbs that look into a log, on a log of the whole topology that nobody runs on, and while somebody does.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../../cli/run.ts'
import { openEmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
import type { EmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
import { trading } from '../../topologies/trading.ts'
import { testConfig } from '../kit/given.ts'
import { startMs } from '../kit/records.ts'
import { silentLogger } from '../kit/silent-logger.ts'

let folder = ''
let path = ''
let nowMs = startMs
const opened: EmbeddedRuntime[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantum-verbs-'))
  path = join(folder, 'log.sqlite')
  nowMs = startMs
})
afterEach(() => {
  for (const runtime of opened.splice(0)) runtime.abandon()
  rmSync(folder, { recursive: true })
})

/** Runs the topology for some seconds. */
async function runFor(seconds: number): Promise<EmbeddedRuntime> {
  const runtime = openEmbeddedRuntime({
    topology: trading,
    config: testConfig({ log: { path } }),
    wallMs: () => nowMs,
    logger: silentLogger,
  })
  opened.push(runtime)
  for (let i = 0; i < seconds; i++) await runtime.tick((nowMs += 1_000))
  return runtime
}

async function quantum(...argv: string[]): Promise<string> {
  let out = ''
  const io = { env: {}, now: () => nowMs, isTty: false }
  const say = (text: string): void => {
    out += `${text}\n`
  }
  await run([...argv, '--log', path], { ...io, out: say, err: say })
  return out
}

describe('safe-mode status', () => {
  test('shows a command that was not processed yet, until it is', async () => {
    await (await runFor(3)).close()
    expect(await quantum('safe-mode', 'status')).toMatch(/^main: off since [^\n]*\n$/)
    await quantum('safe-mode', 'on', '--reason', 'maintenance of the venue')
    expect(await quantum('safe-mode', 'status')).toMatch(
      /^main: off since .*\nmain: ON requested at 2023-11-14T22:13:23.000Z by .*: maintenance of the venue; not processed yet\n$/,
    )
    expect(JSON.parse(await quantum('safe-mode', 'status', '--json'))).toMatchObject([
      { account: 'main', active: false, pending: { active: true, trigger: 'OPERATOR' } },
    ])
    await runFor(1)
    expect(await quantum('safe-mode', 'status')).toMatch(/^main: ON since [^\n]*\n$/)
    expect(JSON.parse(await quantum('safe-mode', 'status', '--json'))).toMatchObject([
      { account: 'main', active: true, pending: null },
    ])
  })

  test('the newest of several commands is what will hold', async () => {
    await (await runFor(3)).close()
    await quantum('safe-mode', 'on')
    await quantum('safe-mode', 'off')
    expect(await quantum('safe-mode', 'status')).toContain('\nmain: off requested at')
  })

  test('a command that changes nothing is processed all the same', async () => {
    await (await runFor(3)).close()
    await quantum('safe-mode', 'off')
    await runFor(1)
    expect(await quantum('safe-mode', 'status')).not.toContain('requested')
  })
})

describe('map', () => {
  test('says in its first line that nobody runs on the log, and since when', async () => {
    await (await runFor(5)).close()
    nowMs += 60_000
    expect(await quantum('map')).toMatch(
      /^nobody runs on this log: last heartbeat 2023-11-14T22:13:2\dZ \(\S.* ago\); what follows is how it was left\n/,
    )
    expect(JSON.parse(await quantum('map', '--json'))).toBeInstanceOf(Array)
  })

  test('says nothing of the kind while somebody does', async () => {
    await runFor(5)
    expect(await quantum('map')).toMatch(/^TOPICS\n/)
  })

  test('a log on which nothing ever ran has no heartbeat', async () => {
    await (await runFor(0)).close()
    expect(await quantum('map')).toMatch(/^nobody runs on this log: last heartbeat never;/)
  })
})
