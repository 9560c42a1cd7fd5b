// quantum schemas diff: this program's schemas against the registry's latest, field by field.
import { inParallel } from '../../connectors/registry/in-parallel.ts'
import { differencesOf } from '../../schemas/difference.ts'
import { exit } from '../verb.ts'
import type { SchemasCall } from './call.ts'
import { differenceLine } from './difference-text.ts'

export async function diff({ schemas, openRegistry, tell }: SchemasCall): Promise<number> {
  const registry = openRegistry()
  const compared = await inParallel(schemas, async ({ subject, text }) => {
    const latest = await registry.version(subject, 'latest')
    return {
      subject,
      version: latest?.version ?? null,
      differences: latest === null ? [] : differencesOf(text, latest.text),
    }
  })
  const different = compared.filter((one) => one.version === null || one.differences.length > 0)
  tell({ registry: registry.url, schemas: schemas.length, subjects: different }, [
    ...different.flatMap(({ subject, version, differences }) => [
      version === null
        ? `${subject}: not in the registry`
        : `${subject}: from version ${version} to this program`,
      ...differences.map(differenceLine),
    ]),
    `${schemas.length} schemas, ${different.length} differ from ${registry.url}`,
  ])
  return different.length === 0 ? exit.ok : exit.finding
}
