// What may be put back. That it is put back once is tested on each log.
import { describe, expect, test } from 'vitest'
import { endedNotes, replayNotes, replayOf, replayRefusal } from '../../connectors/dead-letters.ts'
import type { ReplayLog, StoredLetter } from '../../connectors/dead-letters.ts'
import { createCodec } from '../../schemas/codec.ts'
import { orderReport, topics } from '../../schemas/topics.ts'
import type { DeadLetter } from '../../schemas/types.gen.ts'
import { orderReportOf } from '../kit/records.ts'

const codec = createCodec()
const log: Pick<ReplayLog, 'decode' | 'encode'> = {
  decode: async (topic, bytes) => codec.decode(topic, bytes),
  encode: async (topic, value) => codec.encode(topic, value),
}

function letterOf(changes: Partial<DeadLetter>): StoredLetter {
  const letter: DeadLetter = {
    topic: orderReport.name,
    partition: 0,
    offset: 7,
    key: 'main|BTCUSDT',
    processor: 'trading.account',
    cause: 'UNDECODABLE',
    detail: '',
    payload_encoding: 'BASE64',
    payload: codec.encode(orderReport.name, orderReportOf()).toString('base64'),
    at_ms: 1,
    ...changes,
  }
  return { partition: 0, offset: 3, letter }
}

const refusalOf = async (changes: Partial<DeadLetter>): Promise<string> => {
  const one = await replayOf(log, letterOf(changes))
  return 'refused' in one ? one.refused : 'none'
}

describe('a dead letter goes back', () => {
  test('with the bytes and the key that it had', async () => {
    const { letter, ...place } = letterOf({})
    expect(await replayOf(log, { letter, ...place })).toEqual({
      of: { letter, ...place },
      topic: orderReport,
      key: 'main|BTCUSDT',
      bytes: Buffer.from(letter.payload, 'base64'),
    })
  })

  test('encoded anew under the key of its value, when it never reached the log', async () => {
    const report = orderReportOf({ symbol: 'ETHUSDT' })
    const payload = JSON.stringify(report)
    const of = letterOf({ payload_encoding: 'JSON', payload, key: '', partition: -1, offset: -1 })
    const one = await replayOf(log, of)
    expect(one).toMatchObject({ key: 'main|ETHUSDT' })
    if ('refused' in one) throw new Error(one.refused)
    expect(codec.decode(orderReport.name, one.bytes)).toEqual(report)
  })
})

describe('a dead letter stays', () => {
  test('while its bytes can’t be read: it would come back', async () => {
    const payload = Buffer.from([1, 2, 3]).toString('base64')
    expect(await refusalOf({ payload })).toMatch(/^it still is no record of order\.report: /)
    expect(await refusalOf({ payload: '' })).toMatch(/^it still is no record/)
  })

  test('while its value does not fit the schema', async () => {
    const payload = JSON.stringify({ ...orderReportOf(), symbol: 5 })
    expect(await refusalOf({ payload_encoding: 'JSON', payload })).toMatch(/symbol/)
    expect(await refusalOf({ payload_encoding: 'JSON', payload: 'undefined' })).toMatch(/JSON/)
  })

  test('when no topic has its name', async () => {
    expect(await refusalOf({ topic: 'order.reports' })).toContain('no topic has this name')
  })

  test.each([
    'order.command',
    'trade.intent',
    'exit.signal',
    'ai.signal_generated',
    'price.update',
    'market.bar',
    'reconcile.report',
    'safe_mode.command',
  ])('when it leads to an order or to what one is decided by: %s', async (topic) => {
    expect(await refusalOf({ topic })).toMatch(new RegExp(`^${topic}: .{10}`))
  })
})

describe('topics that take records back', () => {
  test('are events that were found safe; every other topic says why not', () => {
    const taking = topics.filter((topic) => replayRefusal(topic) === null)
    expect(taking.map(({ name }) => name).sort()).toEqual([
      'account.snapshot',
      'exchange.tick',
      'execution.result',
      'exit.level_changed',
      'exitbrain.pnl',
      'funding.paid',
      'order.report',
      'rl.feedback',
      'rl.shadow',
      'signal.refused',
      'trade.closed',
    ])
  })

  test('are no states: an old one would replace a newer one', () => {
    for (const topic of topics.filter(({ kind }) => kind !== 'event'))
      expect(replayRefusal(topic), topic.name).not.toBeNull()
  })

  test('a topic that nobody has thought about takes none', () => {
    expect(replayRefusal({ ...orderReport })).toBe('nobody has said that this is safe')
  })
})

describe('notes of replays', () => {
  test('name the letter and the record: two letters of one record are one replay', () => {
    const [one, other] = [letterOf({}), { ...letterOf({}), offset: 4 }]
    expect(replayNotes(one)).toEqual(['replayed|0|3', 'record|order.report|0|7'])
    expect(replayNotes(other)).toEqual(['replayed|0|4', 'record|order.report|0|7'])
  })

  test('name the letter alone when its record never reached the log', () => {
    expect(replayNotes(letterOf({ partition: -1, offset: -1 }))).toEqual(['replayed|0|3'])
  })

  test('end when nobody can ask for them any more', () => {
    const dayMs = 86_400_000
    const notes = new Map([
      ['replayed|0|3', '0 order.report'],
      ['replayed|0|4', '0 order.report'],
      ['record|order.report|0|7', '0 order.report'],
      ['record|order.report|0|8', `${String(dayMs)} order.report`],
    ])
    expect(endedNotes(notes, 4, 60 * dayMs + 1)).toEqual([
      'replayed|0|3',
      'record|order.report|0|7',
    ])
  })
})
