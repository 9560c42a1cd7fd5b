// Compiles an Avro schema into one straight-line function that writes a record's bytes: three times as fast as walking
// the schema for each record. It writes exactly what avsc writes, and a test holds it to that for every schema.
import type { AvroSchema, AvroType } from './read.ts'

/** Thrown for a value that does not fit its schema; the codec asks avsc which field it was. */
export const invalidValue = new Error('the value does not fit its schema')

/** Thrown when the buffer is too small. */
export const bufferFull = new Error('the buffer is full')

/** Writes a value at an offset and gives the end. Throws `invalidValue` or `bufferFull`. */
export type Encoder = (value: unknown, buffer: Buffer, view: DataView, offset: number) => number

/** Money as text: `-12.50`. Anything else, such as `NaN` or `1e5`, can't be encoded. */
export const decimalText = /^-?\d+(\.\d+)?$/

/** An upper bound of the bytes of a length. */
const largestLength = 10

export function compileEncoder(schema: AvroSchema): Encoder {
  const named = new Map<string, AvroSchema>()
  const symbolTables: Record<string, number>[] = []
  let names = 0

  const recordCode = (record: AvroSchema, value: string): string => {
    if (record.name !== undefined) named.set(record.name, record)
    const fields = record.fields ?? []
    return `if (typeof ${value} !== 'object' || ${value} === null) throw invalid\n${fields
      .map((field) => {
        const name = `x${String(names++)}`
        return `const ${name} = ${value}.${field.name}\n${typeCode(field.type, name)}`
      })
      .join('')}`
  }

  const typeCode = (type: AvroType, x: string): string => {
    if (Array.isArray(type)) {
      const [first, second] = type
      if (type.length !== 2 || first !== 'null' || second === undefined)
        throw new Error(`expected a union of null and one type, was ${JSON.stringify(type)}`)
      return `if (${x} === null) b[o++] = 0\nelse {\nb[o++] = 2\n${typeCode(second, x)}}\n`
    }
    if (typeof type === 'string') {
      const known = named.get(type)
      return known === undefined ? primitiveCode(type, x) : typeCode(known, x)
    }
    switch (type.type) {
      case 'record':
        return recordCode(type, x)
      case 'enum': {
        named.set(type.name!, type)
        const table = symbolTables.length
        symbolTables.push(
          Object.assign(
            Object.create(null) as object,
            Object.fromEntries(type.symbols!.map((s, i) => [s, 2 * i])),
          ),
        )
        const index = `x${String(names++)}`
        return `const ${index} = tables[${String(table)}][${x}]\nif (${index} === undefined || typeof ${x} !== 'string') throw invalid\no = long(${index} / 2, b, o)\n`
      }
      case 'array': {
        const item = `x${String(names++)}`
        return `if (!Array.isArray(${x})) throw invalid\nif (${x}.length > 0) {\no = long(${x}.length, b, o)\nfor (const ${item} of ${x}) {\n${typeCode(type.items!, item)}}\n}\nb[o++] = 0\n`
      }
      default:
        return type.logicalType === 'decimal-string'
          ? `if (typeof ${x} !== 'string' || !money.test(${x})) throw invalid\no = text(${x}, b, o)\n`
          : primitiveCode(type.type, x)
    }
  }

  // Single bytes behind the end of a buffer are dropped without a word: the end tells.
  const body = `${recordCode(schema, 'v')}if (o > b.length) throw full\nreturn o`
  // The code comes from the schema's own field names, which the schema rules hold to [a-z0-9_].
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const build = new Function(
    'tables',
    'long',
    'text',
    'money',
    'invalid',
    'full',
    `return (v, b, d, o) => {\n${body}\n}`,
  ) as (...helpers: unknown[]) => Encoder
  return build(symbolTables, writeLong, writeText, decimalText, invalidValue, bufferFull)
}

function primitiveCode(type: string, x: string): string {
  switch (type) {
    case 'string':
      return `if (typeof ${x} !== 'string') throw invalid\no = text(${x}, b, o)\n`
    case 'double':
      return `if (typeof ${x} !== 'number') throw invalid\nif (o + 8 > b.length) throw full\nd.setFloat64(o, ${x}, true)\no += 8\n`
    case 'boolean':
      return `if (${x} !== true && ${x} !== false) throw invalid\nb[o++] = ${x} ? 1 : 0\n`
    case 'int':
      return `if ((${x} | 0) !== ${x}) throw invalid\no = long(${x}, b, o)\n`
    case 'long':
      return `if (!Number.isSafeInteger(${x})) throw invalid\no = long(${x}, b, o)\n`
    default:
      throw new Error(`type ${type} is not supported`)
  }
}

/** Largest magnitude whose zigzag form is still a safe integer. */
export const largestLong = 2 ** 52

/** Zigzag, then seven bits a byte. The low 28 bits go by integer operations, the rest after one division. */
function writeLong(value: number, buffer: Buffer, offset: number): number {
  if (value > largestLong || value < -largestLong) throw invalidValue
  let rest = value >= 0 ? 2 * value : -2 * value - 1
  let at = offset
  if (rest >= 0x10000000) {
    const low = rest % 0x10000000
    buffer[at++] = (low & 127) | 128
    buffer[at++] = ((low >>> 7) & 127) | 128
    buffer[at++] = ((low >>> 14) & 127) | 128
    buffer[at++] = (low >>> 21) | 128
    rest = (rest - low) / 0x10000000
  }
  while (rest > 127) {
    buffer[at++] = (rest & 127) | 128
    rest >>>= 7
  }
  buffer[at++] = rest
  return at
}

/** Length and UTF-8 bytes. Short ASCII, which nearly all text here is, goes by a loop. */
function writeText(value: string, buffer: Buffer, offset: number): number {
  const { length } = value
  if (offset + 3 * length + largestLength > buffer.length) throw bufferFull
  if (length < 64) {
    let at = offset + 1
    let seen = 0
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      seen |= code
      buffer[at++] = code
    }
    if (seen < 128) {
      buffer[offset] = 2 * length
      return at
    }
  }
  const at = writeLong(Buffer.byteLength(value, 'utf8'), buffer, offset)
  return at + buffer.write(value, at, 'utf8')
}
