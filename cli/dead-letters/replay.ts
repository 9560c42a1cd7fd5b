// quantum dead-letters replay: puts records back to their topics, each dead letter at most once ever, and says of each
// letter what became of it. What could lead to an order is refused.
import { replayOf } from '../../connectors/dead-letters.ts'
import type { Replay, ReplayLog, StoredLetter } from '../../connectors/dead-letters.ts'
import type { LogReader } from '../../connectors/log-reader.ts'
import type { StoredRecord } from '../../connectors/runtime.ts'
import { exit } from '../verb.ts'
import type { Io } from '../verb.ts'
import { letterAt, letterIn, lettersOf } from './select.ts'
import type { Filter } from './select.ts'

export interface ReplayOptions {
  readonly reader: LogReader
  readonly log: ReplayLog
  readonly filter: Filter
  /** One letter; null: all that the filter leaves. */
  readonly offset: number | null
  readonly dryRun: boolean
  readonly io: Io
  readonly json: boolean
}

/** `replayable`: a dry run would put it back. */
type Outcome = 'replayed' | 'replayable' | 'before' | 'refused'

export async function replay(options: ReplayOptions): Promise<number> {
  const { io, json, offset, dryRun } = options
  const counts: Record<Outcome, number> = { replayed: 0, replayable: 0, before: 0, refused: 0 }
  const refusals = new Map<string, number>()
  const tell = (number: number, outcome: Outcome, detail: string): void => {
    counts[outcome]++
    if (outcome === 'refused') refusals.set(detail, (refusals.get(detail) ?? 0) + 1)
    else if (!json) io.out(`${String(number).padStart(7)}  ${outcome.padEnd(10)}  ${detail}`)
  }
  for await (const page of pages(options)) await replayPage(options, page, tell)

  const reasons = [...refusals].map(([reason, count]) => ({ reason, count }))
  if (json) io.out(JSON.stringify({ dry_run: dryRun, ...counts, refusals: reasons }))
  else {
    for (const { reason, count } of reasons)
      io.out(`${String(count).padStart(7)}  refused     ${reason}`)
    io.out(summary(counts, dryRun))
  }
  const nothing = Object.values(counts).every((count) => count === 0)
  return counts.refused > 0 || (offset !== null && nothing) ? exit.finding : exit.ok
}

async function* pages({
  reader,
  filter,
  offset,
}: ReplayOptions): AsyncGenerator<readonly StoredRecord[]> {
  if (offset === null) {
    yield* lettersOf(reader, filter)
    return
  }
  const found = await letterAt(reader, offset)
  if (found !== null) yield [found]
}

async function replayPage(
  { log, dryRun }: ReplayOptions,
  page: readonly StoredRecord[],
  tell: (number: number, outcome: Outcome, detail: string) => void,
): Promise<void> {
  const letters = page.flatMap((record): StoredLetter[] => {
    const letter = letterIn(record)
    const { partition, offset } = record
    if (letter === null) tell(offset, 'refused', "the dead letter itself can't be read")
    return letter === null ? [] : [{ partition, offset, letter }]
  })
  const before = await log.before(letters)
  const replays: Replay[] = []
  for (const of of letters) {
    const one = before.has(of) ? null : await replayOf(log, of)
    if (one === null) tell(of.offset, 'before', 'it was put back before')
    else if ('refused' in one) tell(of.offset, 'refused', one.refused)
    else if (dryRun) tell(of.offset, 'replayable', placeOf(one))
    else replays.push(one)
  }
  if (replays.length === 0) return
  const outcomes = await log.replay(replays)
  for (const one of replays) tell(one.of.offset, outcomes.get(one.of) ?? 'before', placeOf(one))
}

const placeOf = ({ topic, key }: Replay): string => `${topic.name}, key ${key}`

function summary(counts: Record<Outcome, number>, dryRun: boolean): string {
  const { replayed, replayable, before, refused } = counts
  const done = dryRun ? `${String(replayable)} would be put back` : `${String(replayed)} put back`
  return `${done}, ${String(before)} were before, ${String(refused)} refused`
}
