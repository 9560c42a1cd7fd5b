import { describe, expect, test } from 'vitest'
import { opsAlert, safeModeCommand, safeModeState } from '../../../schemas/topics.ts'
import type { SafeModeTrigger } from '../../../schemas/types.gen.ts'
import { safeMode } from '../../../topologies/watch/safe-mode.ts'
import { given, testConfig, tick } from '../../kit/given.ts'
import type { Given } from '../../kit/given.ts'
import { safeModeCommandOf, startMs } from '../../kit/records.ts'

const minuteMs = 60_000
const durationMs = 900_000

/** Safe mode of one account after the state was first written. */
const inactive = (): Given => given(safeMode).records(tick(startMs))
const on = (trigger: SafeModeTrigger = 'VENUE_FAULTS') =>
  safeModeCommandOf({ trigger, reason: 'five faults', actor: 'execution-gates' })
const off = (trigger: SafeModeTrigger = 'OPERATOR') =>
  safeModeCommandOf({ active: false, trigger, reason: 'all is well', actor: 'ops' })

describe('at the start', () => {
  test('every account is said to be inactive on the first clock tick, and only then', () => {
    const accounts = ['main', 'second'].map((name) => ({ name, symbols: ['BTCUSDT'] }))
    given(safeMode, { config: testConfig({ accounts }) })
      .when(tick(startMs))
      .then(
        [safeModeState, { account: 'main', active: false, since_ms: startMs }],
        [safeModeState, { account: 'second', active: false, since_ms: startMs }],
      )
      .when(tick(startMs + 1_000))
      .thenNothing()
  })

  test('a restart says nothing again, and an active period goes on to its end', () => {
    inactive()
      .records([safeModeCommand, on()])
      .restarted()
      .when(tick(startMs + durationMs - 1))
      .thenNothing()
      .when(tick(startMs + durationMs))
      .then([safeModeState, { active: false }], [opsAlert, { state: 'CLEARED' }])
  })
})

describe('a command', () => {
  test('switches it on with trigger, reason, actor, start and end', () => {
    inactive()
      .at(startMs + 5)
      .when([safeModeCommand, on()])
      .then(
        [
          safeModeState,
          {
            active: true,
            trigger: 'VENUE_FAULTS',
            reason: 'five faults',
            actor: 'execution-gates',
            since_ms: startMs + 5,
            until_ms: startMs + 5 + durationMs,
            extensions: 0,
            changed_at_ms: startMs + 5,
            detail: null,
          },
        ],
        [
          opsAlert,
          { alert_id: 'SAFE_MODE|main', kind: 'SAFE_MODE', state: 'RAISED', severity: 'CRITICAL' },
        ],
      )
  })

  test('before the first clock tick counts, and the first tick does not undo it', () => {
    given(safeMode)
      .when([safeModeCommand, on()], tick(startMs + 1_000))
      .then([safeModeState, { active: true }], [opsAlert, { state: 'RAISED' }])
  })

  test('from an operator ends it at once', () => {
    inactive()
      .records([safeModeCommand, on()])
      .at(startMs + minuteMs)
      .when([safeModeCommand, off()])
      .then(
        [
          safeModeState,
          { active: false, trigger: 'VENUE_FAULTS', actor: 'ops', until_ms: startMs + minuteMs },
        ],
        [opsAlert, { state: 'CLEARED', raised_at_ms: startMs }],
      )
      .when(tick(startMs + durationMs))
      .thenNothing()
  })

  test('to end it from anybody but an operator changes nothing, on record', () => {
    inactive()
      .records([safeModeCommand, on()])
      .when([safeModeCommand, off('VENUE_FAULTS')])
      .then([safeModeState, { active: true, until_ms: startMs + durationMs }])
  })

  test('to end it while it is off changes nothing, on record', () => {
    const after = inactive().when([safeModeCommand, off()])
    after.then([safeModeState, { active: false, since_ms: startMs, changed_at_ms: startMs }])
    expect(after.outputs(safeModeState)[0]!.detail).toContain('it is not active')
  })

  test('for one account leaves the others alone', () => {
    const accounts = ['main', 'second'].map((name) => ({ name, symbols: ['BTCUSDT'] }))
    given(safeMode, { config: testConfig({ accounts }) })
      .records(tick(startMs))
      .when([safeModeCommand, { ...on(), account: 'second' }])
      .then([safeModeState, { account: 'second', active: true }], [opsAlert, { subject: 'second' }])
  })
})

describe('the end', () => {
  test('comes by a clock tick after exactly the duration, not a tick earlier', () => {
    inactive()
      .records([safeModeCommand, on()])
      .when(tick(startMs + durationMs - 1_000))
      .thenNothing()
      .when(tick(startMs + durationMs))
      .then(
        [
          safeModeState,
          {
            active: false,
            trigger: 'VENUE_FAULTS',
            actor: 'safe-mode',
            since_ms: startMs,
            until_ms: startMs + durationMs,
          },
        ],
        [opsAlert, { state: 'CLEARED' }],
      )
      .when(tick(startMs + durationMs + 1_000))
      .thenNothing()
  })

  test('that no tick announced yet is announced before a new period begins', () => {
    inactive()
      .records([safeModeCommand, on()])
      .at(startMs + durationMs + 1)
      .when([safeModeCommand, on('DRAWDOWN')])
      .then(
        [safeModeState, { active: false }],
        [opsAlert, { state: 'CLEARED' }],
        [safeModeState, { active: true, since_ms: startMs + durationMs + 1, extensions: 0 }],
        [opsAlert, { state: 'RAISED' }],
      )
  })
})

describe('a repeat', () => {
  test('extends the period to its own time plus the duration, counted, without a second alert', () => {
    inactive()
      .records([safeModeCommand, on()])
      .at(startMs + minuteMs)
      .when([safeModeCommand, on('DRAWDOWN')])
      .then([
        safeModeState,
        {
          active: true,
          trigger: 'DRAWDOWN',
          since_ms: startMs,
          until_ms: startMs + minuteMs + durationMs,
          extensions: 1,
        },
      ])
  })

  test.each([0, 1, 3])('after %i extensions allowed changes nothing more, on record', (allowed) => {
    const config = testConfig({ safe_mode: { max_extensions: allowed } })
    const state = given(safeMode, { config }).records(tick(startMs), [safeModeCommand, on()])
    for (let i = 1; i <= allowed; i++)
      state.at(startMs + i * minuteMs).records([safeModeCommand, on()])
    const untilMs = startMs + allowed * minuteMs + durationMs
    state.at(startMs + 10 * minuteMs).when([safeModeCommand, on('DUPLICATE_ORDER')])
    state.then([
      safeModeState,
      { active: true, trigger: 'VENUE_FAULTS', until_ms: untilMs, extensions: allowed },
    ])
    expect(state.outputs(safeModeState)[0]!.detail).toContain(
      `extended ${String(allowed)} times of ${String(allowed)}`,
    )
    state.when(tick(untilMs - 1)).thenNothing()
    state.when(tick(untilMs)).then([safeModeState, { active: false }], [opsAlert, {}])
  })

  test('in a new period may extend again', () => {
    inactive()
      .records([safeModeCommand, on()], [safeModeCommand, on()], [safeModeCommand, on()])
      .records(tick(startMs + durationMs), [safeModeCommand, on()])
      .when([safeModeCommand, on()])
      .then([safeModeState, { active: true, extensions: 1 }])
  })
})
