// Safe mode was once on, and nobody could tell what had set it: a bare flag with a time to live.
import { describe, expect, it } from 'vitest'
import { opsAlert, safeModeCommand, safeModeState } from '../../schemas/topics.ts'
import type { SafeModeTrigger } from '../../schemas/types.gen.ts'
import { readSchemas } from '../../schemas/read.ts'
import { safeMode } from '../../topologies/watch/safe-mode.ts'
import { given, tick } from '../kit/given.ts'
import { safeModeCommandOf, startMs } from '../kit/records.ts'

const field = readSchemas()
  .get('safe_mode.state')!
  .fields!.find(({ name }) => name === 'trigger')!
const triggers = (field.type as unknown as { symbols: SafeModeTrigger[] }).symbols

describe('I-55: safe mode is a record with trigger, reason, actor, start and end', () => {
  it.each(triggers)('set by %s', (trigger) => {
    const command = { trigger, reason: `because of ${trigger}`, actor: `actor of ${trigger}` }
    const world = given(safeMode)
      .records(tick(startMs))
      .when([safeModeCommand, safeModeCommandOf(command)])
    world.then([safeModeState, { ...command, active: true }], [opsAlert, { state: 'RAISED' }])
    const [state] = world.outputs(safeModeState)
    expect(state!.since_ms).toBe(startMs)
    expect(state!.until_ms).toBe(startMs + 900_000)
    const [alert] = world.outputs(opsAlert)
    for (const word of Object.values(command)) expect(alert!.detail).toContain(word)
  })

  it('has a closed list of triggers: another one can’t be written', () => {
    const wrong = { ...safeModeCommandOf(), trigger: 'MARGIN' as SafeModeTrigger }
    expect(() => given(safeMode).when([safeModeCommand, wrong])).toThrow(/trigger/)
  })

  it('keeps telling what set it after it has ended', () => {
    const world = given(safeMode)
      .records(tick(startMs), [
        safeModeCommand,
        safeModeCommandOf({ trigger: 'DRAWDOWN', reason: 'drawdown 16 %', actor: 'gates' }),
      ])
      .when(tick(startMs + 900_000))
    const [state] = world.outputs(safeModeState)
    expect(state).toMatchObject({ active: false, trigger: 'DRAWDOWN', since_ms: startMs })
    expect(state!.reason).toContain('drawdown 16 %')
  })

  it('says from the start that it is off, so that nobody has to guess', () => {
    given(safeMode)
      .when(tick(startMs))
      .then([safeModeState, { active: false, actor: 'safe-mode', reason: 'never set' }])
  })
})
