// quantum dead-letters: what could not be handled, why, and the way back for what may be handled after all.
import { list } from './dead-letters/list.ts'
import { openReplayLogOf } from './dead-letters/open-replay-log.ts'
import { replay } from './dead-letters/replay.ts'
import { filterOf } from './dead-letters/select.ts'
import { show } from './dead-letters/show.ts'
import { countOf, logOptions, openLogOf } from './open-log.ts'
import type { Verb } from './verb.ts'
import { UserError, exit } from './verb.ts'

export const verb: Verb = {
  name: 'dead-letters',
  summary: 'Show records that could not be handled, and put them back where that is safe.',
  usage:
    'list [--topic T] [--cause C] [--since 1h] | show N | replay --offset N | replay --all [--topic T] [--cause C] [--since 1h]; replay --dry-run',
  options: {
    ...logOptions,
    topic: { type: 'string', help: 'Only of this topic.' },
    cause: { type: 'string', help: 'Only of this cause, for example UNDECODABLE.' },
    since: { type: 'string', help: 'Only letters from then on: a duration such as 1h, or a time.' },
    limit: { type: 'string', help: 'list: how many of the newest are shown. Default 20.' },
    offset: { type: 'string', help: 'replay: this letter.' },
    all: { type: 'boolean', help: 'replay: all letters that the filters leave.' },
    'dry-run': {
      type: 'boolean',
      help: 'replay: only say what would be put back; without --offset of all.',
    },
  },
  async run(invocation) {
    const { values, positionals, io, json } = invocation
    const [action, number] = positionals
    const actions = ['list', 'show', 'replay']
    if (!actions.includes(action ?? ''))
      throw new UserError(`expected ${actions.join(', ')}, was ${action ?? 'nothing'}`)
    const filter = filterOf(values, io.now())
    const offset = action === 'show' ? number : values['offset']
    if (action === 'show' && !/^\d+$/.test(number ?? ''))
      throw new UserError(`show: expected the number of a dead letter, was ${number ?? 'nothing'}`)
    const dryRun = values['dry-run'] === true
    const isAll = values['all'] === true || (dryRun && offset === undefined)
    if (action === 'replay' && (offset === undefined) !== isAll)
      throw new UserError('replay: expected --offset N, or --all')
    const one = offset === undefined ? null : countOf('offset', offset, 0)

    const reader = await openLogOf(invocation)
    try {
      if (action === 'list') {
        const limit = countOf('limit', values['limit'], 20)
        await list({ reader, filter, limit, io, json })
        return exit.ok
      }
      const log = await openReplayLogOf(invocation)
      try {
        if (action === 'show') return await show({ reader, log, offset: one ?? 0, io, json })
        return await replay({ reader, log, filter, offset: one, dryRun, io, json })
      } finally {
        await log.close()
      }
    } finally {
      await reader.close()
    }
  },
}
