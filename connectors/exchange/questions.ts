// Questions to the venue that nobody waits for: the answers come together in one place and are dealt with one round later.
// So a venue that is slow with one thing holds up nothing else. Every question has an end.
import type { Note, Outgoing } from '../runtime.ts'

/** What one round of the gateway changes in the log. */
export interface Changes {
  readonly records: Outgoing[]
  readonly notes: Note[]
}

export interface Questions {
  /** Asks without waiting. Exactly one of the two is called, in a later round. */
  ask<T>(
    question: () => Promise<T>,
    onSaid: (said: T, changes: Changes) => void,
    onFailed: (error: unknown, changes: Changes) => void,
  ): void
  /** Deals with all answers that have come. */
  deal(changes: Changes): void
  /** Questions without an answer, and answers not yet dealt with. */
  open(): number
}

/** `onAnswer` is called whenever there is something to deal with; `answerMs` is the longest wait. */
export function createQuestions(answerMs: number, onAnswer: () => void): Questions {
  const answers: ((changes: Changes) => void)[] = []
  let asked = 0
  return {
    ask(question, onSaid, onFailed) {
      asked++
      const arrive = (answer: (changes: Changes) => void): void => {
        asked--
        answers.push(answer)
        onAnswer()
      }
      within(answerMs, question).then(
        (said) => {
          arrive((changes) => {
            onSaid(said, changes)
          })
        },
        (error: unknown) => {
          arrive((changes) => {
            onFailed(error, changes)
          })
        },
      )
    },
    deal(changes) {
      for (const answer of answers.splice(0)) answer(changes)
    },
    open: () => asked + answers.length,
  }
}

/** What went wrong, in words for a record. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The answer, or an error after `ms`; an answer that comes later is dropped. */
async function within<T>(ms: number, question: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`expected an answer within ${ms} ms`))
    }, ms)
  })
  try {
    return await Promise.race([question(), late])
  } finally {
    clearTimeout(timer)
  }
}
