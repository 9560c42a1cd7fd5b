// Expiry by event time: an old entry is refused, whatever kept it waiting.
import type { GateInput, Refusal } from './gate.ts'

/** Refuses EXPIRED after `expires_at_ms`. */
export function expiryGate({ entry, nowMs }: GateInput): Refusal | null {
  if (nowMs <= entry.expires_at_ms) return null
  const detail = `expected a decision by ${entry.expires_at_ms}, was ${nowMs}`
  return { gate: 'EXPIRY', reason: 'EXPIRED', detail }
}
