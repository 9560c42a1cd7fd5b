// Compiles an Avro schema into one straight-line function that reads a record of that schema as a plain object: the
// counterpart of encoder.ts. It reads what avsc reads, and refuses what the encoder could not write again.
import { cursor, readDecimal, readLong, readText, tooShort, viewOf } from './decoder-values.ts'
import type { AvroSchema, AvroType } from './read.ts'

/** Reads the record that begins at `start` and ends with the buffer. Throws an Error with the reason for any other bytes. */
export type Decoder = (bytes: Buffer, start: number) => unknown

/** Statements that read a value, and the expression for it that holds behind them. */
interface Code {
  readonly read: string
  readonly value: string
}

// In the code: b the buffer, e its end, o where reading is, i the index that was read last.
export function compileDecoder(schema: AvroSchema): Decoder {
  const named = new Map<string, AvroSchema>()
  const symbolTables: (string | undefined)[][] = []
  const lastTexts: string[] = []
  let names = 0
  const newName = (): string => `x${String(names++)}`

  const recordCode = (record: AvroSchema): Code => {
    if (record.name !== undefined) named.set(record.name, record)
    const fields = record.fields ?? []
    // Any count of them would fit into no bytes at all.
    if (fields.length === 0) throw new Error(`expected a record with fields: ${record.name}`)
    const codes = fields.map((field) => [field.name, typeCode(field.type)] as const)
    return {
      read: codes.map(([, { read }]) => read).join(''),
      value: `{ ${codes.map(([name, { value }]) => `${name}: ${value}`).join(', ')} }`,
    }
  }

  const typeCode = (type: AvroType): Code => {
    if (Array.isArray(type)) return unionCode(type)
    if (typeof type === 'string') {
      const known = named.get(type)
      return known === undefined ? primitiveCode(type) : typeCode(known)
    }
    switch (type.type) {
      case 'record':
        return recordCode(type)
      case 'enum':
        return enumCode(type)
      case 'array':
        return arrayCode(type.items!)
      default:
        return primitiveCode(type.logicalType === 'decimal-string' ? type.logicalType : type.type)
    }
  }

  const unionCode = (branches: AvroType[]): Code => {
    const [first, second] = branches
    if (branches.length !== 2 || first !== 'null' || second === undefined)
      throw new Error(`expected a union of null and one type, was ${JSON.stringify(branches)}`)
    const x = newName()
    const some = typeCode(second)
    return {
      read: `
        ${indexCode}
        let ${x} = null
        if (i === 2) {
          ${some.read}
          ${x} = ${some.value}
        } else if (i !== 0) throw noBranch(i)`,
      value: x,
    }
  }

  const enumCode = (type: AvroSchema): Code => {
    named.set(type.name!, type)
    // By twice the index, as it is written.
    const table = symbolTables.push(type.symbols!.flatMap((symbol) => [symbol, undefined])) - 1
    const x = newName()
    return {
      read: `
        ${indexCode}
        const ${x} = tables[${table}][i]
        if (${x} === undefined) throw noSymbol('${type.name!}', i)`,
      value: x,
    }
  }

  // Made with its length: one that grows by pushing would keep room for sixteen more.
  const arrayCode = (items: AvroType): Code => {
    const [list, next, left] = [newName(), newName(), newName()]
    const item = typeCode(items)
    return {
      read: `
        let ${list} = []
        let ${next} = 0
        for (;;) {
          ${longCode(left)}
          if (${left} === 0) break
          if (${left} < 0) {
            ${left} = -${left}
            long(b, o, e)
            o = at.end
          }
          if (${left} > e - o) throw tooMany(${left}, e - o)
          if (${next} === 0) ${list} = new Array(${left})
          for (; ${left} > 0; ${left}--) {
            ${item.read}
            ${list}[${next}++] = ${item.value}
          }
        }`,
      value: list,
    }
  }

  /** `first` stands for the text of the record before the first: a value that the helper would give. */
  const textCode = (helper: 'text' | 'decimal', first: string): Code => {
    const x = newName()
    const field = lastTexts.push(first) - 1
    return { read: `\nconst ${x} = ${helper}(b, o, e, last, ${field})\no = at.end`, value: x }
  }

  const primitiveCode = (type: string): Code => {
    const x = newName()
    switch (type) {
      case 'decimal-string':
        return textCode('decimal', '0')
      case 'string':
        return textCode('text', '')
      case 'double':
        return { read: `${needCode(8)}\nconst ${x} = d.getFloat64(p + o, true)\no += 8`, value: x }
      case 'boolean':
        return { read: `${needCode(1)}\nconst ${x} = b[o++] !== 0`, value: x }
      case 'int':
        return { read: `${longCode(x)}\nif ((${x} | 0) !== ${x}) throw noInt(${x})`, value: x }
      case 'long':
        return { read: longCode(x), value: x }
      default:
        throw new Error(`type ${type} is not supported`)
    }
  }

  const { read, value } = recordCode(schema)
  const view = read.includes('d.getFloat64') ? 'const d = view(b), p = b.byteOffset' : ''
  const body = `
    const e = b.length
    let i = 0
    ${view}
    ${read}
    if (o !== e) throw tooLong(o, e)
    return ${value}`
  // The code comes from the schema's own names, which the schema rules hold to letters, digits and _.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const build = new Function(
    ...['tables', 'last', 'at', 'long', 'text', 'decimal', 'view'],
    ...['short', 'tooLong', 'tooMany', 'noBranch', 'noSymbol', 'noInt'],
    `return (b, o) => {${body}\n}`,
  ) as (...helpers: unknown[]) => Decoder
  return build(
    ...[symbolTables, lastTexts, cursor, readLong, readText, readDecimal, viewOf],
    ...[tooShort, tooLong, tooMany, noBranch, noSymbol, noInt],
  )
}

const needCode = (bytes: number): string => `\nif (o + ${bytes} > e) throw short(o, ${bytes}, e)`

/** The index of a branch or a symbol as it is written, twice; nearly always one byte. */
const indexCode = `${needCode(1)}
  i = b[o++]
  if (i > 127) {
    i = 2 * long(b, o - 1, e)
    o = at.end
  }`

const longCode = (x: string): string => `${needCode(1)}
  let ${x} = b[o++]
  if (${x} > 127) {
    ${x} = long(b, o - 1, e)
    o = at.end
  } else ${x} = (${x} >>> 1) ^ -(${x} & 1)`

const tooLong = (end: number, actual: number): Error =>
  new Error(`expected a record of ${end} bytes, was ${actual}`)

const tooMany = (count: number, left: number): Error =>
  new Error(`expected at most ${left} items in as many bytes, was ${count}`)

const noBranch = (read: number): Error =>
  new Error(`expected branch 0 or 1 of a union, was ${indexOf(read)}`)

const noSymbol = (name: string, read: number): Error =>
  new Error(`expected the index of a symbol of ${name}, was ${indexOf(read)}`)

const indexOf = (read: number): number => (read % 2 === 0 ? read / 2 : -(read + 1) / 2)

const noInt = (value: number): Error => new Error(`expected a number of 32 bits, was ${value}`)
