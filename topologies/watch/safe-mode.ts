// The one owner of safe mode: switches it on for a stated time, extends it by the stated rule only, and ends it by itself.
// It must never be on without trigger, reason, actor and end, and never concern exits.
import {
  clockTick,
  opsAlert,
  safeModeChangelog,
  safeModeCommand,
  safeModeState,
} from '../../schemas/topics.ts'
import type { SafeModeChangelog, SafeModeCommand, SafeModeState } from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import { alertOf } from './open-alerts.ts'

export const safeMode = processor({
  name: 'safe-mode',
  doc: 'Owns safe mode: the only one that says whether entries are halted, why, by whom and until when.',
  reads: [safeModeCommand, clockTick],
  writes: [safeModeState, opsAlert],
  state: {
    topic: safeModeChangelog,
    key: (record) => record.value.account,
    always: (config) => config.accounts.map((account) => account.name),
    initial: inactive,
  },
  decide(state, record, ctx, emit) {
    const over = state.active && ctx.nowMs >= state.until_ms
    if (over) {
      end(state, ctx.nowMs)
      const how = `ended by itself after ${String(state.until_ms - state.since_ms)} ms`
      const reason = `${how}; it was set because: ${state.reason}`
      emit(safeModeState, { ...stateOf(state), reason, actor: 'safe-mode' })
      emit(opsAlert, alert(state, 'CLEARED', how))
    }
    switch (record.topic) {
      case 'safe_mode.command': {
        const { active, reason, actor } = record.value
        const { duration_ms, max_extensions } = ctx.config.safe_mode
        const refusal = refusalOf(state, record.value, max_extensions)
        state.announced = true
        if (refusal !== null) {
          emit(safeModeState, stateOf(state, refusal))
        } else if (active) {
          const extended = state.active
          start(state, record.value, ctx.nowMs, duration_ms)
          emit(safeModeState, stateOf(state))
          if (!extended) emit(opsAlert, alert(state, 'RAISED', `${actor}: ${reason}`))
        } else {
          end(state, ctx.nowMs)
          emit(safeModeState, { ...stateOf(state), reason, actor })
          emit(opsAlert, alert(state, 'CLEARED', `ended by ${actor}: ${reason}`))
        }
        return
      }
      case 'clock.tick': {
        if (state.announced) return over ? undefined : unchanged
        state.announced = true
        state.since_ms = state.until_ms = state.changed_at_ms = ctx.nowMs
        emit(safeModeState, stateOf(state))
      }
    }
  },
})

function inactive(account: string): SafeModeChangelog {
  return {
    account,
    announced: false,
    active: false,
    trigger: 'UNKNOWN',
    reason: 'never set',
    actor: 'safe-mode',
    since_ms: 0,
    until_ms: 0,
    extensions: 0,
    changed_at_ms: 0,
  }
}

/** Why a command changes nothing, or null when it does. */
function refusalOf(
  state: SafeModeChangelog,
  command: SafeModeCommand,
  maxExtensions: number,
): string | null {
  const asked = `${command.actor} asked for ${command.active ? 'on' : 'off'} (${command.trigger}: ${command.reason}); nothing changed: `
  if (command.active && state.active && state.extensions >= maxExtensions)
    return `${asked}it was extended ${String(state.extensions)} times of ${String(maxExtensions)}`
  if (!command.active && !state.active) return `${asked}it is not active`
  if (!command.active && command.trigger !== 'OPERATOR')
    return `${asked}only an operator ends it early, was trigger ${command.trigger}`
  return null
}

/** Begins a period, or extends the present one: either way it ends `durationMs` from now. */
function start(
  state: SafeModeChangelog,
  command: SafeModeCommand,
  nowMs: number,
  durationMs: number,
): void {
  state.extensions = state.active ? state.extensions + 1 : 0
  if (!state.active) state.since_ms = nowMs
  state.announced = true
  state.active = true
  state.trigger = command.trigger
  state.reason = command.reason
  state.actor = command.actor
  state.until_ms = nowMs + durationMs
  state.changed_at_ms = nowMs
}

function end(state: SafeModeChangelog, nowMs: number): void {
  state.active = false
  state.until_ms = Math.min(state.until_ms, nowMs)
  state.changed_at_ms = nowMs
}

function stateOf(state: SafeModeChangelog, detail: string | null = null): SafeModeState {
  const { announced: _, ...said } = state
  return { ...said, detail }
}

function alert(state: SafeModeChangelog, raised: 'RAISED' | 'CLEARED', detail: string) {
  const severity = state.trigger === 'OPERATOR' ? 'WARNING' : 'CRITICAL'
  return alertOf(
    {
      kind: 'SAFE_MODE',
      severity,
      subject: state.account,
      detail: `${state.trigger}, ${detail}`,
      raised_at_ms: state.since_ms,
    },
    raised,
    state.changed_at_ms,
  )
}
