// Turns the differences of one snapshot into reports and alerts: when one is confirmed, settled, resolved or unresolved for too long.
// Each function changes the reconciler's state and gives what is to be written.
import type { Config } from '../../schemas/config.ts'
import type {
  AccountSnapshot,
  OpenDifference,
  OpsAlert,
  ReconcileReport,
  ReconcilerChangelog,
} from '../../schemas/types.gen.ts'
import { alertOf } from './open-alerts.ts'
import { bookSequence, settleLeg } from './reconcile-book.ts'
import { comparedWords, differences, subjectOf } from './reconcile-compare.ts'
import type { Difference } from './reconcile-compare.ts'
import { actionOf } from './reconcile-table.ts'

/** A report without what every report of one snapshot has in common. */
export type Finding = Omit<
  ReconcileReport,
  'report_id' | 'account' | 'venue_entry_price' | 'venue_leverage' | 'at_ms' | 'venue_sequence'
>

export interface Judgement {
  readonly findings: Finding[]
  readonly alerts: OpsAlert[]
}

type Watch = Config['watch']
type State = ReconcilerChangelog

/**
 * Whether a snapshot says nothing new: it is older than the last one, or older than an event we know of and it does not.
 * The venue's own times and sequence numbers are compared, never ours.
 */
export function isOutdated(state: State, snapshot: AccountSnapshot): boolean {
  if (snapshot.as_of_ms < state.snapshot_as_of_ms) return true
  if (snapshot.venue_sequence === state.last_sequence) return false
  return snapshot.as_of_ms < state.last_event_at_ms
}

/** A doubtful snapshot changes nothing; a row of them is reported once. */
export function judgeDoubt(state: State, doubt: string, watch: Watch, nowMs: number): Judgement {
  passTime(state, watch, nowMs)
  if (state.differences.some((d) => d.finding === 'INCOMPLETE')) return { findings: [], alerts: [] }
  const found = keep(state, nothingOf('INCOMPLETE', doubt), nowMs)
  found.reported_at_ms = nowMs
  state.matched_at_ms = null
  return { findings: [asFinding(found, doubt)], alerts: [] }
}

export function judgeSnapshot(
  state: State,
  snapshot: AccountSnapshot,
  watch: Watch,
  nowMs: number,
): Judgement {
  const seen = differences(state, snapshot)
  const judgement = resolve(state, seen, nowMs)
  passTime(state, watch, nowMs)
  // A book that has seen nothing begins with this snapshot: what is on its way comes behind it.
  const isFirst = state.last_sequence < 0
  if (isFirst) bookSequence(state, snapshot.venue_sequence, 0)
  const exact = isFirst || snapshot.venue_sequence === state.last_sequence
  for (const difference of seen) {
    const open = keep(state, difference, nowMs)
    if (open.reported_at_ms !== null) {
      if (!isRepairDue(open, watch, nowMs)) continue
      open.repeated_at_ms = nowMs
      judgement.findings.push(asFinding(open, difference.detail))
      continue
    }
    if (open.seen < confirmationsFor(open, exact, watch)) continue
    confirm(state, open, difference, snapshot, judgement, nowMs)
  }
  state.snapshot_as_of_ms = snapshot.as_of_ms
  if (state.differences.length === 0) matched(state, snapshot, watch, judgement, nowMs)
  return judgement
}

/** Differences that the snapshot no longer shows are over. */
function resolve(state: State, seen: readonly Difference[], nowMs: number): Judgement {
  const subjects = new Set(seen.map(subjectOf))
  const gone = state.differences.filter((d) => !subjects.has(subjectOf(d)))
  state.differences = state.differences.filter((d) => subjects.has(subjectOf(d)))
  const reported = gone.filter((d) => d.reported_at_ms !== null || d.raised_at_ms !== null)
  return {
    // No action: whoever follows reports must not adopt the same quantity twice.
    findings: reported.map((d) => ({
      ...asFinding(d, 'the difference is gone'),
      action: 'NONE',
      resolved: true,
      repair_ms: nowMs - d.first_seen_at_ms,
    })),
    alerts: reported
      .filter((d) => d.raised_at_ms !== null)
      .map((d) => alertOf(causeOf(state, d, 'the difference is gone'), 'CLEARED', nowMs)),
  }
}

/** Keeps a difference that was seen: equal numbers in a row are counted, other numbers start anew. */
function keep(state: State, found: Difference, nowMs: number): OpenDifference {
  const { detail: _, ...numbers } = found
  const unreported = { reported_at_ms: null, repeated_at_ms: null, unresolved_ms: 0 }
  const anew = { ...unreported, seen: 1, first_seen_at_ms: nowMs }
  const subject = subjectOf(found)
  const i = state.differences.findIndex((d) => subjectOf(d) === subject)
  const open = state.differences[i]
  if (open === undefined) {
    state.differences.push({ ...numbers, ...anew, raised_at_ms: null })
    return state.differences.at(-1)!
  }
  const same =
    open.finding === found.finding &&
    open.book_quantity === found.book_quantity &&
    open.venue_quantity === found.venue_quantity
  if (same) open.seen++
  else state.differences[i] = { ...open, ...numbers, ...anew }
  return state.differences[i]!
}

