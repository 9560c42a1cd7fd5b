// quantum dead-letters on an embedded log of the whole topology.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../../cli/run.ts'
import { openExisting } from '../../connectors/embedded/file.ts'
import { appendBytes } from '../../connectors/embedded/operator.ts'
import { openEmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
import type { EmbeddedRuntime } from '../../connectors/embedded/runtime.ts'
import { createCodec } from '../../schemas/codec.ts'
import { deadLetter, orderCommand, orderReport, positionState } from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { DeadLetter } from '../../schemas/types.gen.ts'
import { trading } from '../../topologies/trading.ts'
import { testConfig } from '../kit/given.ts'
import { orderCommandOf, orderReportOf, startMs } from '../kit/records.ts'
import { silentLogger } from '../kit/silent-logger.ts'

const codec = createCodec()
let folder = ''
let path = ''
let runtime: EmbeddedRuntime
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantum-letters-'))
  path = join(folder, 'log.sqlite')
  runtime = openEmbeddedRuntime({
    topology: trading,
    config: testConfig({ log: { path } }),
    wallMs: () => startMs,
    logger: silentLogger,
  })
})
afterEach(() => {
  runtime.abandon()
  rmSync(folder, { recursive: true })
})

async function quantum(...argv: string[]): Promise<{ code: number; out: string }> {
  let out = ''
  const say = (text: string): void => {
    out += `${text}\n`
  }
  const io = { env: {}, now: () => startMs + 60_000, isTty: false, out: say, err: say }
  return { code: await run(['dead-letters', ...argv, '--log', path], io), out }
}

const json = async (...argv: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await quantum(...argv, '--json')).out) as Record<string, unknown>

/** Puts bytes into a topic as another program might. */
function append(topic: Topic, bytes: Buffer): void {
  const db = openExisting(path, 'write')
  db.exec('BEGIN IMMEDIATE')
  appendBytes(db, path, topic, 'main|BTCUSDT', bytes, startMs)
  db.exec('COMMIT')
  db.close()
}

/** A fill in the words of a program that this log does not know yet. */
async function buryFill(): Promise<void> {
  const bytes = codec.encode(orderReport.name, orderReportOf())
  bytes.writeInt32BE(77, 1)
  append(orderReport, bytes)
  await runtime.settle()
}

function learn(topic: Topic): void {
  const db = openExisting(path, 'write')
  const { text } = codec.writerSchema(topic.name)
  db.prepare('INSERT INTO schemas VALUES(?, ?, ?)').run(topic.name, 77, text)
  db.close()
}

describe('list', () => {
  test('counts by class and shows the newest, as filtered', async () => {
    await buryFill()
    append(orderReport, Buffer.from('rubbish'))
    append(orderReport, Buffer.from('more of it'))
    await runtime.settle()
    const { out } = await quantum('list')
    expect(out).toMatch(/ 2 {2}order\.report +UNDECODABLE +trading\.account/)
    expect(out).toMatch(/ 1 {2}order\.report +UNKNOWN_SCHEMA +trading\.account/)
    expect(out).toContain('3 dead letters, 3 shown')
    expect(await json('list', '--cause', 'undecodable', '--limit', '1')).toMatchObject({
      total: 2,
      classes: [{ topic: 'order.report', cause: 'UNDECODABLE', count: 2 }],
      letters: [{ dead_letter: 2, offset: 2 }],
    })
    expect(await json('list', '--topic', 'exchange.tick')).toMatchObject({ total: 0 })
    expect(await json('list', '--since', '59s')).toMatchObject({ total: 0 })
    expect(await json('list', '--since', '61s')).toMatchObject({ total: 3 })
  })

  test('of none says so', async () => {
    expect(await quantum('list')).toEqual({ code: 0, out: 'no dead letters\n' })
  })

  test.each([
    ['--topic', 'order.reprt', /expected a topic \(.*order\.report.*\), was order\.reprt/],
    ['--cause', 'undecodeable', /--cause: expected one of UNDECODABLE, .*, was undecodeable/],
  ])('%s %s is no filter that leaves nothing', async (option, value, words) => {
    for (const action of [['list'], ['replay', '--all']]) {
      const { code, out } = await quantum(...action, option, value)
      expect(code).toBe(2)
      expect(out).toMatch(words)
    }
  })
})

