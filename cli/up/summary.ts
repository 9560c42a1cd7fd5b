// What `up` says at its end: offsets by topic, the reality map, the alerts.
import { readAlerts } from '../../connectors/alerts.ts'
import type { Config } from '../../schemas/config.ts'
import { topics } from '../../schemas/topics.ts'
import type { OpsAlert } from '../../schemas/types.gen.ts'
import { mapOfLog } from '../map/from-log.ts'
import type { MapRow } from '../map/rows.ts'
import { openLog } from '../open-log.ts'
import type { Io } from '../verb.ts'

export interface Summary {
  /** Offsets ever given, by topic: records, and on a broker its marks between them. */
  readonly topics: Record<string, number>
  readonly map: readonly Pick<MapRow, 'name' | 'kind' | 'verdict' | 'evidence'>[]
  /** The last record of each alert. */
  readonly alerts: readonly OpsAlert[]
}

const changelogs = new Set<string>(
  topics.filter((topic) => topic.kind === 'changelog').map((topic) => topic.name),
)

/** Reads the log from outside, so that it says what anybody else would see. */
export async function summarise(
  config: Config,
  env: Io['env'],
  nowMs: number,
  windowMs: number,
): Promise<Summary> {
  const reader = await openLog(config, env)
  try {
    const given: Record<string, number> = {}
    for (const { topic, nextOffset } of await reader.ends())
      if (!changelogs.has(topic)) given[topic] = (given[topic] ?? 0) + nextOffset
    const alerts = await readAlerts((topic, range) => reader.read(topic, range))
    const rows = await mapOfLog(reader, config, nowMs, windowMs)
    return {
      topics: given,
      map: rows.map(({ name, kind, verdict, evidence }) => ({ name, kind, verdict, evidence })),
      alerts,
    }
  } finally {
    await reader.close()
  }
}
