// I-16: one stream grew to 6.3 million entries: retention was applied on the first write only, and keys had no expiry.
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { exchangeTick, markState } from '../../schemas/topics.ts'
import { temporaryLog } from '../connectors/embedded/temporary-log.ts'
import { startMs, tradeOf } from '../runtimes/sample.ts'

const log = temporaryLog()

describe('I-16: retention is kept all the time', () => {
  test('a topic that is written for hours stays as long as its retention, and so does the file', async () => {
    const minuteMs = 60_000
    let wallMs = startMs
    const runtime = log.open({ wallMs: () => wallMs })
    const lengths: number[] = []
    const overheads: number[] = []
    for (let minute = 0; minute < 240; minute++) {
      wallMs = startMs + minute * minuteMs
      await runtime.write({
        records: Array.from({ length: 20 }, () => ({
          topic: exchangeTick,
          value: tradeOf('BTCUSDT', 90, wallMs),
        })),
      })
      await runtime.settle()
      if (minute % 60 !== 59) continue
      lengths.push((await runtime.read(exchangeTick)).length)
      overheads.push(overheadOf(log.path()))
    }
    const mostKept = (exchangeTick.retentionMs / minuteMs + 2) * 20
    for (const length of lengths) expect(length).toBeLessThanOrEqual(mostKept)
    expect(lengths.at(-1)).toBeGreaterThan(1_000)
    for (const overhead of overheads) expect(overhead, 'space is used again').toBeLessThan(2.5)
  })

  test('it is kept again after a restart, for records of before', async () => {
    const first = log.open()
    for (let i = 0; i < 10; i++)
      await first.publish(exchangeTick, tradeOf('BTCUSDT', 90, startMs), startMs)
    await first.settle()
    await first.close()
    const later = log.open({ wallMs: () => startMs + exchangeTick.retentionMs + 1 })
    await later.settle()
    expect(await later.read(exchangeTick)).toEqual([])
    expect((await later.table(markState)).size, 'last values stay').toBe(1)
  })
})

/** Size of the log over what is in it. */
function overheadOf(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true })
  const { page_count: pages } = db.prepare('PRAGMA page_count').get() as { page_count: number }
  const rows = db.prepare('SELECT sum(length(key) + length(value) + 40) AS bytes FROM records')
  const { bytes } = rows.get() as { bytes: number }
  db.close()
  return (pages * 4_096) / bytes
}
