// quantum explain: what happened to an order, intent, position, trade, exit or signal, and why.
import { answerOf, headline, renderLineage } from './explain/render.ts'
import { lineageOf } from './explain/lineage.ts'
import { logOptions, openLogOf } from './open-log.ts'
import type { Verb } from './verb.ts'
import { UserError, exit } from './verb.ts'

/** Most records of one topic that are searched, newest first. */
const searched = 1_000_000

export const verb: Verb = {
  name: 'explain',
  summary:
    'Explain an id: from tick and votes to PnL and reward; for a refusal, which gate and why.',
  usage: 'ID   (of a signal, intent, exit, command, order, report, result, position or trade)',
  options: logOptions,
  async run(invocation) {
    const { positionals, io, json } = invocation
    const [id] = positionals
    if (id === undefined) throw new UserError('expected an id, was nothing')
    const reader = await openLogOf(invocation)
    try {
      const lineage = await lineageOf(id, (topic) =>
        reader.read(topic, { limit: searched, newest: true }),
      )
      if (lineage === null) {
        io.err(`no record in the log carries the id ${id}`)
        if (json) io.out(JSON.stringify({ id, found: false }))
        return exit.finding
      }
      if (!json) io.out(renderLineage(lineage))
      else
        io.out(
          JSON.stringify({
            id,
            found: true,
            found_as: lineage.foundAs,
            found_in: lineage.foundIn,
            correlation_id: lineage.correlationId,
            answer: answerOf(lineage),
            trail: lineage.trail.map((record) => ({
              topic: record.topic,
              at_ms: record.at_ms,
              summary: headline(record),
              record: record.value,
            })),
          }),
        )
      return exit.ok
    } finally {
      await reader.close()
    }
  },
}
