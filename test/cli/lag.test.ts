// quantum lag on a log that somebody runs on, and on one at rest.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../../cli/run.ts'
import { openEmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
import type { EmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
import { opsAlert, orderCommand, topologyHeartbeat } from '../../schemas/topics.ts'
import type { OpsAlert } from '../../schemas/types.gen.ts'
import { trading } from '../../topologies/trading.ts'
import { testConfig } from '../kit/given.ts'
import { startMs } from '../kit/records.ts'
import { silentLogger } from '../kit/silent-logger.ts'

let folder = ''
let path = ''
let nowMs = startMs
let runtime: EmbeddedRuntime
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quantum-lag-'))
  path = join(folder, 'log.sqlite')
  nowMs = startMs
  runtime = openEmbeddedRuntime({
    topology: trading,
    config: testConfig({ log: { path } }),
    wallMs: () => nowMs,
    logger: silentLogger,
  })
  for (let i = 0; i < 3; i++) await runtime.tick((nowMs += 1_000))
})
afterEach(() => {
  runtime.abandon()
  rmSync(folder, { recursive: true })
})

async function quantum(...argv: string[]): Promise<{ code: number; text: string }> {
  let text = ''
  const say = (line: string): void => {
    text += `${line}\n`
  }
  const io = { env: {}, now: () => nowMs, isTty: false, out: say, err: say }
  const code = await run(['lag', ...argv, '--log', path], io)
  return { code, text }
}

test('groups that are level are well: every partition in one row, exit code 0', async () => {
  const { code, text } = await quantum()
  expect(text).toMatch(/^group +topic +part +end +committed +lag +age +state\n/)
  expect(text).toMatch(/^trading\.account +order\.report +0 +0 +0 +0 +- +ok$/m)
  expect(text).toContain('all are well')
  expect(code).toBe(0)
})

test('a log at rest is said to be one', async () => {
  await runtime.close()
  nowMs += 60_000
  expect((await quantum()).text).toMatch(/^nobody runs on this log: last heartbeat .* ago\);/)
})

test('a group can be chosen by its name or the end of it, and an unknown one is a fault', async () => {
  for (const name of ['trading.market', 'market']) {
    const { text } = await quantum('--group', name, '--json')
    const rows = JSON.parse(text) as { group: string }[]
    expect([...new Set(rows.map((row) => row.group))]).toEqual(['trading.market'])
  }
  const { code, text } = await quantum('--group', 'nobody')
  expect(text).toMatch(/expected one of trading\..*, was nobody/)
  expect(code).toBe(2)
})

test('a reader that stands is stuck while its input moves, and well once it has read on: one alert, raised and cleared', async () => {
  const consume = async (nextOffset: number): Promise<void> => {
    const positions = [{ topic: topologyHeartbeat, partition: 0, nextOffset }]
    await runtime.write({ consumed: { group: 'desk', positions } })
  }
  const pass = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds; i++) await runtime.tick((nowMs += 1_000))
  }
  await consume(0)
  await pass(40)
  const stuck = await quantum('--group', 'desk')
  expect(stuck.text).toMatch(/^desk +topology\.heartbeat .* stuck$/m)
  expect(stuck.text).toContain('nothing processed for')
  expect(stuck.code).toBe(1)
  for (let i = 0; i < 4; i++) {
    await consume((await runtime.lag()).find((lag) => lag.group === 'desk')!.endOffset)
    await pass(2)
  }
  expect(await quantum('--group', 'desk')).toMatchObject({ code: 0 })
  const alerts = (await runtime.read(opsAlert)).map((record) => record.value as OpsAlert)
  const about = alerts.filter((alert) => alert.alert_id === 'LAG_STUCK|desk|topology.heartbeat|0')
  expect(about.map((alert) => alert.state)).toEqual(['RAISED', 'CLEARED'])
})

test('records removed unread are shown, and end with exit code 1', async () => {
  const positions = [{ topic: orderCommand, partition: 0, nextOffset: 0 }]
  await runtime.write({ consumed: { group: 'gateway', positions } })
  await runtime.close()
  const { DatabaseSync } = await import('node:sqlite')
  const db = new DatabaseSync(path)
  db.exec("UPDATE positions SET trimmed_unread = 1234 WHERE reader = 'gateway'")
  db.close()
  const { code, text } = await quantum()
  expect(text).toMatch(/^gateway +order\.command .* lost \(1,234 removed unread\)$/m)
  expect(code).toBe(1)
})
