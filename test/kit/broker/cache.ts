// What tests download once: a git-ignored folder of the checkout.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Where downloads stay from one run to the next. */
export const cacheDirectory = join(import.meta.dirname, '..', '..', '..', '.cache')

/**
 * The folder, filled by the first call. Several runs may want it at once: each fills a folder of its own, and the first to
 * finish gives it the name, so a folder with the name is always whole.
 */
export async function cached(
  target: string,
  fill: (directory: string) => Promise<void>,
): Promise<string> {
  if (existsSync(target)) return target
  mkdirSync(dirname(target), { recursive: true })
  const directory = mkdtempSync(`${target}.part-`)
  try {
    await fill(directory)
    if (!existsSync(target)) renameSync(directory, target)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  return target
}
