// Records in the log that can not be read: what can go on goes on and keeps the record as a dead letter with its cause; what
// can't, a state of a processor, stops the start.
import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { openExisting } from '../../connectors/embedded/file.ts'
import { appendBytes } from '../../connectors/embedded/operator.ts'
import { openReader } from '../../connectors/embedded/reader.ts'
import { createCodec } from '../../schemas/codec.ts'
import { deadLetter, exchangeTick, orderReport, topics } from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { DeadLetter } from '../../schemas/types.gen.ts'
import { trading } from '../../topologies/trading.ts'
import { orderReportOf } from '../kit/records.ts'
import { faultsAtAnyMoment } from './audit.ts'
import { edit, expectRefusal, madeLog, up } from './made-log.ts'
import { readRemains } from './remains.ts'
import { run } from './running.ts'

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 })

const copied = madeLog()

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
    const before = await readRemains(home.logPath, home.venuePath)

    const end = await up(home)
    expect(end.err).toBe('')
    const reader = openReader(home.logPath)
    const letters = (await reader.read(deadLetter)).map(({ value }) => value as DeadLetter)
    expect(namesOf(letters.filter((one) => one.processor !== 'table'))).toEqual(planted.sort())
    for (const letter of letters) expect(letter.detail).toContain(letter.topic)
    const behind = (await reader.lag(Date.now())).filter((one) => one.lag > 0)
    // Ticks of the last few milliseconds wait for the next start.
    expect(behind.filter((one) => one.topic !== 'exchange.tick')).toEqual([])
    expect(behind.every((one) => one.lag < 100)).toBe(true)
    await reader.close()
    const remains = await readRemains(home.logPath, home.venuePath)
    expect(remains.of(exchangeTick).length).toBeGreaterThan(before.of(exchangeTick).length)
    const places = planted.map((one) => one.split(' ')[0]?.replace('@', '/0@') ?? '')
    const others = remains.faults.filter(
      (fault) => !places.some((at) => fault.startsWith(`${at}:`)),
    )
    expect(others, 'nothing else is unreadable').toEqual([])
    expect(faultsAtAnyMoment({ ...remains, faults: [] }, Infinity)).toEqual([])
    // A last value stays what it is until a new one comes, so a start says it again; a record is taken once.
    expect((await up(home)).err).toBe('')
    const later = (await readRemains(home.logPath, home.venuePath)).of(deadLetter)
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
    const letters = (await reader.read(deadLetter)).map(({ value }) => value as DeadLetter)
    expect(letters).toMatchObject([{ topic: 'mark.state', key: 'BTCUSDT', processor: 'table' }])
    expect(await reader.latest(topics.find((one) => one.name === 'mark.state')!)).toMatchObject([
      { key: 'BTCUSDT', fault: null },
      { key: 'ETHUSDT', fault: null },
      { key: 'SOLUSDT', fault: null },
    ])
    await reader.close()
  })
})

const namesOf = (letters: readonly DeadLetter[]): string[] =>
  letters.map((one) => `${one.topic}@${one.offset} ${one.processor} ${one.cause}`).sort()

const keyOf = (topic: Topic): string =>
  topic.domain === 'ops' ? 'any' : topic.domain === 'account' ? 'main|BTCUSDT' : 'BTCUSDT'
