// quantum schemas check: may this program's schemas follow all earlier ones? Asked of git's history, and of the registry.
import { inParallel } from '../../connectors/registry/in-parallel.ts'
import type { SchemaRegistry } from '../../connectors/registry/port.ts'
import { incompatibilities } from '../../schemas/compatibility.ts'
import { meaningOf } from '../../schemas/meaning.ts'
import { exit } from '../verb.ts'
import { projectRoot } from './call.ts'
import type { OwnSchema, SchemasCall } from './call.ts'
import { checkOffline } from './offline.ts'
import type { Finding, OfflineCheck } from './offline.ts'
import { releasedFile } from './released.ts'

export async function check(call: SchemasCall, root = projectRoot): Promise<number> {
  const { schemas, values, io, tell } = call
  const offline = checkOffline(root, schemas, (values['since'] as string | undefined) ?? null)
  const online = values['offline'] === true ? null : await checkOnline(call)
  const findings = [...offline.findings, ...(online?.findings ?? [])]
  const problem = problemOf(offline, io.env)
  tell(
    {
      schemas: schemas.length,
      findings,
      git: { ...offline, findings: offline.findings.length },
      registry: online === null ? null : { url: online.url, compared: online.compared },
    },
    [
      ...findings.map(lineOf),
      ...(problem === null ? [] : [problem.text]),
      summaryOf(schemas.length, offline, online, findings.length),
    ],
  )
  if (findings.length > 0) return exit.finding
  return problem?.isFatal === true ? exit.failed : exit.ok
}

interface OnlineCheck {
  readonly url: string
  readonly compared: number
  readonly findings: readonly Finding[]
}

async function checkOnline({ schemas, openRegistry }: SchemasCall): Promise<OnlineCheck> {
  const registry = openRegistry()
  const checks = await inParallel(schemas, (schema) => checkSubject(registry, schema))
  return {
    url: registry.url,
    compared: checks.reduce((sum, one) => sum + one.compared, 0),
    findings: checks.flatMap((one) => one.findings),
  }
}

/**
 * The registry's verdict on every version and ours beside it: the registry judges by the level that the subject has there,
 * which may be none at all, and not every registry compares with all versions in one question.
 */
async function checkSubject(registry: SchemaRegistry, { topic, subject, text, level }: OwnSchema) {
  const findings: Finding[] = []
  const versions = await registry.versions(subject)
  const found = (after: string, direction: Finding['direction'], reason: string): void => {
    findings.push({ topic: topic.name, after, direction, reason })
  }
  if (versions.length > 0) {
    const actual = await registry.level(subject)
    if (actual !== level)
      found(
        `${registry.url}, subject ${subject}`,
        'level',
        `expected the level ${level}, was ${actual ?? 'none'}; quantum schemas set-compat`,
      )
  }
  let compared = 0
  for (const number of versions) {
    const version = await registry.version(subject, number)
    if (version === null || meaningOf(version.text) === meaningOf(text)) continue
    compared++
    const after = `version ${number} of ${subject}`
    const ours = incompatibilities(level, text, version.text)
    for (const { direction, reason } of ours) found(after, direction, reason)
    const { compatible, messages } = await registry.judge(subject, number, text)
    if (!compatible && ours.length === 0)
      found(after, 'registry', messages[0] ?? 'the registry calls it incompatible')
  }
  return { compared, findings }
}

/** What could not be compared. It fails where the history could be there and everything else would pass unseen. */
function problemOf(
  { depth, problem, unverified }: OfflineCheck,
  env: SchemasCall['io']['env'],
): { text: string; isFatal: boolean } | null {
  if (unverified.length === 0)
    return problem === null
      ? null
      : { text: `note: ${problem}; every schema is as it was released`, isFatal: false }
  const what = `not compared with all earlier versions: ${unverified.join(', ')}`
  if (depth === 'whole')
    return {
      text: `${what}: ${releasedFile} lists versions that are in no commit; \`quantum schemas release\` takes them out if nobody had them`,
      isFatal: true,
    }
  const isCi = (env['CI'] ?? 'false') !== 'false'
  const remedy = depth === 'shallow' ? '; git fetch --unshallow brings the rest' : ''
  return { text: `${problem ?? ''}${remedy}; ${what}`, isFatal: isCi && depth === 'shallow' }
}

const lineOf = ({ topic, after, direction, reason }: Finding): string =>
  direction === 'level'
    ? `${topic}: ${after}: ${reason}`
    : `${topic}: may not follow ${after} (${words[direction]}): ${reason}`

const words = {
  backward: 'this program can not read it',
  forward: 'it can not read this program’s records',
  registry: 'says the registry',
} as const

function summaryOf(
  schemas: number,
  { compared, since }: OfflineCheck,
  online: OnlineCheck | null,
  findings: number,
): string {
  const git = `${compared} earlier versions of git${since === null ? '' : ` (since ${since.slice(0, 9)})`}`
  const registry = online === null ? '' : ` and ${online.compared} of ${online.url}`
  return `${schemas} schemas, compared with ${git}${registry}: ${findings} faults`
}
