// Ids that were seen once. Exactly-once at the edge of logic: a ledger that forgets keeps them for as long as the log can
// redeliver them.
import type { Ledger } from '../kernel/processor.ts'

/** True on the first sight of an id; from then on false. */
export function firstSight(ledger: Ledger<{ at_ms: number }>, id: string, nowMs: number): boolean {
  if (ledger.get(id) !== undefined) return false
  ledger.set(id, { at_ms: nowMs })
  return true
}
