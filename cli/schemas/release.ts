// quantum schemas release: writes down today's versions as released. From then on every change must be able to follow them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fingerprintOf } from '../../schemas/meaning.ts'
import { exit } from '../verb.ts'
import { projectRoot } from './call.ts'
import type { SchemasCall } from './call.ts'
import { readHistory } from './history.ts'
import { readReleased, releasedFile, writeReleased } from './released.ts'

/**
 * Adds today's version of each schema to the list. A version that is in the list and in no commit was never in anybody's
 * hands and is taken out. Versions of topics that are gone stay: a topic may come back.
 */
export async function release(call: SchemasCall, root = projectRoot): Promise<number> {
  const { schemas, tell } = call
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  const before = readReleased(root)
  const history = readHistory(root, null)
  const after: Record<string, Record<string, string>> = { ...before }
  const added: string[] = []
  for (const { topic, text } of schemas) {
    const today = fingerprintOf(text)
    const listed = Object.entries(before[topic.name] ?? {})
    const kept = listed.filter(
      ([fingerprint]) =>
        fingerprint === today ||
        history.depth !== 'whole' ||
        history.find(topic.name, fingerprint) !== null,
    )
    if (!kept.some(([fingerprint]) => fingerprint === today)) {
      kept.push([today, version])
      added.push(topic.name)
    }
    after[topic.name] = Object.fromEntries(kept)
  }
  writeReleased(root, after)
  tell({ file: releasedFile, release: version, added }, [
    ...added.map((topic) => `${topic}: released with ${version}`),
    `${added.length} versions added; commit ${releasedFile}`,
  ])
  return exit.ok
}
