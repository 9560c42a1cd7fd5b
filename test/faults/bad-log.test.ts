// Logs and venue files that are damaged, foreign, in use or full, given to the real command: it stops with one clear line
// that names the file, and the file stays as it was.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { exchangeTick } from '../../schemas/topics.ts'
import { faultsAtAnyMoment, faultsWhenSettled, isSettled } from './audit.ts'
import { lively } from './lively.ts'
import { edit, expectRefusal, madeLog, up } from './made-log.ts'
import { readRemains } from './remains.ts'
import { createHome, run, start, waitUntil } from './running.ts'
import type { Home } from './running.ts'
import { witness } from './witness.ts'

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 })

const copied = madeLog()

describe('a log that is not for this start', () => {
  test.each([
    [
      'other partitions',
      { log: { market_partitions: 4 } },
      [/made with market_partitions 1, the configuration says 4/],
    ],
    [
      'other partitions of accounts',
      { log: { account_partitions: 2 } },
      [/made with account_partitions 1, the configuration says 2/],
    ],
  ])('%s are named with both values', async (_, changes, words) => {
    const home = copied()
    const log = { path: home.logPath, ...changes.log }
    expectRefusal(await up(home, { log }), home, words)
    expect((await up(home)).err, 'with the former value it goes on').toBe('')
  })

  test('another environment is named', async () => {
    const home = copied()
    edit(home.logPath, "UPDATE meta SET value = 'LIVE' WHERE name = 'environment'")
    expectRefusal(await up(home), home, [/environment LIVE, the configuration says PAPER/])
  })

  test('a newer format is refused by every verb that opens it', async () => {
    const home = copied()
    edit(home.logPath, "UPDATE meta SET value = '3' WHERE name = 'format_version'")
    const words = [/expected log format 2, was 3; use the program that wrote it/]
    expectRefusal(await up(home), home, words)
    for (const verb of [['map'], ['topics', 'list'], ['explain', 'q1'], ['safe-mode', 'status']])
      expectRefusal(await run([...verb, '--log', home.logPath, '--json']), home, words)
  })

  test('a file that is no log is refused and left alone', async () => {
    const home = createHome()
    const letter =
      'a letter to a friend, long enough to be no database header at all, at least it seems so'
    writeFileSync(home.logPath, letter)
    expectRefusal(await up(home), home, [/it is not a log; check the path/])
    expect(readFileSync(home.logPath, 'utf8')).toBe(letter)
  })

  test('a file with overwritten pages is refused as damaged', async () => {
    const home = copied()
    const bytes = readFileSync(home.logPath)
    bytes.fill(0xa5, 4_096)
    writeFileSync(home.logPath, bytes)
    expectRefusal(await up(home), home, [/its content is damaged; put it aside and restore a copy/])
    expect(readFileSync(home.logPath).equals(bytes), 'it stays as it was').toBe(true)
  })
})

describe('a log in use', () => {
  /** A running owner; `end` ends it in good order. */
  async function owner(home: Home) {
    const first = start(['up', '--config', home.configFile('first.yaml', lively), '--json'])
    const eyes = witness(home.logPath)
    await waitUntil(first, () => eyes.look() > 0, 'a first commit')
    return {
      eyes,
      end: async (): Promise<void> => {
        eyes.look()
        await waitUntil(first, () => eyes.look() > 0, 'the first one to go on')
        first.kill('SIGTERM')
        expect(await first.ended).toMatchObject({ err: '', signal: null })
      },
    }
  }

  test('has one owner: a second start is refused and named the file, and the first one goes on', async () => {
    const home = createHome()
    const { end, eyes } = await owner(home)
    expectRefusal(await up(home), home, [/log\.sqlite: another process runs on it/])
    await end()
    expect(eyes.lost()).toEqual([])
    const remains = await readRemains(home.logPath, home.venuePath)
    expect(faultsAtAnyMoment(remains, 0)).toEqual([])
    expect((await up(home)).err, 'and then it is free').toBe('')
  })

  test('a venue has one owner as well', async () => {
    const home = createHome()
    const { end } = await owner(home)
    const log = { path: join(home.folder, 'other.sqlite') }
    expectRefusal(await up(home, { log }), home, [/venue\.sqlite: another process/])
    await end()
  })
})

describe('a full disk', () => {
  test('ends it with one line that names the file; what was committed stays, and with space it goes on', async () => {
    const home = createHome()
    const config = home.configFile('up.yaml', lively)
    const eyes = witness(home.logPath)
    const full = start(['up', '--config', config, '--for', '60s', '--json'], {
      fileLimitKib: 1_500,
    })
    await waitUntil(
      full,
      () => {
        eyes.look()
        return full.isOver()
      },
      'the disk to be full',
      40_000,
    )
    const end = await full.ended
    expectRefusal(end, home, [
      /(log|venue)\.sqlite: the disk (is full; free space|failed; check it), /,
    ])
    expect(eyes.lost()).toEqual([])
    const remains = await readRemains(home.logPath, home.venuePath)
    expect(remains.of(exchangeTick).length).toBeGreaterThan(0)
    expect(faultsAtAnyMoment(remains, 0)).toEqual([])

    expect((await up(home, {}, '4s')).err).toBe('')
    expect(eyes.lost()).toEqual([])
    const after = await readRemains(home.logPath, home.venuePath)
    expect([...faultsAtAnyMoment(after, Infinity), ...faultsWhenSettled(after)]).toEqual([])
    expect(isSettled(after)).toBe(true)
  })
})

describe('a venue file', () => {
  test.each([
    [
      'of a newer format',
      "UPDATE parts SET json = '2' WHERE name = 'format'",
      /expected format 1, was 2/,
    ],
    [
      'with a damaged account',
      "UPDATE parts SET json = '{' WHERE name = 'account|main'",
      /account\|main/,
    ],
    [
      'without its account',
      "DELETE FROM parts WHERE name = 'account|main'",
      /account main is missing/,
    ],
  ])('%s is refused by name', async (_, sql, word) => {
    const home = copied()
    edit(home.venuePath, sql)
    expectRefusal(await up(home), home, [/venue\.sqlite/, word])
  })

  test('that is gone, or older than the log, is refused in one line, at each start', async () => {
    const home = copied()
    rmSync(home.venuePath)
    for (let i = 0; i < 2; i++) {
      const end = await up(home)
      expect(end.code, end.err).toBe(3)
      expect(end.err.trimEnd().split('\n'), end.err).toHaveLength(1)
      expect(end.err).toMatch(/venue \w+ knows events of main up to 0, this log up to [1-9]\d*: /)
      expect(end.err).toContain('restore the venue, or start a new log')
    }
  })

  test('that is no venue is refused and left alone', async () => {
    const home = copied()
    const letter =
      'a letter to a friend, long enough to be no database header at all, at least it seems so'
    writeFileSync(home.venuePath, letter)
    expectRefusal(await up(home), home, [/venue\.sqlite/])
    expect(readFileSync(home.venuePath, 'utf8')).toBe(letter)
  })
})
