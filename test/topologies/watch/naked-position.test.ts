import { describe, expect, test } from 'vitest'
import { opsAlert, positionState, safeModeCommand } from '../../../schemas/topics.ts'
import type { PositionState } from '../../../schemas/types.gen.ts'
import { nakedPosition } from '../../../topologies/watch/naked-position.ts'
import { given, testConfig, tick } from '../../kit/given.ts'
import { positionStateOf, startMs } from '../../kit/records.ts'

const limitMs = 5_000
const naked = { protective_client_order_id: null, protective_quantity: null }

const raised = (subject = 'main|BTCUSDT') =>
  [
    [opsAlert, { kind: 'NAKED_POSITION', severity: 'CRITICAL', state: 'RAISED', subject }],
    [safeModeCommand, { active: true, trigger: 'NAKED_POSITION', actor: 'naked-position' }],
  ] as const

describe.each([
  ['long', '1', '-1'],
  ['short', '-1', '1'],
])('a %s position', (_, quantity, opposite) => {
  const position = (changes: Partial<PositionState> = {}) =>
    [positionState, positionStateOf({ quantity, ...changes })] as const

  test('without a stop alerts and asks for safe mode, once, when the limit is reached and not before', () => {
    given(nakedPosition)
      .records(position(naked))
      .when(tick(startMs + limitMs - 1))
      .thenNothing()
      .when(tick(startMs + limitMs))
      .then(...raised())
      .when(tick(startMs + limitMs + 1_000), tick(startMs + 100 * limitMs))
      .thenNothing()
  })

  test('naked when the system stopped is not blamed for the downtime: after a restart the limit runs anew', () => {
    const back = startMs + 80_000
    given(nakedPosition)
      .records(position(naked), tick(startMs + 1_000))
      .restarted()
      .when(tick(back), tick(back + limitMs - 1))
      .thenNothing()
      .when(tick(back + limitMs))
      .then(...raised())
  })

  test('with a stop of its size is left alone', () => {
    given(nakedPosition)
      .records(position({ protective_quantity: '1.000' }))
      .when(tick(startMs + 100 * limitMs))
      .thenNothing()
  })

  test.each([
    ['too small', '0.999'],
    ['too large', '1.001'],
    ['of unknown size', null],
  ])('with a stop that is %s counts as naked', (_case, protective_quantity) => {
    given(nakedPosition)
      .records(position({ protective_quantity }))
      .when(tick(startMs + limitMs))
      .then(...raised())
  })

  test('that is protected within the limit raises nothing, and the next gap starts anew', () => {
    given(nakedPosition)
      .records(position(naked), tick(startMs + 4_000))
      .records(position(), tick(startMs + 6_000))
      .records(position(naked))
      .when(tick(startMs + 6_000 + limitMs - 1))
      .thenNothing()
      .when(tick(startMs + 6_000 + limitMs))
      .then(...raised())
  })

  test('whose size changes while no stop fits does not start its time anew', () => {
    given(nakedPosition)
      .records(position(naked), tick(startMs + 4_000), position({ protective_quantity: '2' }))
      .when(tick(startMs + limitMs))
      .then(...raised())
  })

  test('is cleared once when a stop rests', () => {
    given(nakedPosition)
      .records(position(naked), tick(startMs + limitMs))
      .when(position())
      .then([opsAlert, { state: 'CLEARED', raised_at_ms: startMs + limitMs }])
      .when(position(), tick(startMs + 100 * limitMs))
      .thenNothing()
  })

  test('is cleared once when it is flat, and its state ends', () => {
    const flat = given(nakedPosition)
      .records(position(naked), tick(startMs + limitMs))
      .when([positionState, null, 'main|BTCUSDT'])
      .then([opsAlert, { state: 'CLEARED', detail: 'flat' }])
    expect(flat.liveKeys()).toBe(0)
  })

  test('stays naked over a restart', () => {
    given(nakedPosition)
      .records(position(naked), tick(startMs + 1_000))
      .restarted()
      .when(tick(startMs + limitMs))
      .then(...raised())
      .restarted()
      .when(position({ quantity: opposite }))
      .then([opsAlert, { state: 'CLEARED' }])
  })
})

test('the limit is a setting', () => {
  given(nakedPosition, { config: testConfig({ watch: { naked_after_ms: 1_000 } }) })
    .records([positionState, positionStateOf(naked)])
    .when(tick(startMs + 1_000))
    .then(...raised())
})

test('each account and symbol is watched on its own', () => {
  given(nakedPosition)
    .records([positionState, positionStateOf(naked)])
    .records([positionState, positionStateOf({ ...naked, account: 'second', symbol: 'ETHUSDT' })])
    .records([positionState, positionStateOf()])
    .when(tick(startMs + limitMs))
    .then(...raised('second|ETHUSDT'))
})
