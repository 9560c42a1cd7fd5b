// I-19: the tracker showed 10 open positions where the exchange had 1: the last 100 messages were taken for the state.
import { describe, expect, test } from 'vitest'
import { exchangeTick, marketBar, markState } from '../../schemas/topics.ts'
import { temporaryLog } from '../connectors/embedded/temporary-log.ts'
import { startMs, tradeOf } from '../runtimes/sample.ts'

const log = temporaryLog()

describe('I-19: state is the last value of each key, not the last messages', () => {
  test('of ten keys nine ended: one is left, before and after a restart, however long the history', async () => {
    let wallMs = startMs
    const runtime = log.open({ wallMs: () => wallMs })
    const symbols = Array.from({ length: 10 }, (_, i) => `S${i}USDT`)
    for (const symbol of symbols) await runtime.publish(exchangeTick, tradeOf(symbol, 90, startMs))
    for (const symbol of symbols.slice(1))
      await runtime.publish(exchangeTick, tradeOf(symbol, 0, startMs))
    // Many messages about a key that is long over: they say nothing about what is there.
    for (let i = 0; i < 150; i++)
      await runtime.publish(exchangeTick, tradeOf('S1USDT', 0, startMs + i))
    await runtime.settle()
    const before = [...(await runtime.table(markState))]
    expect(before.map(([key]) => key)).toEqual(['S0USDT'])
    runtime.abandon()

    // The history is gone with its retention; the state is not.
    wallMs += markState.retentionMs + 1
    const again = log.open({ wallMs: () => wallMs })
    await again.settle()
    expect(await again.read(markState)).toEqual([])
    expect([...(await again.table(markState))]).toEqual(before)
    await again.publish(exchangeTick, tradeOf('S0USDT', 91, wallMs))
    await again.settle()
    const last = (await again.read(marketBar)).at(-1)?.value as { open: number }
    expect(last.open, 'processors see it, too').toBe(90)
  })
})
