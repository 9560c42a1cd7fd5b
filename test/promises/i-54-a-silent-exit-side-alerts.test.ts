// Stops were only local, and the services that held them were silent for two hours; one crashed 6,568 times in a row.
import { describe, expect, it } from 'vitest'
import {
  opsAlert,
  positionState,
  safeModeCommand,
  topologyHeartbeat,
} from '../../schemas/topics.ts'
import type { TopologyHeartbeat } from '../../schemas/types.gen.ts'
import { contractCheck } from '../../topologies/watch/contract-check.ts'
import { nakedPosition } from '../../topologies/watch/naked-position.ts'
import { trading } from '../../topologies/trading.ts'
import { given, tick } from '../kit/given.ts'
import { heartbeatOf, positionStateOf, startMs } from '../kit/records.ts'

const names = trading.processors.map((p) => p.name)

/** Alerts while the exit brain's heartbeats are what `brain` says (null: none) and everybody else is well. */
function alertsWith(brain: (afterMs: number) => Partial<TopologyHeartbeat> | null, forMs: number) {
  const world = given(contractCheck(names, [])).records(tick(startMs))
  const alerts = []
  for (let ms = 2_000; ms <= forMs; ms += 2_000) {
    const at_ms = startMs + ms
    const beats = names.flatMap((processor) => {
      const changes = processor === 'exit-brain' ? brain(ms) : {}
      return changes === null ? [] : [heartbeatOf({ processor, at_ms, ...changes })]
    })
    world.when(...beats.map((beat) => [topologyHeartbeat, beat] as const), tick(at_ms))
    alerts.push(...world.outputs(opsAlert))
  }
  return alerts
}

describe('I-54: while positions are open, silence on the exit side is critical', () => {
  it('the exit brain dies: critical within ten seconds, with positions watched', () => {
    const [alert, ...more] = alertsWith((ms) => (ms > 20_000 ? null : { live_keys: 3 }), 120_000)
    expect(more).toEqual([])
    expect(alert).toMatchObject({
      kind: 'MISSING_HEARTBEAT',
      subject: 'exit-brain',
      severity: 'CRITICAL',
    })
    expect(alert!.at_ms - startMs - 20_000).toBeLessThanOrEqual(10_000)
  })

  it('it was switched off and never came: an alert within ten seconds', () => {
    const [alert] = alertsWith(() => null, 120_000)
    expect(alert).toMatchObject({ kind: 'MISSING_HEARTBEAT', subject: 'exit-brain' })
    expect(alert!.at_ms - startMs).toBeLessThanOrEqual(10_000)
  })

  it('it lives and decides nothing: critical, and the alert says how many positions it watches', () => {
    const blind = (ms: number) => ({
      live_keys: 3,
      last_input_at_ms: startMs + Math.min(ms, 20_000),
    })
    const [alert, ...more] = alertsWith(blind, 120_000)
    expect(more).toEqual([])
    expect(alert).toMatchObject({ kind: 'EXIT_SILENT', severity: 'CRITICAL' })
    expect(alert!.detail).toContain('watches 3 positions')
  })

  it('it starts over and over: critical after a few restarts, not after thousands', () => {
    const crashing = (ms: number) => ({ started_at_ms: startMs + Math.floor(ms / 4_000) * 4_000 })
    const [alert, ...more] = alertsWith(crashing, 120_000)
    expect(more).toEqual([])
    expect(alert).toMatchObject({ kind: 'SUPERVISION', severity: 'CRITICAL' })
    expect(alert!.at_ms - startMs).toBeLessThan(30_000)
  })

  it('it is well: nothing', () => {
    expect(alertsWith(() => ({ live_keys: 3 }), 120_000)).toEqual([])
  })
})

describe('I-54: an open position has one resting stop of its size', () => {
  it.each(['1', '-1'])('%s without one: critical, and entries are halted', (quantity) => {
    const bare = positionStateOf({ quantity, protective_client_order_id: null })
    given(nakedPosition)
      .records([positionState, bare])
      .when(tick(startMs + 5_000))
      .then(
        [opsAlert, { kind: 'NAKED_POSITION', severity: 'CRITICAL', state: 'RAISED' }],
        [safeModeCommand, { active: true, trigger: 'NAKED_POSITION' }],
      )
  })
})
