// The log's file: made for one configuration, opened by programs that understand it, whole after every failure.
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { openReader } from '../../../connectors/embedded/reader.ts'
import { exchangeTick, marketBar, markState } from '../../../schemas/topics.ts'
import { testConfig } from '../../kit/given.ts'
import { startMs, tradeOf } from '../../runtimes/sample.ts'
import { temporaryLog } from './temporary-log.ts'

const log = temporaryLog()

describe('the id of a log', () => {
  const idOf = async (): Promise<string | null> => {
    const reader = openReader(log.path())
    const { logId } = await reader.meta()
    await reader.close()
    return logId
  }

  test('is made with the log and stays; another one at the same path has another', async () => {
    log.open().abandon()
    const first = await idOf()
    expect(first).toMatch(/^[0-9a-f-]{36}$/)
    log.open().abandon()
    expect(await idOf()).toBe(first)
    for (const end of ['', '-wal', '-shm', '.lock']) rmSync(log.path() + end, { force: true })
    log.open().abandon()
    expect(await idOf()).toMatch(/^[0-9a-f-]{36}$/)
    expect(await idOf()).not.toBe(first)
  })

  test('is given to a log of an earlier program, once', async () => {
    log.open().abandon()
    edit("DELETE FROM meta WHERE name = 'log_id'")
    log.open().abandon()
    const given = await idOf()
    log.open().abandon()
    expect(await idOf()).toBe(given)
  })
})

describe('a log that does not fit', () => {
  test.each([
    ['market partitions', { log: { market_partitions: 2 } }, /market_partitions 1.* says 2/],
    ['account partitions', { log: { account_partitions: 3 } }, /account_partitions 1.* says 3/],
  ])('other %s are refused, and named', (_, changes, message) => {
    log.open().abandon()
    expect(() => log.open(changes)).toThrow(message)
  })

  test('another environment is refused: paper and live never share a log', () => {
    log.open().abandon()
    const live = testConfig({ environment: 'LIVE', log: { path: log.path() } })
    expect(() => log.open({ config: live })).toThrow(/environment PAPER.* says LIVE/)
  })

  test('a topic that changed its kind is refused under its old name', () => {
    log.open().abandon()
    edit("UPDATE topics SET kind = 'event' WHERE name = 'mark.state'")
    expect(() => log.open()).toThrow(/mark\.state is event .* new name/)
  })

  test('a newer format is refused by name, also for readers', () => {
    log.open().abandon()
    edit("UPDATE meta SET value = '3' WHERE name = 'format_version'")
    expect(() => log.open()).toThrow(/log format 2, was 3/)
    expect(() => openReader(log.path())).toThrow(/log format 2, was 3/)
  })

  test('a file that is no log is refused and left alone', () => {
    writeFileSync(log.path(), 'a letter to a friend, long enough to be no database header at all')
    expect(() => log.open()).toThrow(/log\.sqlite: it is not a log/)
    expect(statSync(log.path()).size).toBe(65)
    expect(() => openReader(log.path())).toThrow(/log\.sqlite: it is not a log/)
  })

  test('a path that can not be made is refused by name', () => {
    writeFileSync(log.path(), '')
    expect(() => log.open({ log: { path: `${log.path()}/deeper/log.sqlite` } })).toThrow(/deeper/)
  })

  test('a missing log is an error for a reader, and no empty one is made', () => {
    expect(() => openReader(log.path())).toThrow(/log\.sqlite: it could not be opened/)
    expect(() => statSync(log.path())).toThrow('ENOENT')
  })

  test('a state that can not be restored stops the start: nothing goes on as if there were none', async () => {
    const runtime = log.open()
    await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs))
    await runtime.settle()
    await runtime.close()
    edit("UPDATE latest SET value = x'07' WHERE topic = 'contract.report'")
    expect(() => log.open()).toThrow(/state contract\.report of BTCUSDT can't be restored/)
  })

  test('a table entry that can not be decoded is a dead letter, and the rest works', async () => {
    const runtime = log.open()
    for (const symbol of ['BTCUSDT', 'ETHUSDT'])
      await runtime.publish(exchangeTick, tradeOf(symbol, 90, startMs))
    await runtime.settle()
    await runtime.close()
    edit("UPDATE latest SET value = x'07' WHERE topic = 'mark.state' AND key = 'BTCUSDT'")
    const again = log.open()
    await again.settle()
    expect([...(await again.table(markState)).keys()]).toEqual(['ETHUSDT'])
    const reader = openReader(log.path())
    expect(await reader.read({ ...marketBar, name: 'dead.letter' } as never)).toMatchObject([
      { value: { topic: 'mark.state', key: 'BTCUSDT', processor: 'table' } },
    ])
    await reader.close()
  })
})

describe('a full disk', () => {
  test('stops with an error that names the file; nothing is half-written, and it goes on with space', async () => {
    let runtime = log.open({ maxPages: 120 })
    let published = 0
    const fill = async (): Promise<void> => {
      for (; published < 10_000; published++) {
        await runtime.publish(exchangeTick, tradeOf(`S${published}USDT`, 90, startMs + published))
        await runtime.settle()
      }
    }
    await expect(fill()).rejects.toThrow(/log\.sqlite: the disk is full/)
    expect(published).toBeGreaterThan(10)
    await expect(runtime.stopped).rejects.toThrow(/the disk is full/)
    await expect(runtime.settle()).rejects.toThrow('the runtime stopped')

    runtime = log.open()
    await runtime.settle()
    const [ticks, bars] = [await runtime.read(exchangeTick), await runtime.read(marketBar)]
    expect(bars.map((b) => b.key)).toEqual(ticks.map((t) => t.key))
    expect((await runtime.table(markState)).size).toBe(ticks.length)
    expect(ticks.length - published, 'what was answered is there').toBeGreaterThanOrEqual(0)
  })
})

function edit(sql: string): void {
  const db = new DatabaseSync(log.path())
  db.exec(sql)
  db.close()
}
