// The embedded runtime when it runs by itself: commits in time, ticks, operators, failures.
import { describe, expect, test, vi } from 'vitest'
import { openExisting } from '../../../connectors/embedded/file.ts'
import { appendBytes, openOperatorLog } from '../../../connectors/embedded/operator.ts'
import { openReader } from '../../../connectors/embedded/reader.ts'
import { createCodec } from '../../../schemas/codec.ts'
import {
  deadLetter,
  exchangeTick,
  marketBar,
  markState,
  safeModeCommand,
  safeModeState,
  topologyHeartbeat,
} from '../../../schemas/topics.ts'
import { testConfig } from '../../kit/given.ts'
import { markOf } from '../../kit/records.ts'
import { commandOf, sampleOutputs, startMs, tradeOf } from '../../runtimes/sample.ts'
import { temporaryLog } from './temporary-log.ts'

const log = temporaryLog()

describe('a running runtime', () => {
  test('commits what was published and what follows from it, and answers when it is durable', async () => {
    const runtime = log.open()
    runtime.start()
    await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 101, startMs))
    const reader = openReader(log.path())
    const found = await Promise.all(sampleOutputs.map((topic) => reader.read(topic)))
    expect(found.map((records) => records.length)).toEqual([1, 1, 1, 1])
    await reader.close()
  })

  test('commits together what arrives together', async () => {
    const runtime = log.open()
    runtime.start()
    const sizes: number[] = []
    runtime.onCommit((records) =>
      sizes.push(records.filter((r) => r.topic === 'exchange.tick').length),
    )
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        runtime.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs + i)),
      ),
    )
    expect(sizes.filter((size) => size > 0)).toEqual([50])
  })

  test('urgent work does not wait for the commit interval', async () => {
    const runtime = log.open({ log: { commit_interval_ms: 1_000 } })
    // The tick of this second is over: only the commit interval and urgency are left.
    await runtime.tick(startMs)
    runtime.start()
    await new Promise(setImmediate)
    const answered: string[] = []
    const slow = runtime.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs))
    void slow.then(() => answered.push('slow'))
    await runtime.write({ notes: { owner: 'desk', entries: [['a', 'b']] }, urgent: true })
    await slow
    expect(answered, 'it went along').toEqual(['slow'])
  }, 900)

  test('takes a long backlog in bounded transactions, and lets others have their turn between', async () => {
    const idle = log.open()
    await idle.write({
      records: Array.from({ length: 3_000 }, (_, i) => ({
        topic: exchangeTick,
        value: tradeOf('BTCUSDT', 90, startMs + i),
      })),
    })
    await idle.close()
    const runtime = log.open({ log: { max_batch: 100 } })
    const sizes: number[] = []
    let turns = 0
    const turn = setInterval(() => turns++, 0)
    const done = new Promise<void>((resolve) => {
      let bars = 0
      runtime.onCommit((records) => {
        const size = records.filter((r) => r.topic === 'market.bar').length
        sizes.push(size)
        bars += size
        if (bars === 3_000) resolve()
      })
    })
    runtime.start()
    await done
    clearInterval(turn)
    expect(Math.max(...sizes)).toBe(100)
    expect(turns).toBeGreaterThan(5)
  })

  test('ticks by the wall clock on whole intervals, and catches up with one tick after a pause', async () => {
    let wallMs = startMs + 400
    const runtime = log.open({ wallMs: () => wallMs })
    runtime.start()
    const beats = async (): Promise<number[]> => {
      const records = await runtime.read(topologyHeartbeat)
      return [...new Set(records.map((r) => r.at_ms))]
    }
    await vi.waitFor(async () => expect(await beats()).toEqual([startMs]), { interval: 5 })
    wallMs = startMs + 60_999
    await vi.waitFor(async () => expect(await beats()).toEqual([startMs, startMs + 60_000]), {
      interval: 5,
    })
  })

  test('an operator in another process is heard at once', async () => {
    const runtime = log.open()
    runtime.start()
    await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs))
    const operator = openOperatorLog(log.path())
    const command = commandOf('by hand', true, startMs)
    expect(await operator.append(safeModeCommand, command, startMs)).toBe(0)
    await operator.close()
    await vi.waitFor(
      async () =>
        expect((await runtime.table(safeModeState)).get('main')).toMatchObject({
          reason: 'by hand',
        }),
      { interval: 5 },
    )
    await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 101, startMs + 1))
    const commands = await runtime.read(safeModeCommand)
    expect(
      commands.map((r) => r.offset),
      'offsets go on behind the operator’s',
    ).toEqual([0, 1])
    const bars = (await runtime.read(marketBar)).map((r) => (r.value as { gap: boolean }).gap)
    expect(bars, 'the table has it, too').toEqual([false, true])
  })

  test('a table takes over what another process wrote, and leaves out what can not be decoded', async () => {
    const runtime = log.open()
    const mark = createCodec().encode('mark.state', markOf({ price: 77 }))
    const db = openExisting(log.path(), 'write')
    appendBytes(db, log.path(), markState, 'BTCUSDT', mark, startMs)
    appendBytes(db, log.path(), markState, 'ETHUSDT', Uint8Array.of(7), startMs)
    db.close()
    await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs))
    await runtime.publish(exchangeTick, tradeOf('ETHUSDT', 90, startMs))
    await runtime.settle()
    const bars = (await runtime.read(marketBar)).map((r) => (r.value as { open: number }).open)
    expect(bars).toEqual([77, 0])
    expect((await runtime.read(deadLetter)).map((r) => r.key)).toEqual(['mark.state'])
  })

  test('an operator may write the topics of operators only, and only to a log that is there', async () => {
    expect(() => openOperatorLog(log.path())).toThrow('could not be opened')
    const runtime = log.open()
    const operator = openOperatorLog(log.path())
    await expect(operator.append(exchangeTick, tradeOf('BTCUSDT', 1, 0), 0)).rejects.toThrow(
      'may not write it',
    )
    const unfit = commandOf(7 as never, true, startMs)
    await expect(operator.append(safeModeCommand, unfit, startMs)).rejects.toThrow('reason')
    const fit = commandOf('x', true, startMs)
    expect(await operator.append(safeModeCommand, fit, startMs), 'goes on').toBe(0)
    await operator.close()
    await runtime.settle()
    expect((await runtime.read(safeModeCommand)).length).toBe(1)
  })

  test('an error stops it loudly: everybody who waits hears of it, and nothing goes on', async () => {
    const runtime = log.open({
      atStep(step) {
        if (step === 'PROCESSED') throw new Error('a bug')
      },
    })
    runtime.start()
    const heard = runtime.stopped.then(
      () => 'ended',
      (error: Error) => error.message,
    )
    await expect(runtime.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs))).rejects.toThrow(
      'a bug',
    )
    expect(await heard).toBe('a bug')
    await expect(runtime.publish(exchangeTick, tradeOf('BTCUSDT', 91, startMs))).rejects.toThrow(
      'stopped',
    )
    expect(await log.open().read(exchangeTick)).toEqual([])
  })

  test('close writes what was promised, ends the run, and can be called twice', async () => {
    const runtime = log.open({ log: { commit_interval_ms: 1_000 } })
    runtime.start()
    const promised = runtime.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs))
    await runtime.close()
    await runtime.close()
    await promised
    await runtime.stopped
    await expect(runtime.settle()).rejects.toThrow('closed')
    expect((await log.open().read(exchangeTick)).length).toBe(1)
  }, 900)

  test('a configuration without waiting commits each turn', async () => {
    const config = testConfig({ log: { path: log.path(), commit_interval_ms: 0 } })
    const runtime = log.open({ config })
    runtime.start()
    await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs))
    expect((await runtime.read(marketBar)).length).toBe(1)
  })
})
