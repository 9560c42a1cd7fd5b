// What differs between two schemas, field by field, for people. It does not judge: see compatibility.ts.
import type { AvroSchema, AvroType } from './read.ts'

export interface Difference {
  /** Path of the field, such as `legs[].quantity`; empty for the record itself. */
  readonly field: string
  readonly change: 'added' | 'removed' | 'changed'
  /** What of it: its type, default, doc… ; for a field that came or went, what it is. */
  readonly what: string
  readonly before: string | null
  readonly after: string | null
}

/** From `older` to `newer`, both texts, in order of the fields. Empty when they differ in formatting alone. */
export function differencesOf(newer: string, older: string): Difference[] {
  const [before, after] = [factsOf(older), factsOf(newer)]
  const paths = [...new Set([...after.keys(), ...before.keys()])]
  return paths.flatMap((field): Difference[] => {
    const [was, is] = [before.get(field), after.get(field)]
    if (was === undefined)
      return [{ field, change: 'added', what: 'field', before: null, after: summary(is!) }]
    if (is === undefined)
      return [{ field, change: 'removed', what: 'field', before: summary(was), after: null }]
    const attributes = [...new Set([...Object.keys(was), ...Object.keys(is)])]
    return attributes
      .filter((what) => was[what] !== is[what])
      .map((what) => ({
        ...{ field, change: 'changed' as const, what },
        ...{ before: was[what] ?? null, after: is[what] ?? null },
      }))
  })
}

/** Attribute to its value as text. */
type Facts = Record<string, string>

const summary = ({ type, default: value }: Facts): string =>
  value === undefined ? String(type) : `${String(type)} = ${value}`

/** Every field by its path. */
function factsOf(text: string): Map<string, Facts> {
  const found = new Map<string, Facts>()
  let schema: AvroSchema
  try {
    schema = JSON.parse(text) as AvroSchema
  } catch {
    return new Map([['', { type: 'no Avro' }]])
  }
  visit(schema, '', found)
  return found
}

function visit(record: AvroSchema, path: string, found: Map<string, Facts>): void {
  const { fields = [], ...own } = record
  found.set(path, { ...found.get(path), ...attributesOf(own, path === '' ? '' : 'its record’s ') })
  for (const { name, type, ...rest } of fields) {
    const place = path === '' ? name : `${path}.${name}`
    found.set(place, { type: typeText(type), ...attributesOf(rest), ...typeAttributes(type) })
    for (const [nested, below] of nestedIn(type, place)) visit(nested, below, found)
  }
}

/** Attributes as text. The type of a record goes without saying. */
function attributesOf(attributes: object, owner = ''): Facts {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([key, value]) => !(key === 'type' && value === 'record'))
      .map(([key, value]) => [`${owner}${key}`, JSON.stringify(value)]),
  )
}

/** What a type says besides what `typeText` shows: docs of enums, aliases, attributes that Avro does not know. */
function typeAttributes(type: AvroType): Facts {
  if (typeof type === 'string') return {}
  if (Array.isArray(type)) return Object.assign({}, ...type.map(typeAttributes)) as Facts
  if (type.type === 'record') return {}
  const { type: _type, name: _name, symbols: _symbols, default: _default, ...rest } = type
  const { items, logicalType: _logicalType, ...more } = rest
  return {
    ...attributesOf(more, 'its type’s '),
    ...(items === undefined ? {} : typeAttributes(items)),
  }
}

function typeText(type: AvroType): string {
  if (typeof type === 'string') return type
  if (Array.isArray(type)) return type.map(typeText).join(' | ')
  switch (type.type) {
    case 'record':
      return `record ${type.name ?? ''}`
    case 'enum': {
      const value = type.default === undefined ? '' : ` = ${JSON.stringify(type.default)}`
      return `enum ${type.name ?? ''}(${(type.symbols ?? []).join(', ')})${value}`
    }
    case 'array':
      return `array of ${typeText(type.items ?? '')}`
    default:
      return type.logicalType === undefined ? type.type : `${type.type} (${type.logicalType})`
  }
}

function nestedIn(type: AvroType, place: string): [AvroSchema, string][] {
  if (typeof type === 'string') return []
  if (Array.isArray(type)) return type.flatMap((member) => nestedIn(member, place))
  if (type.type === 'record') return [[type, place]]
  return type.items === undefined ? [] : nestedIn(type.items, `${place}[]`)
}
