// quantum map: the reality map. Read-only; works beside a running `up` and on a log at rest.
import { isBad, mapOfLog } from './map/from-log.ts'
import { renderMap } from './map/text.ts'
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
    const reader = openLogOf(invocation)
    try {
      const rows = await mapOfLog(reader, config, io.now(), windowMs)
      io.out(json ? JSON.stringify(rows) : renderMap(rows, { colour: io.isTty }).trimEnd())
      return rows.some(isBad) ? exit.finding : exit.ok
    } finally {
      reader.close()
    }
  },
}
