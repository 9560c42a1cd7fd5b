import { afterEach, describe, expect, test } from 'vitest'
import type { Health } from '../../../connectors/health.ts'
import { openWatch } from '../../../connectors/http/watch.ts'
import type { Watch } from '../../../connectors/http/watch.ts'
import type { Runtime } from '../../../connectors/runtime.ts'
import type { TopicName } from '../../../schemas/topic.ts'
import { opsAlert } from '../../../schemas/topics.ts'
import type { LogRecord } from '../../../topologies/kernel/topic.ts'
import { testConfig } from '../../kit/given.ts'
import { opsAlertOf, startMs } from '../../kit/records.ts'
import { silentLogger } from '../../kit/silent-logger.ts'

const open: Watch[] = []
afterEach(async () => {
  for (const watch of open.splice(0)) await watch.close()
})

async function newWatch(http: object = { port: 0 }): Promise<Watch> {
  const watch = await openWatch({
    config: testConfig({ http }),
    ...{ version: '0.0.0', topology: 'trading', nowMs: () => startMs, logger: silentLogger },
  })
  open.push(watch)
  return watch
}

const get = (watch: Watch, path: string) => fetch(`http://127.0.0.1:${String(watch.port)}${path}`)

type Attached = Pick<Runtime, 'onCommit' | 'read'>

/** A runtime with one open alert, whose commits the test makes. */
function newRuntime(changes: Partial<Attached> = {}) {
  const listeners = new Set<(records: readonly LogRecord[]) => void>()
  const place = { topic: opsAlert.name, key: 'a', at_ms: startMs, partition: 0, offset: 0 }
  const runtime: Attached = {
    onCommit(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    read: async (topic) =>
      topic === opsAlert ? [{ ...place, value: opsAlertOf(), fault: null }] : [],
    ...changes,
  }
  return {
    runtime,
    listeners,
    commit: (topic: TopicName, value: unknown): void => {
      for (const listener of listeners) listener([{ ...place, topic, value }])
    },
  }
}

const well: Health = {
  live: () => [{ name: 'commits', ok: true, detail: 'just now' }],
  ready: async () => [{ name: 'restored', ok: true, detail: 'all' }],
}

describe('the watch', () => {
  test('without a port serves nothing and counts nothing', async () => {
    const watch = await newWatch({ port: null })
    expect(watch.port).toBeNull()
    watch.metrics.consumed('a', 1)
    const { runtime, listeners } = newRuntime()
    watch.attach(runtime, well)
    expect(listeners.size).toBe(0)
  })

  test('before the runtime is open the process is alive and not ready', async () => {
    const watch = await newWatch()
    const live = await get(watch, '/livez')
    expect([live.status, await live.json()]).toEqual([200, { live: true, checks: [] }])
    const ready = await get(watch, '/readyz')
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ ready: false, checks: [{ name: 'started' }] })
    const metrics = await get(watch, '/metrics')
    expect(metrics.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    expect(await metrics.text()).toContain('quantum_ready 0\n')
  })

  test('says what a runtime says of itself, and what it counts', async () => {
    const watch = await newWatch()
    const { runtime, commit } = newRuntime()
    watch.attach(runtime, well)
    watch.metrics.consumed('exchange.tick', 3)
    commit('dead.letter', { cause: 'OTHER' })
    expect((await get(watch, '/readyz')).status).toBe(200)
    const text = await (await get(watch, '/metrics')).text()
    for (const line of [
      'quantum_ready 1',
      'quantum_consumed_records_total{topic="exchange.tick"} 3',
      'quantum_dead_letters_total{cause="OTHER"} 1',
      'quantum_alerts_open{kind="LAG_HIGH",severity="WARNING"} 1',
    ])
      expect(text).toContain(`${line}\n`)
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m)
  })

  test('is not ready while one check fails, and shows which', async () => {
    const watch = await newWatch()
    const registry = { name: 'registry', ok: false, detail: 'expected an answer, was none' }
    const restored = { name: 'restored', ok: true, detail: 'all' }
    watch.attach(newRuntime().runtime, { ...well, ready: async () => [restored, registry] })
    const ready = await get(watch, '/readyz')
    expect(ready.status).toBe(503)
    expect(((await ready.json()) as { checks: unknown[] }).checks).toContainEqual(registry)
    expect((await get(watch, '/livez')).status, 'a restart would not help').toBe(200)
  })

  test('is not alive when the runtime is stuck', async () => {
    const watch = await newWatch()
    const stuck = { name: 'commits', ok: false, detail: 'expected work, was none' }
    watch.attach(newRuntime().runtime, { ...well, live: () => [stuck] })
    expect((await get(watch, '/livez')).status).toBe(503)
    expect((await get(watch, '/readyz')).status).toBe(503)
  })

  test('goes on when the log can’t be read and when health fails', async () => {
    const watch = await newWatch()
    const read = async () => {
      throw new Error('the broker is away')
    }
    const ready = async () => {
      throw new Error('no')
    }
    watch.attach(newRuntime({ read }).runtime, { ...well, ready })
    const answer = await get(watch, '/metrics')
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('quantum_ready 0\n')
    expect(await (await get(watch, '/readyz')).json()).toMatchObject({
      checks: [{ name: 'commits' }, { name: 'answered', ok: false }],
    })
  })

  test('listens to no commit after its end', async () => {
    const watch = await newWatch()
    const { runtime, listeners } = newRuntime()
    watch.attach(runtime, well)
    expect(listeners.size).toBe(1)
    await watch.close()
    expect(listeners.size).toBe(0)
  })
})
