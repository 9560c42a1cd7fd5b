// Safe mode could last for ever: two writers, 300 s and 900 s, on one key, and each trip set the time anew.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeModeCommand, safeModeState } from '../../schemas/topics.ts'
import type { SafeModeState, SafeModeTrigger } from '../../schemas/types.gen.ts'
import { describeJson } from '../../topologies/kernel/describe.ts'
import { trading } from '../../topologies/trading.ts'
import { safeMode } from '../../topologies/watch/safe-mode.ts'
import { given, testConfig, tick } from '../kit/given.ts'
import { safeModeCommandOf, startMs } from '../kit/records.ts'

const { duration_ms: durationMs, max_extensions: maxExtensions } = testConfig().safe_mode

/** All states after commands at the given times, with a clock tick every second. */
function history(commands: readonly { atMs: number; trigger: SafeModeTrigger }[], forMs: number) {
  const world = given(safeMode).records(tick(startMs))
  const states: SafeModeState[] = []
  const waiting = commands.toSorted((a, b) => a.atMs - b.atMs)
  for (let ms = 1_000; ms <= forMs; ms += 1_000) {
    while (waiting[0] !== undefined && waiting[0].atMs < ms) {
      const { atMs, trigger } = waiting.shift()!
      world.at(startMs + atMs).when([safeModeCommand, safeModeCommandOf({ trigger })])
      states.push(...world.outputs(safeModeState))
    }
    world.when(tick(startMs + ms))
    states.push(...world.outputs(safeModeState))
  }
  return states
}

describe('I-56: safe mode has one owner and ends by itself', () => {
  it('only the safe-mode processor writes its state', () => {
    const { topics } = describeJson(trading)
    expect(topics.find((t) => t.name === 'safe_mode.state')).toMatchObject({
      writers: ['safe-mode'],
      single_writer: true,
      source: null,
    })
  })

  it('after 15 minutes, though something asks for it every ten seconds for an hour', () => {
    const hourMs = 3_600_000
    const commands = Array.from({ length: 360 }, (_, n) => ({
      atMs: n * 10_000,
      trigger: 'VENUE_FAULTS' as const,
    }))
    const ends = history(commands, hourMs).filter((state) => !state.active)
    // Three extensions in the first half minute, then it runs out.
    expect(ends[0]!.changed_at_ms - startMs).toBeLessThanOrEqual(30_000 + durationMs + 1_000)
    expect(ends.length).toBeGreaterThan(1)
  })

  it('always: no period is longer than the stated rule allows, whatever is asked and when', () => {
    const command = fc.record({
      atMs: fc.integer({ min: 0, max: 5_000_000 }),
      trigger: fc.constantFrom<SafeModeTrigger>('OPERATOR', 'VENUE_FAULTS', 'NAKED_POSITION'),
    })
    fc.assert(
      fc.property(fc.array(command, { maxLength: 12 }), (commands) => {
        const states = history(commands, 5_000_000 + (maxExtensions + 2) * durationMs)
        for (const state of states) {
          expect(state.extensions).toBeLessThanOrEqual(maxExtensions)
          expect(state.until_ms - state.since_ms).toBeLessThanOrEqual(
            (maxExtensions + 1) * durationMs,
          )
          if (state.active)
            expect(state.until_ms).toBeLessThanOrEqual(state.changed_at_ms + durationMs)
        }
        if (commands.length > 0) expect(states.at(-1)!.active).toBe(false)
      }),
      { numRuns: 12, seed: 56 },
    )
  })

  it('its history holds each change, and each request that changed nothing', () => {
    const trigger = 'VENUE_FAULTS' as const
    const commands = [0, 1, 2, 3, 4].map((n) => ({ atMs: n * 60_000, trigger }))
    const states = history(commands, 1_200_000)
    expect(states.map((s) => [s.active, s.extensions, s.detail !== null])).toEqual([
      [true, 0, false],
      [true, 1, false],
      [true, 2, false],
      [true, 3, false],
      [true, 3, true],
      [false, 3, false],
    ])
  })
})
