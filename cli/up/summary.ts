// What `up` says at its end: records by topic, the reality map, the alerts.
import { openReader } from '../../connectors/embedded/reader.ts'
import type { Config } from '../../schemas/config.ts'
import { opsAlert } from '../../schemas/topics.ts'
import type { OpsAlert } from '../../schemas/types.gen.ts'
import { mapOfLog } from '../map/from-log.ts'
import type { MapRow } from '../map/rows.ts'

export interface Summary {
  /** Records ever written, by topic. */
  readonly topics: Record<string, number>
  readonly map: readonly Pick<MapRow, 'name' | 'kind' | 'verdict' | 'evidence'>[]
  /** The last record of each alert. */
  readonly alerts: readonly OpsAlert[]
}

/** Reads the log from outside, so that it says what anybody else would see. */
export async function summarise(config: Config, nowMs: number, windowMs: number): Promise<Summary> {
  const reader = openReader(config.log.path)
  try {
    const topics: Record<string, number> = {}
    for (const head of reader.heads())
      topics[head.topic] = (topics[head.topic] ?? 0) + head.nextOffset
    const alerts = new Map<string, OpsAlert>()
    for (const { value, fault } of reader.read(opsAlert, { newest: true }))
      if (fault === null) alerts.set((value as OpsAlert).alert_id, value as OpsAlert)
    const rows = await mapOfLog(reader, config, nowMs, windowMs)
    return {
      topics,
      map: rows.map(({ name, kind, verdict, evidence }) => ({ name, kind, verdict, evidence })),
      alerts: [...alerts.values()],
    }
  } finally {
    reader.close()
  }
}
