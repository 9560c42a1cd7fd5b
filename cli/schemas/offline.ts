// The check that needs no registry: every schema against its released versions, and against all that came after them.
import { avroTypeOf } from '../../schemas/codec.ts'
import { incompatibilities } from '../../schemas/compatibility.ts'
import { fingerprintOf } from '../../schemas/meaning.ts'
import type { OwnSchema } from './call.ts'
import { readHistory } from './history.ts'
import type { EarlierVersion, History } from './history.ts'
import { readReleased } from './released.ts'
import type { Released } from './released.ts'

/** Why a schema may not follow an earlier version. */
export interface Finding {
  readonly topic: string
  /** The earlier version, for people. */
  readonly after: string
  /** `registry`: it is the registry that says so; `level`: the registry judges by another level. */
  readonly direction: 'backward' | 'forward' | 'registry' | 'level'
  readonly reason: string
}

export interface OfflineCheck {
  readonly depth: History['depth']
  readonly problem: string | null
  readonly since: string | null
  /** Earlier versions that were compared. */
  readonly compared: number
  readonly findings: readonly Finding[]
  /** Topics that differ from what was released, or are not in the list, and can't be compared for want of history. */
  readonly unverified: readonly string[]
}

export function checkOffline(
  root: string,
  schemas: readonly OwnSchema[],
  since: string | null,
): OfflineCheck {
  const released = readReleased(root)
  const history = readHistory(root, since)
  const { depth, problem } = history
  const findings: Finding[] = []
  const unverified: string[] = []
  let compared = 0
  for (const schema of schemas) {
    const { versions, isComplete } = earlierOf(schema, released, history)
    if (!isComplete) unverified.push(schema.topic.name)
    compared += versions.length
    findings.push(...versions.flatMap((version) => judged(schema, version)))
  }
  return { ...{ depth, problem, since: history.since }, compared, findings, unverified }
}

/** Versions of a topic other than today's, and whether these are all that count. */
function earlierOf(
  { topic: { name }, text }: OwnSchema,
  released: Released,
  history: History,
): { versions: EarlierVersion[]; isComplete: boolean } {
  const today = fingerprintOf(text)
  const listed = Object.entries(released[name] ?? {})
  const versions = new Map<string, EarlierVersion>()
  for (const version of history.versions)
    if (version.topic === name && isSchema(version.text))
      versions.set(fingerprintOf(version.text), version)
  let isFound = true
  for (const [fingerprint, release] of listed) {
    if (fingerprint === today) continue
    const version = history.find(name, fingerprint)
    if (version === null) isFound = false
    else versions.set(fingerprint, { ...version, place: `release ${release}, ${version.place}` })
  }
  versions.delete(today)
  // What is as it was released needs no history: nothing came after it.
  const isReleased = listed.at(-1)?.[0] === today
  return {
    versions: [...versions.values()],
    isComplete: isReleased || (isFound && history.depth === 'whole'),
  }
}

/** No program could start with what is none, so nothing was ever written with it. */
function isSchema(text: string): boolean {
  try {
    avroTypeOf(JSON.parse(text))
    return true
  } catch {
    return false
  }
}

function judged({ topic, text, level }: OwnSchema, { text: older, place }: EarlierVersion) {
  return incompatibilities(level, text, older).map((one): Finding => ({
    topic: topic.name,
    after: place,
    ...one,
  }))
}
