// I-15: 34 ghost consumers kept 1,782 messages though one process ran: names that held a process id outlived it.
import { describe, expect, test } from 'vitest'
import { openReader } from '../../connectors/embedded/reader.ts'
import { exchangeTick, marketBar } from '../../schemas/topics.ts'
import { temporaryLog } from '../connectors/embedded/temporary-log.ts'
import { startMs, tradeOf } from '../runtimes/sample.ts'
import { killAfter } from '../runtimes/killed.ts'

const log = temporaryLog()

describe('I-15: after kill -9 nothing stays owned, and readers are as many as there are', () => {
  test('the next process takes the log at once, and every reader goes on where it was', async () => {
    let promised = 0
    for (const lines of [3, 1, 20]) promised = await killAfter(log.path(), lines)
    const runtime = log.open()
    await runtime.settle()
    const [ticks, bars] = [await runtime.read(exchangeTick), await runtime.read(marketBar)]
    expect(promised).toBeGreaterThanOrEqual(24)
    expect(ticks.length, 'what was promised is there').toBeGreaterThanOrEqual(promised)
    expect(
      bars.map((bar) => bar.key),
      'nothing twice, nothing lost',
    ).toEqual(ticks.map((tick) => tick.key))
    const groups = new Set((await runtime.lag()).map((lag) => lag.group))
    expect([...groups].sort()).toEqual(['sample.account', 'sample.market'])
    expect((await runtime.lag()).every((lag) => lag.lag === 0)).toBe(true)
  })

  test('readers have names that a restart does not change', async () => {
    for (let i = 0; i < 3; i++) {
      const runtime = log.open()
      await runtime.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs))
      await runtime.settle()
      runtime.abandon()
    }
    const reader = openReader(log.path())
    expect((await reader.lag(startMs)).map((lag) => `${lag.group} ${lag.topic}`)).toEqual([
      'sample.account safe_mode.command',
      'sample.market exchange.tick',
    ])
    await reader.close()
  })

  test('while a process lives, a second one is refused and told which file', async () => {
    const runtime = log.open()
    await expect(async () => log.open()).rejects.toThrow(
      `${log.path()}: another process runs on it`,
    )
    runtime.abandon()
    log.open()
  })
})
