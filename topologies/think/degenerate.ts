// Watches for outputs that are always the same. Its alert is raised once and cleared once for each subject.
import { opsAlert } from '../../schemas/topics.ts'
import type { AiEngineChangelog, ModelMemory, ModelVote } from '../../schemas/types.gen.ts'
import type { Emit } from '../kernel/processor.ts'

/** Counts stop here: they are compared with settings far below it. */
export const mostCounted = 1_000_000

interface Watch {
  readonly symbol: string
  /** Equal outputs in a row that make a model degenerate. */
  readonly limit: number
  readonly nowMs: number
  readonly emit: Emit<typeof opsAlert>
}

/** Counts an output that is no warm-up. True while the model's last N outputs were of one class. */
export function watchModel(memory: ModelMemory, vote: ModelVote, watch: Watch): boolean {
  const again = memory.run_length > 0 && vote.action === memory.last_action
  memory.run_length = again ? Math.min(memory.run_length + 1, mostCounted) : 1
  memory.last_action = vote.action
  const degenerate = memory.run_length >= watch.limit
  memory.alert_raised_at_ms = settleAlert(memory.alert_raised_at_ms, degenerate, watch, {
    subject: memory.model,
    detail: `expected more than one class in ${watch.limit} outputs, was ${vote.action} ${memory.run_length} times in a row`,
  })
  return degenerate
}

/** A confidence that never changes says nothing, whatever its value. Counts a signal that some model voted in. */
export function watchConfidence(state: AiEngineChangelog, confidence: number, watch: Watch): void {
  const again = state.confidence_run_length > 0 && confidence === state.last_confidence
  state.confidence_run_length = again ? Math.min(state.confidence_run_length + 1, mostCounted) : 1
  state.last_confidence = confidence
  const constant = state.confidence_run_length >= watch.limit
  const raisedAtMs = state.confidence_alert_raised_at_ms
  state.confidence_alert_raised_at_ms = settleAlert(raisedAtMs, constant, watch, {
    subject: 'ensemble',
    detail: `expected a confidence that varies over ${watch.limit} signals, was ${confidence} ${state.confidence_run_length} times in a row`,
  })
}

/** Raises or clears when that changes something; returns since when the alert is open, null when it is not. */
export function settleAlert(
  openSinceMs: number | null,
  wrong: boolean,
  watch: Omit<Watch, 'limit'>,
  about: { readonly subject: string; readonly detail: string },
): number | null {
  if (wrong === (openSinceMs !== null)) return openSinceMs
  const subject = `${watch.symbol}|${about.subject}`
  watch.emit(opsAlert, {
    alert_id: `DEGENERATE_MODEL|${subject}`,
    kind: 'DEGENERATE_MODEL',
    severity: 'WARNING',
    state: wrong ? 'RAISED' : 'CLEARED',
    subject,
    detail: about.detail,
    raised_at_ms: openSinceMs ?? watch.nowMs,
    at_ms: watch.nowMs,
  })
  return wrong ? watch.nowMs : null
}
