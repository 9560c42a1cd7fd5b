// The alerts that are open, as the log tells them: the last record of each alert says whether it is.
import type { Logger } from 'pino'
import { opsAlert } from '../schemas/topics.ts'
import type { OpsAlert } from '../schemas/types.gen.ts'
import type { LogRecord } from '../topologies/kernel/topic.ts'
import type { ReadRange, StoredRecord } from './runtime.ts'

/** Most records that are looked through: an alert with that many newer ones is not found. */
const searched = 10_000

/** Records of ops.alert by alert_id, each the last one, in the order in which their alerts were first seen. */
function lastAlerts(records: readonly StoredRecord[]): Map<string, OpsAlert> {
  const last = new Map<string, OpsAlert>()
  for (const { value, fault } of records) {
    if (fault !== null || value === null) continue
    const alert = value as OpsAlert
    last.set(alert.alert_id, alert)
  }
  return last
}

export const isRaised = (alert: OpsAlert): boolean => alert.state === 'RAISED'

type ReadAlerts = (topic: typeof opsAlert, range: ReadRange) => Promise<readonly StoredRecord[]>

/** The last record of each alert, read from a log. */
export async function readAlerts(read: ReadAlerts): Promise<OpsAlert[]> {
  return [...lastAlerts(await read(opsAlert, { newest: true, limit: searched })).values()]
}

/** Writes each alert that is committed into the process's log: raised as its severity says, cleared as information. */
export function alertLog(
  logger: Pick<Logger, 'error' | 'warn' | 'info'>,
): (records: readonly LogRecord[]) => void {
  return (records) => {
    for (const { topic, value } of records) {
      if (topic !== opsAlert.name || value === null) continue
      const { alert_id, severity, state, detail } = value as OpsAlert
      const text = { alert: alert_id, severity, detail }
      if (state === 'CLEARED') logger.info(text, 'alert cleared')
      else if (severity === 'CRITICAL') logger.error(text, 'alert raised')
      else if (severity === 'WARNING') logger.warn(text, 'alert raised')
      else logger.info(text, 'alert raised')
    }
  }
}

export interface OpenAlerts {
  readonly open: readonly OpsAlert[]
  /** When that was read. */
  readonly atMs: number
}

export interface AlertFollower {
  /** Reads what is new, at most once in `minMs`, one read at a time. Rejects when the log can't be read. */
  refresh(nowMs: number): Promise<OpenAlerts>
  /** What was read last; null before the first time. */
  readonly seen: () => OpenAlerts | null
}

/** Follows the alerts of a log: every record is read once. */
export function followAlerts(read: ReadAlerts, minMs: number): AlertFollower {
  const open = new Map<string, OpsAlert>()
  const nextOffsets = new Map<number, number>()
  let seen: OpenAlerts | null = null
  let reading: Promise<OpenAlerts> | null = null

  const readOn = async (nowMs: number): Promise<OpenAlerts> => {
    const from = nextOffsets.size === 0 ? 0 : Math.min(...nextOffsets.values())
    const range = seen === null ? { newest: true } : { from }
    const records = (await read(opsAlert, { ...range, limit: searched })).filter(
      ({ partition, offset }) => offset >= (nextOffsets.get(partition) ?? 0),
    )
    for (const { partition, offset } of records) nextOffsets.set(partition, offset + 1)
    for (const [id, alert] of lastAlerts(records))
      if (isRaised(alert)) open.set(id, alert)
      else open.delete(id)
    seen = { open: [...open.values()], atMs: nowMs }
    return seen
  }
  return {
    seen: () => seen,
    async refresh(nowMs) {
      if (seen !== null && nowMs - seen.atMs < minMs) return seen
      reading ??= readOn(nowMs).finally(() => {
        reading = null
      })
      return reading
    },
  }
}
