// Ids that were seen once, remembered for as long as the log can redeliver them. Exactly-once at the edge of logic.
import type { Ledger } from '../kernel/processor.ts'

interface SeenAt {
  at_ms: number
}

const purgeEveryMs = 60_000

/** The entry that says when the ledger was purged last; no id looks like it. */
const purgeMark = 'purged'

/** True on the first sight of an id; from then on false. */
export function firstSight(ledger: Ledger<SeenAt>, id: string, nowMs: number): boolean {
  if (ledger.get(id) !== undefined) return false
  ledger.set(id, { at_ms: nowMs })
  return true
}

/** Forgets ids older than `rememberMs`, at most once a minute. */
export function purge(ledger: Ledger<SeenAt>, nowMs: number, rememberMs: number): void {
  const last = ledger.get(purgeMark)
  if (ledger.size === 0 || (last !== undefined && nowMs - last.at_ms < purgeEveryMs)) return
  for (const [id, { at_ms }] of ledger.entries()) if (nowMs - at_ms > rememberMs) ledger.delete(id)
  ledger.set(purgeMark, { at_ms: nowMs })
}
