// The lag of each group in each partition with its state: what the lag watch has raised, or what the limits say now.
import type { Lag } from '../../connectors/runtime.ts'
import { isRaised } from '../../connectors/alerts.ts'
import type { Config } from '../../schemas/config.ts'
import type { AlertKind, OpsAlert } from '../../schemas/types.gen.ts'

/**
 * - `lost`: records were removed unread.
 * - `unknown`: the position or the end can't be read.
 * - `stuck`: nothing is processed although records wait.
 * - `above`: above `watch.max_lag` or `watch.max_lag_ms`.
 * - `growing`: falls back all the time.
 */
export type LagState = 'ok' | 'lost' | 'unknown' | 'stuck' | 'above' | 'growing'

export interface LagRow {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly end: number | null
  readonly committed: number | null
  readonly lag: number | null
  /** Age in ms of the oldest record that waits; null when none does, or when unknown. */
  readonly age_ms: number | null
  readonly lost: number
  readonly state: LagState
  /** What the open alert says; null without one. */
  readonly detail: string | null
}

/** The worst comes first. */
const stateOf: readonly (readonly [AlertKind, LagState])[] = [
  ['DATA_LOSS', 'lost'],
  ['LAG_UNKNOWN', 'unknown'],
  ['LAG_STUCK', 'stuck'],
  ['LAG_HIGH', 'above'],
  ['LAG_GROWING', 'growing'],
]

/** One row for each, by group, topic and partition. `alerts` are the last records of each alert. */
export function lagRows(
  lags: readonly Lag[],
  alerts: readonly OpsAlert[],
  config: Config,
): LagRow[] {
  const raised = new Map(alerts.filter(isRaised).map((alert) => [alert.alert_id, alert]))
  return lags.map((lag) => rowOf(lag, raised, config)).sort(inOrder)
}

function rowOf(lag: Lag, raised: ReadonlyMap<string, OpsAlert>, config: Config): LagRow {
  const { group, topic, partition, known } = lag
  const place = `${group}|${topic}|${String(partition)}`
  const open = stateOf.find(([kind]) => raised.has(`${kind}|${place}`))
  return {
    ...{ group, topic, partition },
    end: known ? lag.endOffset : null,
    committed: lag.committedOffset,
    lag: known ? lag.lag : null,
    age_ms: lag.lagMs,
    lost: lag.trimmedUnread,
    state: open?.[1] ?? stateNow(lag, config),
    detail: open === undefined ? null : raised.get(`${open[0]}|${place}`)!.detail,
  }
}

/** The watch needs a moment, and may not run at all. */
function stateNow(lag: Lag, { watch }: Config): LagState {
  if (lag.trimmedUnread > 0) return 'lost'
  if (!lag.known) return 'unknown'
  return lag.lag > watch.max_lag || (lag.lagMs ?? 0) > watch.max_lag_ms ? 'above' : 'ok'
}

const inOrder = (a: LagRow, b: LagRow): number =>
  compare(a.group, b.group) || compare(a.topic, b.topic) || a.partition - b.partition

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
