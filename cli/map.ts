// quantum map: the reality map. Read-only; works beside a running `up` and on a log at rest.
import { topologyHeartbeat } from '../schemas/topics.ts'
import { beatMs } from '../topologies/watch/contract-checks.ts'
import { isBad, mapOfLog } from './map/from-log.ts'
import { renderMap } from './map/text.ts'
import { moment } from './map/words.ts'
import { configOf, logOptions, openLogOf } from './open-log.ts'
import type { Verb } from './verb.ts'
import { durationMs, exit } from './verb.ts'

export const verb: Verb = {
  name: 'map',
  summary:
    'The reality map: for every topic, processor and connector what is expected, observed, and the verdict.',
  usage: '[--window 60s]',
  options: {
    ...logOptions,
    window: { type: 'string', help: 'How far back growth is measured. Default 60s.' },
  },
  async run(invocation) {
    const { values, io, json } = invocation
    const config = configOf({ values, io })
    const windowMs = durationMs('window', (values['window'] as string | undefined) ?? '60s')
    const reader = await openLogOf(invocation)
    try {
      const nowMs = io.now()
      const rows = await mapOfLog(reader, config, nowMs, windowMs)
      if (json) io.out(JSON.stringify(rows))
      else {
        const [beat] = await reader.read(topologyHeartbeat, { newest: true, limit: 1 })
        if (nowMs - (beat?.at_ms ?? -Infinity) > 3 * beatMs(config))
          io.out(
            `nobody runs on this log: last heartbeat ${moment(beat?.at_ms ?? null, nowMs)}; what follows is how it was left`,
          )
        io.out(renderMap(rows, { colour: io.isTty }).trimEnd())
      }
      return rows.some(isBad) ? exit.finding : exit.ok
    } finally {
      await reader.close()
    }
  },
}
