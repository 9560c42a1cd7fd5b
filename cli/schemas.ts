// quantum schemas: checks on the Avro schemas.
import { lintSchemas } from '../schemas/lint.ts'
import { topics } from '../schemas/topics.ts'
import type { Verb } from './verb.ts'
import { UserError, exit } from './verb.ts'

export const verb: Verb = {
  name: 'schemas',
  summary: 'Check the Avro schemas: docs, defaults, names, money, one schema for each topic.',
  usage: 'lint',
  options: {},
  async run({ positionals, io, json }) {
    const [action] = positionals
    if (action !== 'lint')
      throw new UserError(`expected the action lint, was ${action ?? 'nothing'}`)
    const faults = lintSchemas(topics)
    if (json) io.out(JSON.stringify({ schemas: topics.length, faults }))
    else {
      for (const { schema, field, fault } of faults) io.out(`${schema}.avsc ${field}: ${fault}`)
      io.out(`${String(topics.length)} schemas, ${String(faults.length)} faults`)
    }
    return faults.length === 0 ? exit.ok : exit.finding
  },
}
