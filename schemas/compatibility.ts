// Whether a schema may follow another one. It is judged by the very code that decodes records, so what passes here can be read
// by this program, and held against a registry's own verdict in tests.
import { avroTypeOf } from './codec.ts'
import type { Compatibility } from './topic.ts'

/** `backward`: today's program can't read the earlier records. `forward`: the earlier program can't read today's. */
export interface Incompatibility {
  readonly direction: 'backward' | 'forward'
  readonly reason: string
}

/**
 * What keeps `newer` from following `older` at a level; empty when nothing does. Both are texts. `older` has to be a schema
 * that records may have been written with: one that is no valid Avro is judged as such.
 *
 * It is stricter than a registry in three cases, because this program is:
 * - A namespace is part of a name: a type that moves to another one needs an alias. Registries compare names alone.
 * - An amount (`decimal-string`) can't be read from `bytes`.
 * - A field keeps its logical type: the bytes stay readable, and milliseconds read as microseconds are still wrong.
 */
export function incompatibilities(
  level: Compatibility,
  newer: string,
  older: string,
): Incompatibility[] {
  const backward = whyUnreadable(newer, older)
  const forward = level === 'FULL_TRANSITIVE' ? whyUnreadable(older, newer) : null
  const found: Incompatibility[] = []
  if (backward !== null) found.push({ direction: 'backward', reason: backward })
  if (forward !== null) found.push({ direction: 'forward', reason: forward })
  if (found.length > 0) return found
  return logicalChanges(JSON.parse(newer), JSON.parse(older), '').map((reason) => ({
    direction: 'backward',
    reason,
  }))
}

/** Why records of one schema can't be read with another; null when they can. */
function whyUnreadable(reader: string, writer: string): string | null {
  try {
    avroTypeOf(JSON.parse(reader)).createResolver(avroTypeOf(JSON.parse(writer)))
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

interface Part {
  readonly items?: unknown
  readonly values?: unknown
  readonly logicalType?: string
  readonly fields?: readonly {
    readonly name: string
    readonly type: unknown
    readonly aliases?: readonly string[]
  }[]
}

/** Fields that both have and that lost, gained or changed a logical type. The schemas are known to be compatible. */
function logicalChanges(newer: unknown, older: unknown, path: string): string[] {
  const [now, before] = [soleType(newer), soleType(older)]
  if (now.fields !== undefined && before.fields !== undefined) {
    const earlier = new Map(before.fields.map((field) => [field.name, field.type]))
    return now.fields.flatMap(({ name, aliases = [], type }) => {
      const had = [name, ...aliases].find((one) => earlier.has(one))
      const place = path === '' ? name : `${path}.${name}`
      return had === undefined ? [] : logicalChanges(type, earlier.get(had), place)
    })
  }
  const [items, earlierItems] = [now.items ?? now.values, before.items ?? before.values]
  if (items !== undefined && earlierItems !== undefined)
    return logicalChanges(items, earlierItems, `${path}[]`)
  const [is, was] = [now.logicalType ?? 'none', before.logicalType ?? 'none']
  if (is === was) return []
  return [`${path}: expected the logical type ${was}, was ${is}; a new meaning is a new field`]
}

/** The one type that is not null, with its attributes. A union of several has no logical type of its own. */
function soleType(type: unknown): Part {
  const others = [type].flat().filter((member) => member !== 'null')
  return others.length === 1 && typeof others[0] === 'object' ? (others[0] as Part) : {}
}
