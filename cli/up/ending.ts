// How `up` ends. A first signal asks it to end; a second one ends the process at once, and so does an end that takes too
// long: what was not committed then is undone by the next start, as after a power cut.
import { constants } from 'node:os'
import type { Io } from '../verb.ts'
import { exit } from '../verb.ts'

/** Longest time from the wish to end to the end of the process. */
const limitMs = 10_000

const signals = ['SIGINT', 'SIGTERM'] as const

export interface Ending extends Disposable {
  /** Aborted by the first signal. */
  readonly asked: AbortSignal
  /** The time for this work is bounded too, without a signal. */
  within(work: Promise<void>): Promise<void>
}

export interface EndingOptions {
  readonly err: Io['err']
  /** Where signals come from. */
  readonly process: Pick<NodeJS.EventEmitter, 'on' | 'off'>
  /** Ends the process, whatever it is doing. */
  readonly exitNow: (code: number) => void
}

/** Listens for signals until it is disposed of. */
export function listenForEnd({ err, process, exitNow }: EndingOptions): Ending {
  const asked = new AbortController()
  let deadline: NodeJS.Timeout | undefined
  const begin = (): void => {
    deadline ??= setTimeout(() => {
      err(`quantum up: it did not stop within ${limitMs / 1_000} s and was ended`)
      exitNow(exit.failed)
    }, limitMs)
  }
  const end = (): void => {
    clearTimeout(deadline)
    deadline = undefined
  }
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked.signal.aborted) {
      err(`quantum up: ended at once by a second signal`)
      exitNow(128 + constants.signals[signal])
    }
    asked.abort()
    begin()
  }
  for (const signal of signals) process.on(signal, onSignal)
  return {
    asked: asked.signal,
    async within(work) {
      begin()
      try {
        await work
      } finally {
        if (!asked.signal.aborted) end()
      }
    },
    [Symbol.dispose]() {
      end()
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}
