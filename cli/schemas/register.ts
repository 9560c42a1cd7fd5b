// quantum schemas register: makes this program's schemas versions in the registry, each under its level. Run by whoever
// releases, before the program that writes with them.
import { inParallel } from '../../connectors/registry/in-parallel.ts'
import type { Registered, SchemaRegistry } from '../../connectors/registry/port.ts'
import { RegistryError } from '../../connectors/registry/registry-error.ts'
import { incompatibilities } from '../../schemas/compatibility.ts'
import type { Difference } from '../../schemas/difference.ts'
import { differencesOf } from '../../schemas/difference.ts'
import { contentOf, fingerprintOf } from '../../schemas/meaning.ts'
import { exit } from '../verb.ts'
import { projectRoot } from './call.ts'
import type { OwnSchema, SchemasCall } from './call.ts'
import { differenceLine } from './difference-text.ts'
import { readReleased, releasedFile } from './released.ts'
import { tableOf } from './table.ts'

interface Row {
  readonly subject: string
  /** `new`: the first version. `changed`: another version. `kept`: it was there. `refused`: it may not be one. */
  readonly action: 'new' | 'changed' | 'kept' | 'refused'
  readonly id: number | null
  readonly version: number | null
  readonly level: string
  /** What the level was, if another. */
  readonly level_before: string | null
  /** From the latest version, for one that changed. */
  readonly differences: readonly Difference[]
  readonly reason: string | null
}

export async function register(call: SchemasCall): Promise<number> {
  const { schemas, openRegistry, tell, values } = call
  const isDry = values['dry-run'] === true
  const registry = openRegistry()
  const rows = await inParallel(schemas, (schema) =>
    isDry ? wouldBe(registry, schema) : registerOne(registry, schema),
  )
  const count = (action: Row['action']): number =>
    rows.filter((row) => row.action === action).length
  const levels = rows.filter((row) => row.level_before !== null).length
  const unreleased = unreleasedOf(schemas)
  tell({ registry: registry.url, dry_run: isDry, subjects: rows, unreleased }, [
    ...tableOf(
      ['subject', 'action', 'version', 'id', 'level'],
      rows.map((row) => [
        ...[row.subject, row.action, String(row.version ?? '-'), String(row.id ?? '-')],
        row.level_before === null ? row.level : `${row.level} (was ${row.level_before})`,
      ]),
    ),
    '',
    ...rows.flatMap(({ subject, action, differences, reason }) =>
      action === 'kept' || action === 'new'
        ? []
        : [
            `${subject}: ${action}${reason === null ? '' : `: ${reason}`}`,
            ...differences.map(differenceLine),
          ],
    ),
    `${isDry ? 'dry run: ' : ''}${count('new')} new, ${count('changed')} changed, ${count('kept')} kept, ${count('refused')} refused, ${levels} levels changed; ${registry.url}`,
    ...(unreleased.length === 0
      ? []
      : [
          `${unreleased.length} are not in ${releasedFile}, so a check without a registry knows them from git alone; \`quantum schemas release\` adds them`,
        ]),
  ])
  return count('refused') === 0 ? exit.ok : exit.finding
}

/** Topics whose schema of today is not listed as released. */
function unreleasedOf(schemas: readonly OwnSchema[]): string[] {
  const released = readReleased(projectRoot)
  return schemas
    .filter(({ topic, text }) => released[topic.name]?.[fingerprintOf(text)] === undefined)
    .map(({ topic }) => topic.name)
}

/** What is there before anything is done. */
async function before(registry: SchemaRegistry, { subject, text, level }: OwnSchema) {
  const [latest, found, had] = await Promise.all([
    registry.version(subject, 'latest'),
    registry.find(subject, text),
    registry.level(subject),
  ])
  const isThere = found !== null && contentOf(found.text) === contentOf(text)
  return {
    found: isThere ? found : null,
    latest,
    row: {
      ...{ subject, level, reason: null },
      level_before: had === level || (had === null && latest === null) ? null : (had ?? 'none'),
      differences: isThere || latest === null ? [] : differencesOf(text, latest.text),
    },
  }
}

type Before = Awaited<ReturnType<typeof before>>

const done = ({ found, latest, row }: Before, version: Registered): Row => ({
  ...row,
  action: found !== null ? 'kept' : latest === null ? 'new' : 'changed',
  ...{ id: version.id, version: version.version },
})

const refused = ({ row }: Before, reason: string): Row => ({
  ...row,
  ...{ action: 'refused', id: null, version: null, reason },
})

async function registerOne(registry: SchemaRegistry, schema: OwnSchema): Promise<Row> {
  const { subject, text, level } = schema
  const was = await before(registry, schema)
  if (was.found !== null && was.row.level_before === null) return done(was, was.found)
  try {
    return done(was, await registry.register(subject, text, level))
  } catch (error) {
    if (error instanceof RegistryError && error.fault === 'INCOMPATIBLE')
      return refused(was, error.message)
    throw error
  }
}

/** The same without doing it: our own verdict on every version, since the registry's is by the level that it has now. */
async function wouldBe(registry: SchemaRegistry, schema: OwnSchema): Promise<Row> {
  const { subject, text, level } = schema
  const was = await before(registry, schema)
  if (was.found !== null) return done(was, was.found)
  for (const number of await registry.versions(subject)) {
    const version = await registry.version(subject, number)
    const [fault] = version === null ? [] : incompatibilities(level, text, version.text)
    if (fault !== undefined) return refused(was, `after version ${number}: ${fault.reason}`)
  }
  return { ...was.row, action: was.latest === null ? 'new' : 'changed', id: null, version: null }
}
