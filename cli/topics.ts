// quantum topics: what is in the log, decoded. Works beside a running `up`.
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogReader } from '../connectors/embedded/reader.ts'
import type { StoredRecord } from '../connectors/runtime.ts'
import { topics } from '../schemas/topics.ts'
import type { Topic } from '../schemas/topic.ts'
import { countOf, logOptions, openLogOf, topicOf } from './open-log.ts'
import type { Io, Verb } from './verb.ts'
import { UserError, exit } from './verb.ts'

const followMs = 200

export const verb: Verb = {
  name: 'topics',
  summary: 'List the topics of a log, or print their records decoded.',
  usage: 'list | tail TOPIC [--limit 10] [--follow] | dump TOPIC [--from OFFSET] [--limit 10000]',
  options: {
    ...logOptions,
    limit: { type: 'string', help: 'At most so many records.' },
    from: { type: 'string', help: 'dump: first offset in each partition.' },
    follow: { type: 'boolean', help: 'tail: go on with what is appended, until interrupted.' },
  },
  async run(invocation) {
    const { values, positionals, io, json } = invocation
    const [action, name] = positionals
    const reader = openLogOf(invocation)
    try {
      if (action === 'list') list(reader, io, json)
      else if (action === 'tail') {
        const topic = topicOf(name)
        const limit = countOf('limit', values['limit'], 10)
        const newest = print(io, recordsOf(reader, topic, { limit, newest: true }))
        if (values['follow'] === true) await follow(reader, topic, newest, io)
      } else if (action === 'dump') {
        const from = countOf('from', values['from'], 0)
        const limit = countOf('limit', values['limit'], 10_000)
        print(io, recordsOf(reader, topicOf(name), { from, limit }))
      } else throw new UserError(`expected list, tail or dump, was ${action ?? 'nothing'}`)
      return exit.ok
    } finally {
      reader.close()
    }
  },
}

/** Changelogs have no history: their last values are their records. */
function recordsOf(
  reader: LogReader,
  topic: Topic,
  range: { from?: number; limit: number; newest?: boolean },
): StoredRecord[] {
  return topic.kind === 'changelog'
    ? reader.latest(topic).slice(0, range.limit)
    : reader.read(topic, range)
}

/** One JSON object a line, with or without --json: records are data. Gives the highest offset of each partition. */
function print(io: Io, records: readonly StoredRecord[]): Map<number, number> {
  const last = new Map<number, number>()
  for (const { partition, offset, at_ms, key, value, fault } of records) {
    last.set(partition, Math.max(offset, last.get(partition) ?? -1))
    const at = new Date(at_ms).toISOString()
    io.out(
      JSON.stringify({
        partition,
        offset,
        at,
        key,
        ...(fault === null ? { value } : { fault: fault.detail }),
      }),
    )
  }
  return last
}

async function follow(
  reader: LogReader,
  topic: Topic,
  seen: Map<number, number>,
  io: Io,
): Promise<never> {
  let version = -1
  for (;;) {
    const present = reader.version()
    if (present !== version) {
      version = present
      const fresh = reader
        .read(topic, { from: Math.max(0, Math.min(...seen.values(), Infinity)), newest: true })
        .filter((record) => record.offset > (seen.get(record.partition) ?? -1))
      for (const [partition, offset] of print(io, fresh)) seen.set(partition, offset)
    }
    await sleep(followMs)
  }
}

function list(reader: LogReader, io: Io, json: boolean): void {
  const declared = new Map<string, Topic>(topics.map((topic) => [topic.name, topic]))
  const rows = new Map<
    string,
    {
      topic: string
      kind: string
      domain: string
      partitions: number
      first: number
      end: number
      last_at: string | null
    }
  >()
  for (const head of reader.heads()) {
    const topic = declared.get(head.topic)
    const row = rows.get(head.topic) ?? {
      topic: head.topic,
      kind: topic?.kind ?? 'undeclared',
      domain: topic?.domain ?? 'unknown',
      partitions: 0,
      first: 0,
      end: 0,
      last_at: null,
    }
    rows.set(head.topic, row)
    row.partitions++
    row.first += head.firstOffset
    row.end += head.nextOffset
    const at = head.lastAtMs === null ? null : new Date(head.lastAtMs).toISOString()
    if (at !== null && (row.last_at === null || at > row.last_at)) row.last_at = at
  }
  if (json) {
    io.out(JSON.stringify([...rows.values()]))
    return
  }
  io.out(
    `${'topic'.padEnd(32)} ${'kind'.padEnd(10)} ${'domain'.padEnd(8)} parts  ${'first'.padStart(9)} ${'next'.padStart(9)}  last record`,
  )
  for (const row of rows.values())
    io.out(
      `${row.topic.padEnd(32)} ${row.kind.padEnd(10)} ${row.domain.padEnd(8)} ${String(row.partitions).padStart(5)}  ${String(row.first).padStart(9)} ${String(row.end).padStart(9)}  ${row.last_at ?? 'none'}`,
    )
}
