// What one process of `up` shows over HTTP while it runs, on the embedded log.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { generatedTicks } from '../../../cli/up/market-feed.ts'
import { startSystem } from '../../../cli/up/system.ts'
import type { System } from '../../../cli/up/system.ts'
import { testConfig } from '../../kit/given.ts'
import { silentLogger } from '../../kit/silent-logger.ts'

let folder = ''
let system: System | null = null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantum-up-'))
})
afterEach(async () => {
  await system?.stop()
  system = null
  rmSync(folder, { recursive: true })
})

async function start(http: object): Promise<System> {
  const config = testConfig({
    log: { path: join(folder, 'log.sqlite') },
    simulator: { path: join(folder, 'venue.sqlite') },
    http,
  })
  system = await startSystem({
    ...{ config, logger: silentLogger, wallMs: () => Date.now() },
    ticks: (instruments, lastPrices, startMs) =>
      generatedTicks(config, instruments, lastPrices, startMs),
  })
  return system
}

test('serves health and metrics of the running pipeline, and nothing of its settings', async () => {
  const { httpPort, runtime } = await start({ port: 0 })
  const url = `http://127.0.0.1:${String(httpPort)}`
  await runtime.tick(Date.now() + 2_000)
  expect((await fetch(`${url}/livez`)).status).toBe(200)
  expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ ready: true })
  const text = await (await fetch(`${url}/metrics`)).text()
  for (const sample of [
    /^quantum_build_info\{.*topology="trading",runtime="embedded"/m,
    /^quantum_ready 1$/m,
    /^quantum_commits_total\{sub_topology="all",partition="0"\} [1-9]/m,
    /^quantum_produced_records_total\{topic="topology.heartbeat"\} [1-9]/m,
    /^quantum_consumer_lag_records\{group="trading.account",topic="order.report",partition="0"\} \d/m,
    /^quantum_state_entries\{store="freshness.changelog",partition="0"\} 1$/m,
    /^quantum_restore_remaining_records\{sub_topology="ops",partition="0",topic="freshness.changelog"\} 0$/m,
    /^quantum_alerts_open\{kind="LAG_STUCK",severity="CRITICAL"\} 0$/m,
  ])
    expect(text).toMatch(sample)
  expect(text).not.toContain(folder)
  await system!.stop()
  system = null
  await expect(fetch(`${url}/livez`)).rejects.toThrow()
})

test('serves nothing unless a port is configured', async () => {
  expect((await start({})).httpPort).toBeNull()
})

test('does not start on a port that is taken, and leaves nothing open', async () => {
  const { httpPort } = await start({ port: 0 })
  const first = system!
  await expect(start({ port: httpPort })).rejects.toThrow(
    `expected to listen on 127.0.0.1:${String(httpPort)}, is in use`,
  )
  system = first
})
