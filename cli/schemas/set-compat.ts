// quantum schemas set-compat: gives every subject the level that its kind of topic needs.
import { inParallel } from '../../connectors/registry/in-parallel.ts'
import { exit } from '../verb.ts'
import type { SchemasCall } from './call.ts'
import { tableOf } from './table.ts'

export async function setCompat(call: SchemasCall): Promise<number> {
  const { schemas, openRegistry, tell, values } = call
  const isDry = values['dry-run'] === true
  const registry = openRegistry()
  const rows = await inParallel(schemas, async ({ subject, level }) => {
    const before = await registry.level(subject)
    if (before !== level && !isDry) await registry.setLevel(subject, level)
    return { subject, before, level }
  })
  const changed = rows.filter(({ before, level }) => before !== level)
  tell({ registry: registry.url, dry_run: isDry, schemas: rows.length, changed }, [
    ...tableOf(
      ['subject', 'from', 'to'],
      changed.map(({ subject, before, level }) => [subject, before ?? 'none', level]),
    ),
    `${rows.length} subjects, ${changed.length} ${isDry ? 'would get' : 'got'} another level`,
  ])
  return exit.ok
}
