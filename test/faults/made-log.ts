// A log and a venue that some seconds of trading have made, to be damaged: each test has a copy of its own.
import { cpSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, expect } from 'vitest'
import { tradeClosed } from '../../schemas/topics.ts'
import { lively, quiet } from './lively.ts'
import { readRemains } from './remains.ts'
import { createHome, run } from './running.ts'
import type { Ended, Home } from './running.ts'

/** Trades before all tests of the file; the function gives a copy. */
export function madeLog(): () => Home {
  let made: Home
  beforeAll(async () => {
    made = createHome('file')
    await run(['up', '--config', made.configFile('up.yaml', lively), '--for', '2s', '--json'])
    const end = await up(made, {}, '2s')
    expect(end.err).toBe('')
    const remains = await readRemains(made.logPath, made.venuePath)
    expect(remains.of(tradeClosed).length).toBeGreaterThan(0)
  }, 90_000)
  return () => {
    const home = createHome()
    cpSync(made.logPath, home.logPath)
    cpSync(made.venuePath, home.venuePath)
    return home
  }
}

/** Runs on it for a moment without a new entry. */
export const up = (home: Home, settings: object = {}, time = '400ms'): Promise<Ended> =>
  run([
    'up',
    '--config',
    home.configFile('up.yaml', { ...quiet, ...settings }),
    '--for',
    time,
    '--json',
  ])

/** Changes what is in a file behind its owner's back. */
export const edit = (path: string, sql: string, ...values: (string | Uint8Array)[]): void => {
  const db = new DatabaseSync(path)
  const { changes } = db.prepare(sql).run(...values)
  db.close()
  expect(changes, sql).toBeGreaterThan(0)
}

/** One line that names the file, no stack, and the exit code. */
export function expectRefusal(
  end: Ended,
  home: Home,
  words: readonly (string | RegExp)[],
  code = 3,
): void {
  expect(end.code, end.err).toBe(code)
  const { error } = JSON.parse(end.out.trimEnd().split('\n').at(-1) ?? '') as { error: string }
  expect(end.err).not.toMatch(/^\s+at /m)
  expect(error).toContain(home.folder)
  for (const word of words) expect(error).toMatch(word)
}
