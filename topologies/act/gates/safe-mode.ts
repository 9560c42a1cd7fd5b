// G1: no entry while safe mode is active or unknown, and none that was decided before the last period ended.
import type { GateInput, Refusal } from './gate.ts'

const refuse = (detail: string): Refusal => ({
  gate: 'SAFE_MODE',
  reason: 'SAFE_MODE_ACTIVE',
  detail,
})

/** Refuses SAFE_MODE_ACTIVE. There is no backlog behind safe mode: an old entry is refused after it as well. */
export function safeModeGate({ entry, state }: GateInput): Refusal | null {
  const { known, active, trigger, until_ms, ended_at_ms } = state.safe_mode
  if (!known) return refuse('expected a known safe mode, nothing was heard yet')
  if (active) return refuse(`active by ${trigger} until ${until_ms}`)
  if (entry.created_at_ms < ended_at_ms)
    return refuse(`decided at ${entry.created_at_ms}, safe mode ended at ${ended_at_ms}`)
  return null
}
