// One runtime for one file. The claim is a lock of the operating system on a file beside it, so it ends with the process,
// however that ends: no stale owner is ever left behind.
import { DatabaseSync } from 'node:sqlite'
import { LogError } from '../log-error.ts'
import { naming } from './sqlite-error.ts'

export interface Claim {
  readonly release: () => void
}

/** Claims a file for this process. Throws a LogError IN_USE that names the file when another one has it. */
export function claimFile(path: string): Claim {
  const lockPath = `${path}.lock`
  return naming(lockPath, () => {
    const lock = new DatabaseSync(lockPath, { timeout: 0 })
    try {
      // No write follows: the lock is all that is wanted, and a transaction that never commits leaves no trace.
      lock.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      lock.close()
      if (error instanceof Error && 'errcode' in error && Number(error.errcode) === 5)
        throw new LogError(
          'IN_USE',
          `${path}: another process runs on it; end that one, or give this one another file`,
          error,
        )
      throw error
    }
    return { release: () => lock.close() }
  })
}
