// G3: each intent is decided once. Identity is the intent's id, never a bucket of time, and it is remembered for as long
// as the log can redeliver it.
import type { Refusal } from './gate.ts'

/** Id under which an intent is remembered. */
export const intentKey = (account: string, intentId: string): string =>
  `intent|${account}|${intentId}`

/**
 * The note on a copy. It is asked before all other gates, because a copy must not get a second terminal result: it has
 * none of its own, and the first one's stays as it is.
 */
export function copyOf(intentId: string): Refusal {
  return {
    gate: 'IDEMPOTENCY',
    reason: 'DUPLICATE',
    detail: `${intentId} was decided before; its result stands`,
  }
}
