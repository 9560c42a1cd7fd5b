// Logs and venue files that are damaged, foreign or in use, given to the real command. What can go on goes on and keeps the
// bad record as a dead letter; what can't stops with one clear line, and the file stays as it was.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { openExisting } from '../../connectors/embedded/file.ts'
import { appendBytes } from '../../connectors/embedded/operator.ts'
import { openReader } from '../../connectors/embedded/reader.ts'
import { createCodec } from '../../schemas/codec.ts'
import { deadLetter, exchangeTick, orderReport, topics, tradeClosed } from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { DeadLetter } from '../../schemas/types.gen.ts'
import { trading } from '../../topologies/trading.ts'
import { orderReportOf } from '../kit/records.ts'
import { faultsAtAnyMoment, faultsWhenSettled, isSettled, readRemains } from './audit.ts'
import { lively, quiet } from './lively.ts'
import { createHome, run, start, waitUntil, witness } from './running.ts'
import type { Ended, Home } from './running.ts'

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

/** A log and a venue that three seconds of trading have made; each test has a copy. */
let made: Home

beforeAll(async () => {
  made = createHome('file')
  await run(['up', '--config', made.configFile('up.yaml', lively), '--for', '3s', '--json'])
  const end = await run(['up', '--config', made.configFile('quiet.yaml', quiet), '--for', '3s'])
  expect(end.err).toBe('')
  expect(readRemains(made.logPath, made.venuePath).of(tradeClosed).length).toBeGreaterThan(0)
})

function copied(): Home {
  const home = createHome()
  cpSync(made.logPath, home.logPath)
  cpSync(made.venuePath, home.venuePath)
  return home
}

const up = (home: Home, settings: object = {}, time = '400ms'): Promise<Ended> =>
  run([
    'up',
    '--config',
    home.configFile('up.yaml', { ...quiet, ...settings }),
    '--for',
    time,
    '--json',
  ])

const edit = (path: string, sql: string, ...values: (string | Uint8Array)[]): void => {
  const db = new DatabaseSync(path)
  const { changes } = db.prepare(sql).run(...values)
  db.close()
  expect(changes, sql).toBeGreaterThan(0)
}