/** Most snapshot intervals that one snapshot counts for: a late one counts whole, a restart or a pause no more than that. */
const countedIntervals = 2

/** Lets time pass for what was reported: from one judged snapshot to the next, never by the clock alone. */
function passTime(state: State, watch: Watch, nowMs: number): void {
  const sinceMs = nowMs - (state.judged_at_ms ?? nowMs)
  const passedMs = Math.max(0, Math.min(sinceMs, countedIntervals * watch.snapshot_ms))
  for (const d of state.differences) if (d.reported_at_ms !== null) d.unresolved_ms += passedMs
  state.judged_at_ms = nowMs
}

/** Snapshots after which a repair that shows no effect is ordered again. */
const repairSnapshots = 5

/** Whether the repair of a reported difference may have been lost. Only what others repair, and may be told twice. */
function isRepairDue(open: OpenDifference, watch: Watch, nowMs: number): boolean {
  const isRepaired = open.finding === 'MISSING_STOP' || actionOf(open.finding) === 'CANCEL_ORDER'
  const orderedAtMs = open.repeated_at_ms ?? open.reported_at_ms
  if (!isRepaired || orderedAtMs === null) return false
  return nowMs - orderedAtMs >= repairSnapshots * watch.snapshot_ms
}

/** What one snapshot may not show although it is well: a stop on its way, a last report on its way, a cancel on its way. */
const passing: ReadonlySet<OpenDifference['finding']> = new Set([
  ...(['MISSING_STOP', 'MISSING_ORDER', 'STRAY_STOP'] as const),
])

/** A snapshot at the very event that our book stands at needs no second one, except for what passes by itself. */
function confirmationsFor(difference: OpenDifference, exact: boolean, watch: Watch): number {
  if (passing.has(difference.finding)) return Math.max(2, watch.reconcile_confirmations)
  return exact ? 1 : watch.reconcile_confirmations
}

function confirm(
  state: State,
  open: OpenDifference,
  { detail }: Difference,
  snapshot: AccountSnapshot,
  judgement: Judgement,
  nowMs: number,
): void {
  open.reported_at_ms = nowMs
  state.matched_at_ms = null
  judgement.findings.push(asFinding(open, detail))
  const action = actionOf(open.finding)
  if (action === 'ADOPT' || action === 'CORRECT' || action === 'CLEAR')
    settleLeg(state, open.symbol, open.venue_quantity ?? '0', snapshot.venue_sequence)
  if (open.raised_at_ms !== null) return
  open.raised_at_ms = nowMs
  const words = `${open.finding}: ${detail}; ${action}`
  judgement.alerts.push(alertOf(causeOf(state, open, words), 'RAISED', nowMs))
}

/** Books that match are reported when that is new, and then now and then. */
function matched(
  state: State,
  snapshot: AccountSnapshot,
  watch: Watch,
  judgement: Judgement,
  nowMs: number,
): void {
  bookSequence(state, snapshot.venue_sequence, 0)
  if (state.matched_at_ms !== null && nowMs - state.matched_at_ms < watch.reconcile_matched_ms)
    return
  state.matched_at_ms = nowMs
  const words = comparedWords(state, snapshot)
  const found = { ...nothingOf('MATCHED', words), first_seen_at_ms: nowMs }
  judgement.findings.push({ ...asFinding(found, words), resolved: true })
}

/** What is reported and unresolved for longer than the limit: the words once when that begins, empty once when it ends, else null. */
export function escalation(state: State, watch: Watch): string | null {
  const limitMs = watch.reconcile_unresolved_ms
  const old = state.differences.filter((d) => d.unresolved_ms > limitMs)
  if (old.length > 0 === (state.escalated_at_ms !== null)) return null
  if (old.length === 0) return ''
  const words = old.map((d) => `${d.finding} ${subjectOf(d)}`).join(', ')
  return `unresolved for more than ${String(limitMs)} ms: ${words}`
}

function nothingOf(finding: OpenDifference['finding'], detail: string): Difference {
  const numbers = { book_quantity: null, venue_quantity: null, client_order_id: '' }
  return { symbol: '', finding, ...numbers, detail }
}

type Found = Omit<Difference, 'detail'> & Pick<OpenDifference, 'first_seen_at_ms'>

function asFinding(found: Found, detail: string): Finding {
  const { symbol, finding, book_quantity, venue_quantity, client_order_id } = found
  return {
    symbol,
    finding,
    action: actionOf(finding),
    book_quantity,
    venue_quantity,
    client_order_id: client_order_id === '' ? null : client_order_id,
    resolved: false,
    repair_ms: null,
    detail,
    first_seen_at_ms: found.first_seen_at_ms,
  }
}

function causeOf(state: State, difference: OpenDifference, detail: string) {
  const severity = difference.finding === 'MISSING_STOP' ? 'CRITICAL' : 'WARNING'
  const subject = `${state.account}|${subjectOf(difference)}`
  const raised = difference.raised_at_ms === null ? {} : { raised_at_ms: difference.raised_at_ms }
  return { kind: 'RECONCILIATION', severity, subject, detail, ...raised } as const
}
