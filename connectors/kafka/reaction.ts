// What a task does about a failure. One table for all of them: nothing else decides it.
import type { Config } from '../../schemas/config.ts'
import { KafkaError } from './client/kafka-error.ts'
import { SliceError } from './slice.ts'

/**
 * - `AGAIN`: take the task over anew, after a pause.
 * - `BURY`: the same at once; the record that failed becomes a dead letter then.
 * - `WAIT`: another owner may be there: take the task over anew only if the group still says that it is ours.
 * - `STOP`: it would fail again. The task stops, loudly; the others go on.
 */
export type Reaction = 'AGAIN' | 'BURY' | 'WAIT' | 'STOP'

/** Faults of the broker and the way to it that pass, or that taking over anew finds out about. */
const passing = new Set([
  'FAILED',
  'UNREACHABLE',
  'UNKNOWN_OUTCOME',
  'OFFSET_OUT_OF_RANGE',
  'TOO_LARGE',
])

/** `isPoison`: the record was to become a dead letter already, and that failed too. */
export function reactionTo(
  error: unknown,
  policy: Config['kafka']['on_error'],
  isPoison: boolean,
): Reaction {
  if (error instanceof SliceError) {
    // One record at a time shows which it is.
    if (error.suspects > 0) return 'AGAIN'
    if (error.place === null || isPoison) return 'STOP'
    return policy[error.stage] === 'dead-letter' ? 'BURY' : 'STOP'
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