function expectRefusal(
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
    edit(home.logPath, "UPDATE meta SET value = '2' WHERE name = 'format_version'")
    const words = [/expected log format 1, was 2; use the program that wrote it/]
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
    const remains = readRemains(home.logPath, home.venuePath)
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

describe('records that can not be read', () => {
  const inputs = new Map<Topic, string>()
  for (const sub of trading.subTopologies)
    for (const topic of sub.inputs) inputs.set(topic, `trading.${sub.name}`)
  const commands = topics.find((topic) => topic.name === 'order.command')!
  inputs.set(commands, 'gateway')

  test('each becomes one dead letter with its cause and place, on every topic that somebody reads, and all go on', async () => {
    const home = copied()
    const codec = createCodec()
    const planted: string[] = []
    const db = openExisting(home.logPath, 'write')
    for (const [topic, reader] of inputs) {
      const unknown = Buffer.from([0, 0x12, 0x34, 0x56, 0x78, 1, 2, 3])
      const { id } = codec.writerSchema(topic.name)
      const broken = Buffer.from([0, 0, 0, 0, 0, 0xff])
      broken.writeInt32BE(id, 1)
      const key = keyOf(topic)
      for (const [cause, bytes] of [
        ['UNKNOWN_SCHEMA', unknown],
        ['UNDECODABLE', broken],
        ['UNDECODABLE', Buffer.from('not a record at all')],
      ] as const) {
        const offset = appendBytes(db, home.logPath, topic, key, bytes, Date.now())
        planted.push(`${topic.name}@${offset} ${reader} ${cause}`)
      }
    }
    // One digit of an amount: everything else about the record is right.
    const fill = Buffer.from(codec.encode(orderReport.name, orderReportOf({ fee_usd: '0.0512' })))
    fill.write('$', fill.indexOf('0.0512') + 3)
    const at = appendBytes(db, home.logPath, orderReport, keyOf(orderReport), fill, Date.now())
    planted.push(`order.report@${at} trading.account UNDECODABLE`)
    db.close()
    const before = readRemains(home.logPath, home.venuePath)

    const end = await up(home)
    expect(end.err).toBe('')
    const reader = openReader(home.logPath)
    const letters = reader.read(deadLetter).map(({ value }) => value as DeadLetter)
    expect(namesOf(letters.filter((one) => one.processor !== 'table'))).toEqual(planted.sort())
    for (const letter of letters) expect(letter.detail).toContain(letter.topic)
    const behind = reader.lag().filter((one) => one.lag > 0)
    // Ticks of the last few milliseconds wait for the next start.
    expect(behind.filter((one) => one.topic !== 'exchange.tick')).toEqual([])
    expect(behind.every((one) => one.lag < 100)).toBe(true)
    reader.close()
    const remains = readRemains(home.logPath, home.venuePath)
    expect(remains.of(exchangeTick).length).toBeGreaterThan(before.of(exchangeTick).length)
    const places = planted.map((one) => one.split(' ')[0]?.replace('@', '/0@') ?? '')
    const others = remains.faults.filter(
      (fault) => !places.some((at) => fault.startsWith(`${at}:`)),
    )
    expect(others, 'nothing else is unreadable').toEqual([])
    expect(faultsAtAnyMoment({ ...remains, faults: [] }, Infinity)).toEqual([])
    // A last value stays what it is until a new one comes, so a start says it again; a record is taken once.
    expect((await up(home)).err).toBe('')
    const later = readRemains(home.logPath, home.venuePath).of(deadLetter)
    expect(namesOf(later.filter((one) => one.processor !== 'table'))).toEqual(planted)
    for (const one of later.filter((letter) => letter.processor === 'table'))
      expect(topics.find((topic) => topic.name === one.topic)?.kind).toBe('compacted')
  })

  test('an old one whose bytes were overwritten is shown with its fault, and the rest is there', async () => {
    const home = copied()
    edit(
      home.logPath,
      "UPDATE records SET value = zeroblob(length(value)) WHERE topic = 'trade.closed' AND offset = 0",
    )
    const dump = await run(['topics', 'dump', 'trade.closed', '--log', home.logPath])
    expect(dump).toMatchObject({ code: 0, err: '' })
    const lines = dump.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { fault?: string })
    expect(lines.filter((line) => line.fault !== undefined).length).toBe(1)
    expect(lines[0]?.fault).toContain('trade.closed')
    expect((await up(home)).err).toBe('')
    for (const verb of [['map'], ['explain', 'nothing-of-that-name']])
      expect((await run([...verb, '--log', home.logPath])).err).not.toMatch(/^\s+at /m)
  })

  test('a state of a processor stops the start by name: nothing goes on as if there were no position', async () => {
    const home = copied()
    edit(
      home.logPath,
      "UPDATE latest SET value = x'00ff' WHERE topic = 'execution_gates.changelog' AND key = 'main'",
    )
    const before = readFileSync(home.logPath)
    expectRefusal(await up(home), home, [
      /the state execution_gates\.changelog of main can't be restored/,
    ])
    expect(readFileSync(home.logPath).equals(before), 'nothing was written').toBe(true)
  })

  test('an entry of a table is a dead letter, and what needs it is refused until it comes anew', async () => {
    const home = copied()
    edit(
      home.logPath,
      "UPDATE latest SET value = x'00ff' WHERE topic = 'mark.state' AND key = 'BTCUSDT'",
    )
    expect((await up(home)).err).toBe('')
    const reader = openReader(home.logPath)
    const letters = reader.read(deadLetter).map(({ value }) => value as DeadLetter)
    expect(letters).toMatchObject([{ topic: 'mark.state', key: 'BTCUSDT', processor: 'table' }])
    expect(reader.latest(topics.find((one) => one.name === 'mark.state')!)).toMatchObject([
      { key: 'BTCUSDT', fault: null },
      { key: 'ETHUSDT', fault: null },
      { key: 'SOLUSDT', fault: null },
    ])
    reader.close()
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
    const remains = readRemains(home.logPath, home.venuePath)
    expect(remains.of(exchangeTick).length).toBeGreaterThan(0)
    expect(faultsAtAnyMoment(remains, 0)).toEqual([])

    expect((await up(home, {}, '4s')).err).toBe('')
    expect(eyes.lost()).toEqual([])
    const after = readRemains(home.logPath, home.venuePath)
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

  test('that is no venue is refused and left alone', async () => {
    const home = copied()
    const letter =
      'a letter to a friend, long enough to be no database header at all, at least it seems so'
    writeFileSync(home.venuePath, letter)
    expectRefusal(await up(home), home, [/venue\.sqlite/])
    expect(readFileSync(home.venuePath, 'utf8')).toBe(letter)
  })
})

const namesOf = (letters: readonly DeadLetter[]): string[] =>
  letters.map((one) => `${one.topic}@${one.offset} ${one.processor} ${one.cause}`).sort()

const keyOf = (topic: Topic): string =>
  topic.domain === 'ops' ? 'any' : topic.domain === 'account' ? 'main|BTCUSDT' : 'BTCUSDT'
