// A few records from one end of a partition, whatever lies between them.
import { beforeEach, describe, expect, test } from 'vitest'
import { newestRecords, oldestRecords } from '../../../connectors/kafka/walk.ts'
import { paperLog } from './log-on-paper.ts'
import type { PaperLog } from './log-on-paper.ts'

const place = { topic: 't', partition: 0 }
let log: PaperLog
beforeEach(() => {
  log = paperLog()
  log.topic('t', 1)
})

/** Every `step`th offset has a record; the last offset is a mark. */
function fill(count: number, step: number): number {
  log.put(
    't',
    0,
    Array.from({ length: count }, (_, i) => ({ offset: i * step })),
    (count - 1) * step + 2,
  )
  return (count - 1) * step + 2
}

const cases = [
  ['every offset has one', 1],
  ['marks lie between them', 2],
  ['compaction left few of them', 1_000],
] as const

describe.each(cases)('when %s', (_, step) => {
  test('the newest are the last ones, in order', async () => {
    const end = fill(3_000, step)
    const found = await newestRecords(log.client, place, { from: 0, end }, 20)
    expect(found.map(({ offset }) => offset / step)).toEqual(
      Array.from({ length: 20 }, (_, i) => 2_980 + i),
    )
  })

  test('the oldest are the first ones, in order', async () => {
    const end = fill(3_000, step)
    const found = await oldestRecords(log.client, place, { from: 5 * step, end }, 20)
    expect(found.map(({ offset }) => offset / step)).toEqual(
      Array.from({ length: 20 }, (_, i) => 5 + i),
    )
  })

  test('each one comes once when all are asked for', async () => {
    const end = fill(500, step)
    for (const pick of [newestRecords, oldestRecords])
      for (const limit of [499, 500, 501, Number.MAX_SAFE_INTEGER]) {
        const found = await pick(log.client, place, { from: 0, end }, limit)
        const offsets = found.map(({ offset }) => offset / step)
        expect(offsets.length).toBe(Math.min(500, limit))
        expect(offsets).toEqual(offsets.map((_, i) => offsets[0]! + i))
      }
  })
})

test('a few of very many are found without reading them all', async () => {
  const end = fill(1_000_000, 1)
  await newestRecords(log.client, place, { from: 0, end }, 10)
  await oldestRecords(log.client, place, { from: 0, end }, 10)
  expect(log.spanned()).toBeLessThan(1_000)
})

test('what lies outside of the span does not count', async () => {
  fill(100, 1)
  const span = { from: 40, end: 60 }
  for (const pick of [newestRecords, oldestRecords]) {
    const found = await pick(log.client, place, span, 1_000)
    expect(found.map(({ offset }) => offset)).toEqual(Array.from({ length: 20 }, (_, i) => 40 + i))
  }
})

test('nothing comes of an empty span, of a span of marks alone, and of a limit of 0', async () => {
  log.put('t', 0, [], 300)
  const end = 300
  for (const pick of [newestRecords, oldestRecords]) {
    expect(await pick(log.client, place, { from: 300, end }, 10)).toEqual([])
    expect(await pick(log.client, place, { from: 0, end }, 10)).toEqual([])
  }
  const full = fill(10, 1)
  for (const pick of [newestRecords, oldestRecords])
    expect(await pick(log.client, place, { from: 0, end: full }, 0)).toEqual([])
})
