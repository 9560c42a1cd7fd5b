// What a task does about a failure. One table for all of them: nothing else decides it.
import type { Config } from '../../schemas/config.ts'
import { KafkaError } from './client/kafka-error.ts'
import { SliceError } from './slice.ts'

/**
 * - `AGAIN`: take the task over anew, after a pause.
 * - `BURY`: the same at once; the record that failed becomes a dead letter then.
 * - `WAIT`: another owner may be there: take the task over anew only if the group still says that it is ours.
 * - `HALT`: the same at once; what comes before the record that failed is committed then, and after that the task stops.
 * - `STOP`: it would fail again. The task stops, loudly; the others go on.
 */
export type Reaction = 'AGAIN' | 'BURY' | 'WAIT' | 'HALT' | 'STOP'

/** What was decided before about the record that failed. */
export type Known = 'BURY' | 'HALT' | null

/** Faults of the broker and the way to it that pass, or that taking over anew finds out about. */
const passing = new Set([
  'FAILED',
  'UNREACHABLE',
  'UNKNOWN_OUTCOME',
  'OFFSET_OUT_OF_RANGE',
  'TOO_LARGE',
])

/** A record that was to become a dead letter already halts its task when that fails too. */
export function reactionTo(
  error: unknown,
  policy: Config['kafka']['on_error'],
  known: Known,
): Reaction {
  if (error instanceof SliceError) {
    // One record at a time shows which it is.
    if (error.suspects > 0) return 'AGAIN'
    if (error.place === null || known === 'HALT') return 'STOP'
    return known === null && policy[error.stage] === 'dead-letter' ? 'BURY' : 'HALT'
  }
  if (error instanceof KafkaError) {
    if (error.fault === 'FENCED') return 'WAIT'
    return passing.has(error.fault) ? 'AGAIN' : 'STOP'
  }
  const isRegistryAway =
    error instanceof Error && error.name === 'RegistryError' && 'fault' in error
      ? error.fault === 'UNREACHABLE'
      : false
  return isRegistryAway ? 'AGAIN' : 'STOP'
}

/** The fault of an error as one word of a small closed list, for counting. */
export const causeOf = (error: unknown): string =>
  error instanceof Error && 'fault' in error ? String(error.fault) : 'OTHER'
