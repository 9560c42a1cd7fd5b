// quantum schemas who-uses: who writes and reads a schema, from the topology itself.
import { describeJson } from '../../topologies/kernel/describe.ts'
import { trading } from '../../topologies/trading.ts'
import { UserError, exit } from '../verb.ts'
import type { SchemasCall } from './call.ts'
import { tableOf } from './table.ts'

type Use = 'writes' | 'reads' | 'table' | 'state' | 'ledger'

export async function whoUses({ schemas, names, tell }: SchemasCall): Promise<number> {
  if (names.length === 0)
    throw new UserError('who-uses: expected a subject or a topic, was nothing')
  const processors = describeJson(trading).groups.flatMap((group) => group.processors)
  const found = schemas.map(({ topic: { name, kind, source }, subject, level }) => {
    const uses = processors.flatMap((one): { processor: string; use: Use }[] => {
      const all: readonly [Use, boolean][] = [
        ['writes', one.writes.includes(name)],
        ['reads', one.reads.includes(name)],
        ['table', one.tables.includes(name)],
        ['state', one.state === name],
        ['ledger', one.ledger === name],
      ]
      return all.filter(([, holds]) => holds).map(([use]) => ({ processor: one.name, use }))
    })
    return { topic: name, subject, kind, level, source, uses }
  })
  tell(
    { topics: found },
    found.flatMap(({ topic, subject, kind, level, source, uses }) => [
      `${topic} (${kind}), subject ${subject}, ${level}`,
      ...tableOf(
        ['  processor', 'use'],
        [
          ...(source === null ? [] : [[`  (${source})`, 'writes']]),
          ...uses.map(({ processor, use }) => [`  ${processor}`, use]),
        ],
      ),
    ]),
  )
  return exit.ok
}
