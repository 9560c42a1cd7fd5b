// Reads what a dead process left: the trader's log and the venue's own file, each opened as anybody else would open it.
// It shares no memory with what it reads and judges nothing; audit.ts does.
import { DatabaseSync } from 'node:sqlite'
import { openReader } from '../../connectors/embedded/reader.ts'
import type { Attempt } from '../../connectors/exchange/attempt.ts'
import { openVenueFile } from '../../connectors/exchange/simulator/durable-file.ts'
import type { VenueEvent, VenueState } from '../../connectors/exchange/simulator/state.ts'
import type { Lag } from '../../connectors/runtime.ts'
import { positionState, topics } from '../../schemas/topics.ts'
import type { Topic } from '../../schemas/topic.ts'
import type { PositionState } from '../../schemas/types.gen.ts'
import type { ValueOf } from '../../topologies/kernel/topic.ts'
import type { Recorded } from '../kit/adding-up.ts'

/** What a dead process left. */
export interface Remains extends Recorded {
  readonly positions: ReadonlyMap<string, PositionState>
  readonly lag: readonly Lag[]
  /** Commands that the gateway had written down and not seen ended. */
  readonly attempts: readonly Attempt[]
  readonly venue: VenueState
  /** Every event of the venue in order, those that nobody has seen yet included. */
  readonly events: readonly VenueEvent[]
  /** What could not be read, and gaps between offsets. */
  readonly faults: readonly string[]
  readonly records: number
}

const everything = Number.MAX_SAFE_INTEGER

/** Reads both files. The process that wrote them must be dead: the venue's file is opened as its owner does. */
export async function readRemains(logPath: string, venuePath: string): Promise<Remains> {
  const faults: string[] = []
  const byTopic = new Map<string, unknown[]>()
  let records = 0
  const reader = openReader(logPath)
  for (const topic of topics) {
    if (topic.kind === 'changelog' || topic.kind === 'clock') continue
    const values: unknown[] = []
    byTopic.set(topic.name, values)
    const stored = await reader.read(topic, { limit: everything })
    records += stored.length
    const next = new Map(
      (await reader.ends([topic])).map(({ partition, firstOffset: at, nextOffset: end }) => [
        partition,
        { at, end },
      ]),
    )
    for (const { partition, offset, value, fault } of stored) {
      const place = next.get(partition)
      if (place === undefined || place.at !== offset)
        faults.push(`${topic.name}/${partition}: expected offset ${place?.at ?? -1}, was ${offset}`)
      if (place !== undefined) place.at = offset + 1
      if (fault !== null) faults.push(`${topic.name}/${partition}@${offset}: ${fault.detail}`)
      else if (value !== null) values.push(value)
    }
    for (const [partition, { at, end }] of next)
      if (at !== end)
        faults.push(`${topic.name}/${partition}: expected records up to ${end}, was ${at}`)
  }
  const positions = new Map(
    (await reader.latest(positionState))
      .filter(({ fault }) => fault === null)
      .map(({ key, value }) => [key, value as PositionState]),
  )
  const lag = await reader.lag(Date.now())
  await reader.close()

  const file = openVenueFile(venuePath, 0)
  const venue = file.load()
  if (venue === undefined) throw new Error(`${venuePath}: expected a venue, was empty`)
  const events = [
    ...Object.keys(venue.accounts).flatMap((account) => file.eventsSince(account, 0, everything)),
    ...venue.outbox,
  ]
  file.close()
  return {
    of: <T extends Topic>(topic: T) => (byTopic.get(topic.name) ?? []) as ValueOf<T>[],
    ...{ positions, lag, attempts: attemptsOf(logPath), venue, events, faults, records },
  }
}

function attemptsOf(logPath: string): Attempt[] {
  const db = new DatabaseSync(logPath, { readOnly: true })
  const rows = db
    .prepare("SELECT value FROM notes WHERE owner = 'gateway' AND name LIKE 'order|%'")
    .all()
  db.close()
  return rows.map(({ value }) => JSON.parse(String(value)) as Attempt)
}
