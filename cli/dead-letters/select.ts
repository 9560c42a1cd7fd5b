// Which dead letters a command is about. They are read page by page: there may be many.
import type { LogReader } from '../../connectors/log-reader.ts'
import type { StoredRecord } from '../../connectors/runtime.ts'
import { symbolsOf } from '../../schemas/read.ts'
import { deadLetter } from '../../schemas/topics.ts'
import type { DeadLetter } from '../../schemas/types.gen.ts'
import { topicOf } from '../open-log.ts'
import { UserError, durationMs, exit } from '../verb.ts'
import type { Invocation } from '../verb.ts'

export interface Filter {
  readonly topic: string | null
  readonly cause: string | null
  readonly sinceMs: number
}

/** Records that one read takes. */
const pageSize = 5_000

/** The filter that the options describe. Throws a UserError for what can't be meant: a typo leaves nothing. */
export function filterOf(values: Invocation['values'], nowMs: number): Filter {
  const text = (name: string): string | null => (values[name] as string | undefined) ?? null
  const since = text('since')
  return {
    topic: topicNameOf(text('topic')),
    cause: causeOf(text('cause')),
    sinceMs: since === null ? -Infinity : sinceMsOf(since, nowMs),
  }
}

function topicNameOf(text: string | null): string | null {
  return text === null ? null : topicOf(text).name
}

function causeOf(text: string | null): string | null {
  const cause = text?.toUpperCase() ?? null
  const causes = symbolsOf(deadLetter.name, 'cause')
  if (cause === null || causes.includes(cause)) return cause
  throw new UserError(`--cause: expected one of ${causes.join(', ')}, was ${String(text)}`)
}

function sinceMsOf(text: string, nowMs: number): number {
  if (/^\d+[a-z]+$/.test(text)) return nowMs - durationMs('since', text)
  const atMs = Date.parse(text)
  if (Number.isNaN(atMs))
    throw new UserError(
      `--since: expected a duration such as 1h, or a time such as 2026-01-31T12:00Z, was ${text}`,
    )
  return atMs
}

/** Pages of the dead letters that a filter leaves, oldest first, up to those that are there now. */
export async function* lettersOf(
  reader: LogReader,
  filter: Filter,
): AsyncGenerator<readonly StoredRecord[]> {
  const ends = await reader.ends([deadLetter])
  if (ends.length === 0)
    throw new UserError(
      `${reader.place}: expected the topic ${deadLetter.name}, was none; on a broker \`quantum topics apply\` makes topics`,
      exit.failed,
    )
  for (const { partition, firstOffset, nextOffset } of ends)
    for (let from = firstOffset; from < nextOffset;) {
      const page = await reader.read(deadLetter, { partition, from, limit: pageSize })
      const last = page.at(-1)
      if (last === undefined) break
      from = last.offset + 1
      yield page.filter((record) => record.offset < nextOffset && isWanted(record, filter))
    }
}

/** One dead letter, or null when there is none of this number. */
export async function letterAt(reader: LogReader, offset: number): Promise<StoredRecord | null> {
  const [found] = await reader.read(deadLetter, { partition: 0, from: offset, limit: 1 })
  return found?.offset === offset ? found : null
}

/** The letter in a record, or null when the letter itself can't be read. */
export function letterIn({ value, fault }: StoredRecord): DeadLetter | null {
  return fault === null ? (value as DeadLetter) : null
}

function isWanted(record: StoredRecord, { topic, cause, sinceMs }: Filter): boolean {
  if (record.at_ms < sinceMs) return false
  const letter = letterIn(record)
  return (
    (topic === null || topic === (letter?.topic ?? record.key)) &&
    (cause === null || cause === letter?.cause)
  )
}

/** Where the record of a letter lies, or was to lie. */
export function placeText({ topic, partition, offset }: DeadLetter): string {
  return offset < 0 ? `${topic}, never stored` : `${topic}/${String(partition)}/${String(offset)}`
}
