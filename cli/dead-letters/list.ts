// quantum dead-letters list: how many there are of each class, and the newest of them.
import type { LogReader } from '../../connectors/log-reader.ts'
import type { StoredRecord } from '../../connectors/runtime.ts'
import type { Io } from '../verb.ts'
import { letterIn, lettersOf, placeText } from './select.ts'
import type { Filter } from './select.ts'

export interface ListOptions {
  readonly reader: LogReader
  readonly filter: Filter
  /** How many of the newest are shown one by one. */
  readonly limit: number
  readonly io: Io
  readonly json: boolean
}

interface Class {
  readonly topic: string
  readonly cause: string
  readonly processor: string
  count: number
  readonly first_at_ms: number
  last_at_ms: number
}

export async function list({ reader, filter, limit, io, json }: ListOptions): Promise<void> {
  const classes = new Map<string, Class>()
  let newest: StoredRecord[] = []
  for await (const page of lettersOf(reader, filter)) {
    for (const record of page) count(classes, record)
    newest = [...newest, ...page].slice(Math.max(0, newest.length + page.length - limit))
  }
  const counts = [...classes.values()].sort((a, b) => b.count - a.count)
  const total = counts.reduce((sum, one) => sum + one.count, 0)
  if (json) io.out(JSON.stringify({ total, classes: counts, letters: newest.map(dataOf) }))
  else for (const line of lines(total, counts, newest)) io.out(line)
}

function count(classes: Map<string, Class>, record: StoredRecord): void {
  const { at_ms: atMs } = record
  const { topic, cause, processor } = letterIn(record) ?? {
    topic: record.key,
    cause: 'UNREADABLE',
    processor: '',
  }
  const name = [topic, cause, processor].join(' ')
  const found = classes.get(name)
  if (found === undefined) {
    classes.set(name, {
      ...{ topic, cause, processor, count: 1 },
      ...{ first_at_ms: atMs, last_at_ms: atMs },
    })
    return
  }
  found.count++
  found.last_at_ms = atMs
}

function dataOf(record: StoredRecord): object {
  const { offset, at_ms } = record
  const letter = letterIn(record)
  if (letter === null) return { dead_letter: offset, at_ms, fault: record.fault?.detail }
  const { payload: _payload, ...rest } = letter
  return { dead_letter: offset, ...rest, at_ms }
}

function lines(
  total: number,
  classes: readonly Class[],
  newest: readonly StoredRecord[],
): string[] {
  if (total === 0) return ['no dead letters']
  const table = classes.map((one) =>
    [
      String(one.count).padStart(7),
      one.topic.padEnd(24),
      one.cause.padEnd(14),
      one.processor.padEnd(20),
      `${timeText(one.first_at_ms)} to ${timeText(one.last_at_ms)}`,
    ].join('  '),
  )
  return [
    `${'count'.padStart(7)}  ${'topic'.padEnd(24)}  ${'cause'.padEnd(14)}  ${'met by'.padEnd(20)}  when`,
    ...table,
    '',
    ...newest.map(letterLine),
    `${String(total)} dead letters, ${String(newest.length)} shown; \`quantum dead-letters show N\` tells all of one`,
  ]
}

function letterLine(record: StoredRecord): string {
  const letter = letterIn(record)
  const start = `${String(record.offset).padStart(7)}  ${timeText(record.at_ms)}`
  if (letter === null) return `${start}  it can't be read itself: ${record.fault?.detail ?? ''}`
  return `${start}  ${letter.cause}  ${placeText(letter)}  ${letter.detail}`
}

const timeText = (atMs: number): string => new Date(atMs).toISOString()
