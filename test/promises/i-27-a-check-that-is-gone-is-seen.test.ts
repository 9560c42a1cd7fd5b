// The risk check was once skipped: its answer did not fit a schema, so "approved" was written into the code.
import { describe, expect, it } from 'vitest'
import { realityMap } from '../../cli/map/reality.ts'
import { opsAlert, topologyHeartbeat } from '../../schemas/topics.ts'
import { contractCheck } from '../../topologies/watch/contract-check.ts'
import { trading } from '../../topologies/trading.ts'
import { given, testConfig, tick } from '../kit/given.ts'
import { heartbeatOf, startMs } from '../kit/records.ts'

const checks = ['execution-gates', 'safe-mode', 'portfolio', 'reconciler', 'exposure-balancer']
const names = trading.processors.map((p) => p.name)
const beatsWithout = (gone: string | null, at_ms: number) =>
  names
    .filter((name) => name !== gone)
    .map((processor) => heartbeatOf({ processor, at_ms, started_at_ms: startMs }))

describe.each(checks)('I-27: %s that can’t be reached', (gone) => {
  it('is missing on the map, and nobody else is', () => {
    const rows = realityMap({
      topology: trading,
      config: testConfig(),
      observations: new Map(),
      heartbeats: beatsWithout(gone, startMs),
      startedAtMs: startMs,
      nowMs: startMs + 1_000,
    })
    const bad = rows.filter((row) => row.kind === 'processor' && row.verdict === 'missing')
    expect(bad.map((row) => row.name)).toEqual([gone])
  })

  it('raises an alert within seconds', () => {
    const world = given(contractCheck(names, [])).records(tick(startMs))
    const raised = []
    for (let atMs = startMs + 1_000; atMs <= startMs + 20_000; atMs += 1_000) {
      const beats = beatsWithout(gone, atMs).map((beat) => [topologyHeartbeat, beat] as const)
      world.when(...beats, tick(atMs))
      raised.push(...world.outputs(opsAlert))
    }
    expect(raised.map((alert) => [alert.kind, alert.subject])).toEqual([
      ['MISSING_HEARTBEAT', gone],
    ])
    expect(raised[0]!.at_ms).toBeLessThanOrEqual(startMs + 10_000)
  })
})
