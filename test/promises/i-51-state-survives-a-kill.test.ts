// I-51: tracked positions were lost at a restart: the state was in memory, and reading began at now.
import { describe, expect, test } from 'vitest'
import { exchangeTick, marketBar, markState } from '../../schemas/topics.ts'
import { temporaryLog } from '../connectors/embedded/temporary-log.ts'
import { killAfter } from '../runtimes/killed.ts'

const log = temporaryLog()

describe('I-51: kill -9 loses no state', () => {
  test('counts and tables are those of all records ever processed, also of those that nobody had processed', async () => {
    for (const lines of [40, 7]) await killAfter(log.path(), lines)
    const runtime = log.open()
    await runtime.settle()
    const ticks = (await runtime.read(exchangeTick)).map((r) => ({
      key: r.key,
      ...(r.value as object),
    }))
    const bars = (await runtime.read(marketBar)).map((r) => r.value as { update_count: number })
    const counted = new Map<string, number>()
    const expected = ticks.map(({ key }) => {
      counted.set(key, (counted.get(key) ?? 0) + 1)
      return counted.get(key)
    })
    expect(bars.map((bar) => bar.update_count)).toEqual(expected)
    const prices = new Map(
      ticks.map((tick) => [tick.key, (tick as unknown as { last: number }).last]),
    )
    const table = await runtime.table(markState)
    for (const [key, price] of prices) expect(table.get(key)).toMatchObject({ price })
    expect(table.size).toBe(5)
  })
})
