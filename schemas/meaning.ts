// When two texts are the same schema: formatting never counts, docs count only for people. Registries and git both hold
// schemas as text, and only what is meant may be compared.
import { createHash } from 'node:crypto'

/** The schema as text with its attributes in one order: equal for texts that differ in formatting alone. */
export function contentOf(text: string): string {
  return orderedText(text)
}

/** The same without docs: equal for schemas that say the same to programs. */
export function meaningOf(text: string): string {
  return orderedText(text, 'doc')
}

/** 16 hexadecimal digits that name a meaning: the first of its SHA-256. */
export function fingerprintOf(text: string): string {
  return createHash('sha256').update(meaningOf(text)).digest('hex').slice(0, 16)
}

/** What is no JSON, such as a schema of another language, is equal to itself alone. */
function orderedText(text: string, leftOut?: string): string {
  let schema: unknown
  try {
    schema = JSON.parse(text)
  } catch {
    return text
  }
  return JSON.stringify(ordered(schema, leftOut))
}

/** Attributes in alphabetical order, and `{"type": "long"}` as `"long"`. A default is data: nothing in it is left out. */
function ordered(value: unknown, leftOut?: string): unknown {
  if (Array.isArray(value)) return value.map((one) => ordered(one, leftOut))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key]) => key !== leftOut)
  const [only] = entries
  if (entries.length === 1 && only?.[0] === 'type' && typeof only[1] === 'string') return only[1]
  return Object.fromEntries(
    entries
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => [key, key === 'default' ? member : ordered(member, leftOut)]),
  )
}
