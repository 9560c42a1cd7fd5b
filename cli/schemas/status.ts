// quantum schemas status: how the registry differs from this program: what is missing, what is other, what nobody declared.
import { inParallel } from '../../connectors/registry/in-parallel.ts'
import type { SchemaRegistry } from '../../connectors/registry/port.ts'
import { contentOf, meaningOf } from '../../schemas/meaning.ts'
import { exit } from '../verb.ts'
import type { OwnSchema, SchemasCall } from './call.ts'
import { tableOf } from './table.ts'

/**
 * - `missing`: the registry has no such subject.
 * - `other schema`: its latest version says something else than this program; `other docs`: only to people.
 * - `other level`: the next version would be judged by another level.
 * - `undeclared`: a subject with our prefix that belongs to no topic.
 */
type State = 'ok' | 'missing' | 'other schema' | 'other docs' | 'other level' | 'undeclared'

interface Row {
  readonly subject: string
  readonly states: readonly State[]
  readonly id: number | null
  readonly version: number | null
  readonly expected_level: string | null
  readonly level: string | null
}

export async function status(call: SchemasCall): Promise<number> {
  const { schemas, names, prefix, openRegistry, tell } = call
  const registry = openRegistry()
  const own = await inParallel(schemas, (schema) => rowOf(registry, schema))
  const declared = new Set(schemas.map((schema) => schema.subject))
  const others = names.length > 0 ? [] : await registry.subjects()
  const foreign = others.filter((name) => name.startsWith(prefix) && !declared.has(name)).sort()
  // Without a prefix nobody can tell which of the registry's subjects ought to be ours.
  const undeclared = prefix === '' ? [] : foreign.map(undeclaredRow)
  const rows = [...own, ...undeclared]
  const drifted = rows.filter((row) => row.states[0] !== 'ok')
  tell({ registry: registry.url, subjects: rows, drifted: drifted.length }, [
    ...tableOf(
      ['subject', 'state', 'version', 'id', 'level'],
      rows.map((row) => [
        row.subject,
        row.states.join(', '),
        String(row.version ?? '-'),
        String(row.id ?? '-'),
        levelText(row),
      ]),
    ),
    '',
    `${rows.length} subjects, ${drifted.length} differ from ${registry.url}`,
  ])
  return drifted.length === 0 ? exit.ok : exit.finding
}

async function rowOf(
  registry: SchemaRegistry,
  { subject, text, level: expected }: OwnSchema,
): Promise<Row> {
  const [latest, level] = await Promise.all([
    registry.version(subject, 'latest'),
    registry.level(subject),
  ])
  const states: State[] = []
  if (latest === null) states.push('missing')
  else if (meaningOf(latest.text) !== meaningOf(text)) states.push('other schema')
  else if (contentOf(latest.text) !== contentOf(text)) states.push('other docs')
  if (latest !== null && level !== expected) states.push('other level')
  return {
    ...{ subject, states: states.length === 0 ? ['ok'] : states },
    ...{ id: latest?.id ?? null, version: latest?.version ?? null },
    ...{ expected_level: expected, level },
  }
}

const undeclaredRow = (subject: string): Row => ({
  ...{ subject, states: ['undeclared'], id: null, version: null },
  ...{ expected_level: null, level: null },
})

function levelText({ states, level, expected_level: expected }: Row): string {
  if (expected === null) return '-'
  if (!states.includes('other level')) return expected
  return `${level ?? 'none'}, expected ${expected}`
}
