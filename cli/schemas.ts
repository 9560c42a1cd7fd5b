// quantum schemas: the Avro schemas of this program, their rules, their history, and their registry.
import { callOf } from './schemas/call.ts'
import type { SchemasCall } from './schemas/call.ts'
import { check } from './schemas/check.ts'
import { diff } from './schemas/diff.ts'
import { lint } from './schemas/lint.ts'
import { register } from './schemas/register.ts'
import { release } from './schemas/release.ts'
import { setCompat } from './schemas/set-compat.ts'
import { status } from './schemas/status.ts'
import { whoUses } from './schemas/who-uses.ts'
import type { Verb } from './verb.ts'
import { UserError } from './verb.ts'

const actions = new Map<string, (call: SchemasCall) => Promise<number>>([
  ['lint', lint],
  ['check', check],
  ['diff', diff],
  ['register', register],
  ['status', status],
  ['set-compat', setCompat],
  ['release', release],
  ['who-uses', whoUses],
])

const details = `  lint        the rules: docs, defaults, names, money, one schema for each topic
  check       may they follow every earlier version? Those are: what schemas/released.json lists, all versions of
              git's main line since that list was last changed, and (without --offline) the registry's
  release     write today's versions into schemas/released.json, as each release does
  diff        field by field, from the registry's latest version to this program
  register    make them versions in the registry, each under its level
  status      what the registry lacks, has otherwise, or has too much
  set-compat  give every subject its level: FULL_TRANSITIVE for state, BACKWARD_TRANSITIVE for events
  who-uses    who writes and reads a schema`

export const verb: Verb = {
  name: 'schemas',
  summary: 'Check, compare and register the Avro schemas.',
  details,
  usage:
    'lint | check [--offline] [--since REF] | release | diff | register [--dry-run] | status | set-compat [--dry-run] | who-uses SUBJECT; each for all topics, or for those that follow',
  options: {
    config: {
      type: 'string',
      help: 'Configuration file (YAML). Default: the demo that `up` runs.',
    },
    registry: { type: 'string', help: 'URL of the schema registry. Default: the configuration’s.' },
    offline: { type: 'boolean', help: 'check: git alone, no registry.' },
    since: {
      type: 'string',
      help: 'check: every version since this commit, branch or tag counts, instead of since the last release.',
    },
    'dry-run': { type: 'boolean', help: 'register, set-compat: change nothing.' },
  },
  async run(invocation) {
    const [name] = invocation.positionals
    const action = actions.get(name ?? '')
    if (action === undefined)
      throw new UserError(
        `expected an action (${[...actions.keys()].join(', ')}), was ${name ?? 'nothing'}`,
      )
    return action(callOf(invocation))
  },
}
