// The broker and registry that all test files share, and names of a file's own on them.
import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import type { BenchAddress } from './bench-address.ts'

/** Nobody may kill or pause what is shared. Addresses are empty where there is none: say `needsBench()` on each `describe`. */
export function sharedBench(): BenchAddress {
  return inject('bench')
}

/** Put before topics, groups, transactional ids and subjects, so that files and repeated runs never meet. */
export function freshPrefix(): string {
  return `t${randomUUID().slice(0, 8)}.`
}
