// The list of schema versions that were released: a file in git, so that a version stays named though branches, tags and
// commits come and go. From it an offline check knows what must be followed for ever.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../verb.ts'

/** Topic to the fingerprints of its released versions, the oldest first, each with the release that brought it. */
export type Released = Readonly<Record<string, Readonly<Record<string, string>>>>

export const releasedFile = 'schemas/released.json'

/** The list; empty before the first release. Throws a UserError when it can't be read. */
export function readReleased(root: string): Released {
  try {
    return JSON.parse(readFileSync(join(root, releasedFile), 'utf8')) as Released
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new UserError(`${releasedFile}: expected JSON: ${(error as Error).message}`)
  }
}

export function writeReleased(root: string, released: Released): void {
  const sorted = Object.entries(released).sort(([one], [other]) => (one < other ? -1 : 1))
  writeFileSync(
    join(root, releasedFile),
    `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`,
  )
}
