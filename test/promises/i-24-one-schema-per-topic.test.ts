// I-24: the exit monitor ignored all results: its reader expected a nested field, the writer used flat ones.
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { createCodec } from '../../schemas/codec.ts'
import { exchangeTick, safeModeCommand, topics } from '../../schemas/topics.ts'
import { temporaryLog } from '../connectors/embedded/temporary-log.ts'
import { commandOf, startMs, tradeOf } from '../runtimes/sample.ts'

const log = temporaryLog()
const codec = createCodec()

describe('I-24: one envelope, and one schema for each topic', () => {
  test('every topic has a schema, and no two schemas have one id', () => {
    const ids = topics.map((topic) => codec.writerSchema(topic.name).id)
    expect(new Set(ids).size).toBe(topics.length)
  })

  test('every record in a log names a schema that the log has', async () => {
    const runtime = log.open()
    await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 101, startMs))
    await runtime.tick(startMs + 10_000)
    await runtime.close()
    const db = new DatabaseSync(log.path(), { readOnly: true })
    const written = db
      .prepare('SELECT topic, value FROM records UNION ALL SELECT topic, value FROM latest')
      .all() as { topic: string; value: Uint8Array }[]
    const known = db.prepare('SELECT id FROM schemas WHERE topic = ?')
    expect(new Set(written.map((row) => row.topic)).size).toBeGreaterThan(6)
    for (const { topic, value } of written) {
      const id = Buffer.from(value).readInt32BE(1)
      expect(
        known.all(topic).map((row) => row['id']),
        topic,
      ).toContain(id)
    }
    db.close()
  })

  test.each([
    ['wrapped in an envelope of its own', { data: commandOf('x', true, 1) }],
    ['under another name', { ...commandOf('x', true, 1), active: undefined, is_active: true }],
    ['as a text', JSON.stringify(commandOf('x', true, 1))],
  ])('a record %s can not be written', async (_, value) => {
    const runtime = log.open()
    await expect(runtime.publish(safeModeCommand, value as never)).rejects.toThrow(
      'safe_mode.command',
    )
    expect(await runtime.read(safeModeCommand)).toEqual([])
  })
})
