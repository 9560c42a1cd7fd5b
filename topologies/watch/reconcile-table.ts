// What a difference between our book and the venue's is called, and what follows from it. All of it stands in this table.
// The venue is the truth: no row lets our book win.
import type { Decimal } from 'decimal.js'
import type { ReconcileAction, ReconcileFinding } from '../../schemas/types.gen.ts'

export interface ReconcileRule {
  readonly subject: 'position' | 'stop' | 'order' | 'snapshot'
  readonly book: 'FLAT' | 'OPEN' | 'LIVE' | 'NOT_LIVE' | 'ANY'
  readonly venue: 'FLAT' | 'OPEN' | 'SAME' | 'OTHER_QUANTITY' | 'OTHER_SIDE' | Order | 'DOUBTFUL'
  readonly finding: ReconcileFinding
  readonly action: ReconcileAction
}
type Order =
  | 'STOP_COVERS'
  | 'STOP_SHORT'
  | 'RESTING'
  | 'RESTING_OUR_NAME'
  | 'RESTING_OUR_SPARE_STOP'
  | 'ABSENT'

/** Every state of our book against every state of the venue's. */
export const reconcileTable = [
  rule('position', 'FLAT', 'FLAT', 'MATCHED', 'NONE'),
  rule('position', 'FLAT', 'OPEN', 'UNKNOWN_POSITION', 'ADOPT'),
  rule('position', 'OPEN', 'FLAT', 'GHOST_POSITION', 'CLEAR'),
  rule('position', 'OPEN', 'SAME', 'MATCHED', 'NONE'),
  rule('position', 'OPEN', 'OTHER_QUANTITY', 'WRONG_QUANTITY', 'CORRECT'),
  rule('position', 'OPEN', 'OTHER_SIDE', 'WRONG_SIDE', 'CORRECT'),
  // The execution gates repair a missing stop; it stays unresolved until one rests.
  rule('stop', 'ANY', 'STOP_COVERS', 'MATCHED', 'NONE'),
  rule('stop', 'ANY', 'STOP_SHORT', 'MISSING_STOP', 'ALERT'),
  rule('order', 'LIVE', 'RESTING_OUR_NAME', 'MATCHED', 'NONE'),
  // The gateway asks the venue about the order and reports its end; it stays unresolved until then.
  rule('order', 'LIVE', 'ABSENT', 'MISSING_ORDER', 'ALERT'),
  // Left by a log before this one, or ended in the book only. It guards nothing: our own stops cover the position.
  rule('order', 'NOT_LIVE', 'RESTING_OUR_SPARE_STOP', 'STRAY_STOP', 'CANCEL_ORDER'),
  // Cancelling what somebody else ordered is a person's decision. Any other order of ours that is not live in our book
  // and still rests is as unknown.
  rule('order', 'NOT_LIVE', 'RESTING_OUR_NAME', 'UNKNOWN_ORDER', 'ALERT'),
  rule('order', 'NOT_LIVE', 'RESTING', 'UNKNOWN_ORDER', 'ALERT'),
  rule('snapshot', 'ANY', 'DOUBTFUL', 'INCOMPLETE', 'NONE'),
] as const satisfies readonly ReconcileRule[]

function rule(
  subject: ReconcileRule['subject'],
  book: ReconcileRule['book'],
  venue: ReconcileRule['venue'],
  finding: ReconcileFinding,
  action: ReconcileAction,
): ReconcileRule {
  return { subject, book, venue, finding, action }
}

/** What two signed quantities of one symbol mean. */
export function findingOf(book: Decimal, venue: Decimal): ReconcileFinding {
  const ours = book.isZero() ? 'FLAT' : 'OPEN'
  return reconcileTable.find(
    (row) =>
      row.subject === 'position' && row.book === ours && row.venue === venueState(book, venue),
  )!.finding
}

function venueState(book: Decimal, venue: Decimal): ReconcileRule['venue'] {
  if (venue.isZero()) return 'FLAT'
  if (book.isZero()) return 'OPEN'
  if (venue.isPositive() !== book.isPositive()) return 'OTHER_SIDE'
  return venue.equals(book) ? 'SAME' : 'OTHER_QUANTITY'
}

/** What follows from a finding. */
export function actionOf(finding: ReconcileFinding): ReconcileAction {
  return reconcileTable.find((row) => row.finding === finding)?.action ?? 'ALERT'
}
