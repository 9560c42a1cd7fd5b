// Dead letters of the embedded log go back into it, once, beside its owner or without one.
import { describe, expect, test } from 'vitest'
import { replayOf } from '../../../connectors/dead-letters.ts'
import type { Replay, StoredLetter } from '../../../connectors/dead-letters.ts'
import { openReplayLog } from '../../../connectors/embedded/dead-letter-replay.ts'
import { openExisting } from '../../../connectors/embedded/file.ts'
import { appendBytes } from '../../../connectors/embedded/operator.ts'
import type { EmbeddedRuntime } from '../../../connectors/embedded/runtime.ts'
import { createCodec } from '../../../schemas/codec.ts'
import { deadLetter, exchangeTick, marketBar } from '../../../schemas/topics.ts'
import type { DeadLetter } from '../../../schemas/types.gen.ts'
import { startMs, tradeOf } from '../../runtimes/sample.ts'
import { temporaryLog } from './temporary-log.ts'

const log = temporaryLog()
const codec = createCodec()

/** An id that no schema has, until `learnSchema`. */
const foreignId = 77

/** Has the runtime bury a tick of a schema that it does not know. */
async function bury(runtime: EmbeddedRuntime, price: number): Promise<StoredLetter> {
  const bytes = codec.encode(exchangeTick.name, tradeOf('BTCUSDT', price, startMs))
  bytes.writeInt32BE(foreignId, 1)
  const db = openExisting(log.path(), 'write')
  db.exec('BEGIN IMMEDIATE')
  appendBytes(db, log.path(), exchangeTick, 'BTCUSDT', bytes, startMs)
  db.exec('COMMIT')
  db.close()
  await runtime.settle()
  const [record] = await runtime.read(deadLetter, { newest: true, limit: 1 })
  return { partition: 0, offset: record!.offset, letter: record!.value as DeadLetter }
}

function learnSchema(): void {
  const db = openExisting(log.path(), 'write')
  const { text } = codec.writerSchema(exchangeTick.name)
  db.prepare('INSERT INTO schemas VALUES(?, ?, ?)').run(exchangeTick.name, foreignId, text)
  db.close()
}

async function readyToReplay(letter: StoredLetter): Promise<Replay> {
  const replayLog = openReplayLog(log.path(), () => startMs + 5)
  const one = await replayOf(replayLog, letter)
  await replayLog.close()
  if ('refused' in one) throw new Error(one.refused)
  return one
}

async function replayed(...replays: Replay[]): Promise<unknown[]> {
  const replayLog = openReplayLog(log.path(), () => startMs + 5)
  try {
    return [...(await replayLog.replay(replays)).values()]
  } finally {
    await replayLog.close()
  }
}

describe('a dead letter of the embedded log', () => {
  test('put back twice is processed once', async () => {
    const runtime = log.open()
    const letter = await bury(runtime, 90)
    learnSchema()
    const replay = await readyToReplay(letter)
    expect(await replayed(replay)).toEqual(['replayed'])
    expect(await replayed(replay)).toEqual(['before'])
    await runtime.settle()
    expect((await runtime.read(exchangeTick)).map(({ at_ms }) => at_ms)).toEqual([
      startMs,
      startMs + 5,
    ])
    expect(await runtime.read(marketBar)).toMatchObject([{ value: { close: 90 } }])
  })

  test('is put back once, however many letters its record has', async () => {
    const runtime = log.open()
    const letter = await bury(runtime, 90)
    learnSchema()
    const replay = await readyToReplay(letter)
    const other = { ...replay, of: { ...letter, offset: letter.offset + 1 } }
    expect(await replayed(replay, other)).toEqual(['replayed', 'before'])
    await runtime.settle()
    expect((await runtime.read(marketBar)).length).toBe(1)
  })

  test('is put back while nobody runs on the log, and processed at the next start', async () => {
    const runtime = log.open()
    const letter = await bury(runtime, 90)
    await runtime.close()
    learnSchema()
    expect(await replayed(await readyToReplay(letter))).toEqual(['replayed'])
    const next = log.open()
    await next.settle()
    expect(await next.read(marketBar)).toMatchObject([{ value: { close: 90 } }])
  })

  test('is known as put back before anybody tries', async () => {
    const runtime = log.open()
    const letters = [await bury(runtime, 90), await bury(runtime, 91)]
    learnSchema()
    await replayed(await readyToReplay(letters[0]!))
    const replayLog = openReplayLog(log.path(), () => startMs)
    expect([...(await replayLog.before(letters))]).toEqual([letters[0]])
    await replayLog.close()
  })

  test('that can’t be read yet is refused, and nothing is written', async () => {
    const runtime = log.open()
    const letter = await bury(runtime, 90)
    const replayLog = openReplayLog(log.path(), () => startMs)
    expect(await replayOf(replayLog, letter)).toMatchObject({
      refused: expect.stringContaining('schema id 77 is not known') as string,
    })
    await replayLog.close()
  })
})
