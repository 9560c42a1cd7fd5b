// Failures of the log's file as errors that name the file. Anything else is a bug and stays what it is.
import { LogError } from '../log-error.ts'
import type { LogFault } from '../log-error.ts'

/** SQLite's primary result codes (sqlite.org/rescode.html) that are the world's fault, not ours. */
const known = new Map<number, readonly [LogFault, string]>([
  [5, ['BUSY', 'another process held it for too long; end that process and start again']],
  [6, ['BUSY', 'another process held it for too long; end that process and start again']],
  [8, ['CANNOT_OPEN', 'it is read-only; give this user the right to write file and folder']],
  [10, ['IO', 'the disk failed; check it, then start again: the last commit is intact']],
  [11, ['CORRUPT', 'its content is damaged; put it aside and restore a copy']],
  [13, ['FULL', 'the disk is full; free space, then start again: the last commit is intact']],
  [14, ['CANNOT_OPEN', 'it could not be opened; check that the folder exists and is writable']],
  [26, ['CORRUPT', 'it is not a log; check the path']],
])

/** The same failure as a LogError that names the file, or the error itself when it is not about the file. */
export function logErrorOf(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error
  if ('syscall' in error)
    return new LogError(
      'CANNOT_OPEN',
      `${path}: its folder can't be made (${error.message})`,
      error,
    )
  if (!('errcode' in error)) return error
  const found = known.get(Number(error.errcode) & 0xff)
  if (found === undefined) return error
  return new LogError(found[0], `${path}: ${found[1]} (${error.message})`, error)
}

/** Runs work on a file and names the file in what goes wrong. */
export function naming<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw logErrorOf(error, path)
  }
}