describe('show', () => {
  test('decodes the payload as soon as that can be done, and shows its bytes before', async () => {
    await buryFill()
    const before = await quantum('show', '0')
    expect(before.code).toBe(0)
    expect(before.out).toContain(
      'cause       UNKNOWN_SCHEMA: order.report: schema id 77 is not known',
    )
    expect(before.out).toMatch(/000000 {2}00 00 00 00 4d /)
    learn(orderReport)
    const after = await quantum('show', '0')
    expect(after.out).toContain('"venue_trade_id": "trade-1"')
    expect(after.out).toContain('it may be put back')
    expect(await json('show', '0')).toMatchObject({
      topic: 'order.report',
      payload: { value: orderReportOf() },
      replayed: false,
      replay_refusal: null,
    })
  })

  test('of one that is not there is a finding', async () => {
    expect(await quantum('show', '5')).toEqual({ code: 1, out: 'there is no dead letter 5\n' })
  })
})

describe('replay', () => {
  test('of a lost fill books it, once', async () => {
    await buryFill()
    learn(orderReport)
    expect(await runtime.read(positionState)).toEqual([])
    for (const which of [['--all'], ['--offset', '0'], []])
      expect((await quantum('replay', '--dry-run', ...which)).out).toContain('1 would be put back')
    await runtime.settle()
    expect(await runtime.read(positionState)).toEqual([])
    const first = await quantum('replay', '--offset', '0')
    expect(first).toMatchObject({ code: 0 })
    expect(first.out).toContain('1 put back, 0 were before, 0 refused')
    for (const which of [['--offset', '0'], ['--all']])
      expect((await quantum('replay', ...which)).out).toContain('0 put back, 1 were before')
    await runtime.settle()
    expect(await runtime.read(positionState)).toMatchObject([{ value: { quantity: '1' } }])
    expect((await runtime.read(orderReport)).length).toBe(2)
    expect((await quantum('show', '0')).out).toContain('put back already')
  })

  test('of a command is refused with the reason, sound as it may be, and nothing is written', async () => {
    const value = orderCommandOf()
    const letter: DeadLetter = {
      topic: orderCommand.name,
      partition: 0,
      offset: 0,
      key: orderCommand.keyOf(value),
      processor: 'gateway',
      cause: 'UNDECODABLE',
      detail: '',
      payload_encoding: 'BASE64',
      payload: codec.encode(orderCommand.name, value).toString('base64'),
      at_ms: startMs,
    }
    await runtime.publish(deadLetter, letter)
    await runtime.publish(deadLetter, {
      ...letter,
      payload_encoding: 'JSON',
      payload: JSON.stringify(value),
    })
    const { code, out } = await quantum('replay', '--all')
    expect(code).toBe(1)
    expect(out).toContain('2  refused     order.command: it would send an order to the venue')
    expect(await runtime.read(orderCommand)).toEqual([])
  })

  test('of what would become a dead letter again is refused', async () => {
    append(orderReport, Buffer.from('rubbish'))
    await runtime.settle()
    expect(await json('replay', '--all')).toMatchObject({ replayed: 0, refused: 1 })
    expect((await runtime.read(deadLetter)).length).toBe(1)
  })

  test('of what is no number names it', async () => {
    expect((await quantum('show', 'x')).out).toContain(
      'expected the number of a dead letter, was x',
    )
  })

  test('asks which', async () => {
    for (const argv of [['replay'], ['replay', '--all', '--offset', '1'], ['show'], ['repeat']])
      expect((await quantum(...argv)).code, argv.join(' ')).toBe(2)
  })

  test('of a letter that is not there is a finding', async () => {
    expect((await quantum('replay', '--offset', '9')).code).toBe(1)
  })
})
