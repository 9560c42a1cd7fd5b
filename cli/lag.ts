// quantum lag: how far each group is behind, by topic and partition, and what the lag watch says of it. Read-only.
import { setTimeout as sleep } from 'node:timers/promises'
import { readAlerts } from '../connectors/alerts.ts'
import type { LogReader } from '../connectors/log-reader.ts'
import type { Config } from '../schemas/config.ts'
import { topologyHeartbeat } from '../schemas/topics.ts'
import { beatMs } from '../topologies/watch/contract-checks.ts'
import { lagRows } from './lag/rows.ts'
import type { LagRow } from './lag/rows.ts'
import { renderLag } from './lag/text.ts'
import { moment } from './map/words.ts'
import { configOf, logOptions, openLogOf } from './open-log.ts'
import type { Io, Verb } from './verb.ts'
import { UserError, exit } from './verb.ts'

export const verb: Verb = {
  name: 'lag',
  summary: 'How far each group is behind in each partition: end, committed, lag, age, state.',
  usage: '[--group NAME] [--watch]',
  options: {
    ...logOptions,
    group: { type: 'string', help: 'One group only, by its name or the last part of it.' },
    watch: { type: 'boolean', help: 'Look again every watch.observe_ms, until interrupted.' },
  },
  async run(invocation) {
    const { values, io, json } = invocation
    const config = configOf(invocation)
    const reader = await openLogOf(invocation)
    try {
      for (;;) {
        const all = await look(reader, config, io.now())
        const rows = chosen(all, values['group'] as string | undefined)
        if (json) io.out(JSON.stringify(rows))
        else show(io, rows, await restText(reader, config, io.now()))
        if (values['watch'] !== true)
          return rows.some((row) => row.state !== 'ok') ? exit.finding : exit.ok
        await sleep(config.watch.observe_ms)
      }
    } finally {
      await reader.close()
    }
  },
}

async function look(reader: LogReader, config: Config, nowMs: number): Promise<LagRow[]> {
  const alerts = await readAlerts((topic, range) => reader.read(topic, range))
  return lagRows(await reader.lag(nowMs), alerts, config)
}

/** The rows of one group. Throws a UserError that lists the groups there are. */
function chosen(rows: readonly LagRow[], group: string | undefined): readonly LagRow[] {
  if (group === undefined) return rows
  const found = rows.filter((row) => row.group === group || row.group.endsWith(`.${group}`))
  if (found.length > 0) return found
  const names = [...new Set(rows.map((row) => row.group))].join(', ')
  throw new UserError(`--group: expected one of ${names}, was ${group}`)
}

function show(io: Io, rows: readonly LagRow[], rest: string | null): void {
  if (io.isTty) io.out('')
  if (rest !== null) io.out(rest)
  io.out(renderLag(rows))
}

/** That nobody runs, so that open alerts are what they were; null while somebody does. */
async function restText(reader: LogReader, config: Config, nowMs: number): Promise<string | null> {
  const [beat] = await reader.read(topologyHeartbeat, { newest: true, limit: 1 })
  if (nowMs - (beat?.at_ms ?? -Infinity) <= 3 * beatMs(config)) return null
  return `nobody runs on this log: last heartbeat ${moment(beat?.at_ms ?? null, nowMs)}; alerts are how they were left`
}
