// quantum topics: what is in the log, decoded. Works beside a running `up`.
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogReader, PartitionEnds } from '../connectors/log-reader.ts'
import type { StoredRecord } from '../connectors/runtime.ts'
import { topics } from '../schemas/topics.ts'
import type { Topic } from '../schemas/topic.ts'
import { countOf, logOptions, openLogOf, topicOf } from './open-log.ts'
import type { Io, Verb } from './verb.ts'
import { UserError, exit } from './verb.ts'

const followMs = 200

export const verb: Verb = {
  name: 'topics',
  summary:
    'List the topics of a log, print their records decoded, or bring a broker’s to what is needed.',
  usage:
    'list | tail TOPIC [--limit 10] [--follow] | dump TOPIC [--from OFFSET] [--limit 10000] | plan | apply [--shorten]',
  options: {
    ...logOptions,
    limit: { type: 'string', help: 'At most so many records.' },
    from: { type: 'string', help: 'dump: first offset in each partition.' },
    follow: { type: 'boolean', help: 'tail: go on with what is appended, until interrupted.' },
    shorten: {
      type: 'boolean',
      help: 'apply: also delete what is kept for longer than it needs to be.',
    },
  },
  async run(invocation) {
    const { values, positionals, io, json } = invocation
    const [action, name] = positionals
    if (action === 'plan' || action === 'apply')
      return (await import('./topics/broker-topics.ts')).planOrApply(action, invocation)
    if (action !== 'list' && action !== 'tail' && action !== 'dump')
      throw new UserError(`expected list, tail, dump, plan or apply, was ${action ?? 'nothing'}`)
    const topic = action === 'list' ? null : topicOf(name)
    const limit = countOf('limit', values['limit'], action === 'tail' ? 10 : 10_000)
    const from = countOf('from', values['from'], 0)
    const reader = await openLogOf(invocation)
    try {
      if (topic === null) await list(reader, io, json)
      else if (action === 'tail') {
        const ends = values['follow'] === true ? await reader.ends([topic]) : []
        const newest = await recordsOf(reader, topic, { limit, newest: true })
        print(io, newest)
        if (values['follow'] === true) await follow(reader, topic, placesBehind(ends, newest), io)
      } else print(io, await recordsOf(reader, topic, { from, limit }))
      return exit.ok
    } finally {
      await reader.close()
    }
  },
}

/** Changelogs have no history: their last values are their records. */
async function recordsOf(
  reader: LogReader,
  topic: Topic,
  range: { from?: number; limit: number; newest?: boolean },
): Promise<StoredRecord[]> {
  return topic.kind === 'changelog'
    ? (await reader.latest(topic)).slice(0, range.limit)
    : reader.read(topic, range)
}

/** One JSON object a line, with or without --json: records are data. */
function print(io: Io, records: readonly StoredRecord[]): void {
  for (const { partition, offset, at_ms, key, value, fault } of records) {
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
}

/** First offset of each partition that was not printed: behind what was, and behind the ends that were seen before. */
function placesBehind(
  ends: readonly PartitionEnds[],
  printed: readonly StoredRecord[],
): Map<number, number> {
  const next = new Map(ends.map(({ partition, nextOffset }) => [partition, nextOffset]))
  for (const { partition, offset } of printed)
    next.set(partition, Math.max(offset + 1, next.get(partition) ?? 0))
  return next
}

async function follow(
  reader: LogReader,
  topic: Topic,
  next: Map<number, number>,
  io: Io,
): Promise<never> {
  let version = ''
  for (;;) {
    const present = await reader.version(topic)
    if (present !== version) {
      version = present
      const fresh: StoredRecord[] = []
      for (const [partition, from] of next) {
        const records = await reader.read(topic, { partition, from })
        fresh.push(...records)
        next.set(partition, (records.at(-1)?.offset ?? from - 1) + 1)
      }
      print(
        io,
        fresh.sort((a, b) => a.at_ms - b.at_ms || a.partition - b.partition || a.offset - b.offset),
      )
    }
    await sleep(followMs)
  }
}

async function list(reader: LogReader, io: Io, json: boolean): Promise<void> {
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
  for (const head of await reader.ends()) {
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
