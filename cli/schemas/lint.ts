// quantum schemas lint: the house rules.
import { lintSchemas } from '../../schemas/lint.ts'
import { topics } from '../../schemas/topics.ts'
import { exit } from '../verb.ts'
import type { SchemasCall } from './call.ts'

export async function lint({ tell }: SchemasCall): Promise<number> {
  const faults = lintSchemas(topics)
  tell({ schemas: topics.length, faults }, [
    ...faults.map(({ schema, field, fault }) => `${schema}.avsc ${field}: ${fault}`),
    `${topics.length} schemas, ${faults.length} faults`,
  ])
  return faults.length === 0 ? exit.ok : exit.finding
}
