// Asking again what passes by itself: a coordinator that loads, a leader that is elected, a broker that restarts.
import { CODE, isCoordinatorMoved, isLeaderMoved } from './codes.ts'
import { deadlineIn } from './deadline.ts'
import { KafkaError } from './kafka-error.ts'
import { isPassing } from './translate.ts'

export interface AdminOptions {
  /** Longest try of one call, while brokers restart or elect. */
  readonly patienceMs: number
}

const longestWaitMs = 100

/**
 * Attempts until one gives an answer, which null is not. What else but UNREACHABLE an attempt throws is thrown at once.
 * When the time is up it throws what the last attempt threw, or `givenUp`.
 */
export async function patiently<T>(
  patienceMs: number,
  attempt: () => Promise<T | null>,
  givenUp: () => KafkaError,
): Promise<T> {
  const deadline = deadlineIn(patienceMs)
  for (;;) {
    let lastError: Error | null = null
    try {
      const answer = await attempt()
      if (answer !== null) return answer
    } catch (error) {
      if (!(error instanceof KafkaError) || !isPassing(error)) throw error
      lastError = error
    }
    if (!(await deadline.wait(longestWaitMs))) throw lastError ?? givenUp()
  }
}

/** Codes that say: ask again, of whoever is in charge then. */
export function isAskedAgain(code: number): boolean {
  return (
    isLeaderMoved(code) ||
    isCoordinatorMoved(code) ||
    code === CODE.NOT_CONTROLLER ||
    code === CODE.REQUEST_TIMED_OUT ||
    code === CODE.OFFSET_NOT_AVAILABLE ||
    code === CODE.UNSTABLE_OFFSET_COMMIT
  )
}
