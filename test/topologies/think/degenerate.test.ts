// Outputs that never change: counted, alerted once, cleared once.
import { describe, expect, it } from 'vitest'
import type { Action, ModelMemory, OpsAlert } from '../../../schemas/types.gen.ts'
import { watchModel } from '../../../topologies/think/degenerate.ts'
import { startMs } from '../../kit/records.ts'

function watched(limit: number) {
  const memory: ModelMemory = {
    model: 'trend',
    version: '1',
    bars: 0,
    memory: [],
    last_action: 'HOLD',
    run_length: 0,
    alert_raised_at_ms: null,
  }
  const alerts: OpsAlert[] = []
  const emit = Object.assign((_topic: unknown, alert: unknown) => alerts.push(alert as OpsAlert), {
    tombstone: () => undefined,
  })
  let nowMs = startMs
  const say = (action: Action): boolean => {
    nowMs += 1_000
    const vote = {
      model: 'trend',
      version: '1',
      action,
      confidence: 0.7,
      weight: 1,
      status: 'VOTING' as const,
    }
    return watchModel(memory, vote, { symbol: 'BTCUSDT', limit, nowMs, emit })
  }
  return { memory, alerts, say }
}

describe('a model with one answer', () => {
  it.each(['BUY', 'SELL', 'HOLD'] as const)('is degenerate at the Nth %s in a row', (action) => {
    const { say, alerts } = watched(4)
    expect([say(action), say(action), say(action)]).toEqual([false, false, false])
    expect(alerts).toEqual([])
    expect(say(action)).toBe(true)
    expect(alerts).toMatchObject([
      {
        alert_id: 'DEGENERATE_MODEL|BTCUSDT|trend',
        kind: 'DEGENERATE_MODEL',
        state: 'RAISED',
        subject: 'BTCUSDT|trend',
      },
    ])
  })

  it('is alerted once however long it goes on, and cleared once when another class comes', () => {
    const { say, alerts } = watched(2)
    for (let i = 0; i < 20; i++) say('HOLD')
    expect(alerts.length).toBe(1)
    expect(say('BUY')).toBe(false)
    say('SELL')
    expect(alerts.map((alert) => alert.state)).toEqual(['RAISED', 'CLEARED'])
    expect(alerts[1]!.raised_at_ms).toBe(alerts[0]!.raised_at_ms)
  })

  it('is not degenerate while its classes change', () => {
    const { say, alerts } = watched(3)
    for (let i = 0; i < 30; i++) expect(say(i % 2 === 0 ? 'BUY' : 'HOLD')).toBe(false)
    expect(alerts).toEqual([])
  })
})
