// Watches that every open position has exactly one resting stop of its size, and asks for safe mode when it has not.
// It must never send an order: the gates repair the stop, the exit brain closes.
import { exact } from '../../schemas/decimal.ts'
import {
  clockTick,
  nakedPositionChangelog,
  opsAlert,
  positionState,
  safeModeCommand,
} from '../../schemas/topics.ts'
import type { NakedPositionChangelog, OpsAlert, PositionState } from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import { alertOf } from './open-alerts.ts'

export const nakedPosition = processor({
  name: 'naked-position',
  doc: 'Raises a critical alert and asks for safe mode when a position has no resting stop of its size for too long.',
  reads: [positionState, clockTick],
  writes: [opsAlert, safeModeCommand],
  feedback: [safeModeCommand],
  state: { topic: nakedPositionChangelog, key: (record) => record.key, initial },
  decide(state, record, ctx, emit) {
    switch (record.topic) {
      case 'position.state': {
        const position = record.value
        const naked = position !== null && !isProtected(position)
        if (position !== null) {
          state.position_id = position.position_id
          state.detail = inWords(position)
        }
        if (naked) {
          state.naked_since_ms ??= ctx.nowMs
          state.clock_at_ms ??= ctx.nowMs
        } else {
          if (state.raised_at_ms !== null)
            emit(
              opsAlert,
              alert(state, 'CLEARED', position === null ? 'flat' : state.detail, ctx.nowMs),
            )
          state.naked_since_ms = state.clock_at_ms = state.raised_at_ms = null
        }
        if (position === null) ctx.forget()
        return
      }
      case 'clock.tick': {
        const { naked_since_ms } = state
        if (naked_since_ms === null || state.raised_at_ms !== null) return unchanged
        const limitMs = ctx.config.watch.naked_after_ms
        // Over a stop or a sleep nobody knows whether a stop rested: the venue's reports get the same time again.
        const pauseMs = ctx.nowMs - (state.clock_at_ms ?? naked_since_ms)
        const hasPaused = pauseMs > Math.max(limitMs, 2 * ctx.config.clock_ms)
        state.clock_at_ms = ctx.nowMs
        if (hasPaused) state.naked_since_ms = ctx.nowMs
        const nakedMs = ctx.nowMs - (hasPaused ? ctx.nowMs : naked_since_ms)
        if (nakedMs < limitMs) return
        const detail = `expected a resting stop within ${String(limitMs)} ms, was none that fits for ${String(nakedMs)} ms: ${state.detail}`
        state.raised_at_ms = ctx.nowMs
        emit(opsAlert, alert(state, 'RAISED', detail, ctx.nowMs))
        emit(safeModeCommand, {
          account: state.account,
          active: true,
          trigger: 'NAKED_POSITION',
          reason: `${state.symbol}: ${detail}`,
          actor: 'naked-position',
          at_ms: ctx.nowMs,
        })
      }
    }
  },
})

function initial(key: string): NakedPositionChangelog {
  const [account = '', symbol = ''] = key.split('|')
  return {
    account,
    symbol,
    position_id: '',
    detail: '',
    naked_since_ms: null,
    clock_at_ms: null,
    raised_at_ms: null,
  }
}

/** Whether one stop rests at the venue whose quantity is the size of the position. */
function isProtected(position: PositionState): boolean {
  const { protective_client_order_id, protective_quantity, quantity } = position
  if (protective_client_order_id === null || protective_quantity === null) return false
  return exact(protective_quantity).equals(exact(quantity).abs())
}

function inWords(position: PositionState): string {
  const { position_id, quantity, protective_client_order_id, protective_quantity } = position
  const stop =
    protective_client_order_id === null
      ? 'no stop'
      : `stop ${protective_client_order_id} of ${protective_quantity ?? 'unknown quantity'}`
  return `position ${position_id} of ${quantity}, ${stop}`
}

function alert(
  state: NakedPositionChangelog,
  raised: 'RAISED' | 'CLEARED',
  detail: string,
  nowMs: number,
): OpsAlert {
  const subject = `${state.account}|${state.symbol}`
  const raised_at_ms = state.raised_at_ms ?? nowMs
  return alertOf(
    { kind: 'NAKED_POSITION', severity: 'CRITICAL', subject, detail, raised_at_ms },
    raised,
    nowMs,
  )
}
