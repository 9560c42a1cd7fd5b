// Records of an older program stay readable: an added field has its default, and money stays money to the last decimal.
import avsc from 'avsc'
import { describe, expect, test } from 'vitest'
import { createCodec } from '../../schemas/codec.ts'
import { readSchemas } from '../../schemas/read.ts'
import { topics } from '../../schemas/topics.ts'

interface Field {
  readonly name: string
  readonly type: unknown
  readonly default?: unknown
}
interface RecordSchema {
  readonly type: 'record'
  readonly name: string
  readonly namespace?: string
  readonly fields: readonly Field[]
}

const schemas = readSchemas()
const codec = createCodec()
const olderId = 77

/** A value of a schema: every array has one item, every nullable field has a value, money has decimals. */
function sampleOf(schema: unknown, named: Map<string, unknown>): unknown {
  if (typeof schema === 'string')
    return named.has(schema) ? sampleOf(named.get(schema), named) : primitive(schema)
  if (Array.isArray(schema))
    return sampleOf(
      schema.find((member) => member !== 'null'),
      named,
    )
  const typed = schema as {
    type: unknown
    name?: string
    symbols?: string[]
    items?: unknown
    logicalType?: string
    fields?: Field[]
  }
  if (typed.name !== undefined) named.set(typed.name, typed)
  if (typed.logicalType === 'decimal-string') return '-12.500'
  switch (typed.type) {
    case 'record':
      return Object.fromEntries((typed.fields ?? []).map((f) => [f.name, sampleOf(f.type, named)]))
    case 'enum':
      return typed.symbols?.[0]
    case 'array':
      return [sampleOf(typed.items, named)]
    default:
      return sampleOf(typed.type, named)
  }
}

const primitive = (name: string): unknown =>
  ({ string: 'text', boolean: true, double: 1.5, float: 1.5, long: 5, int: 5 })[name]

/** Bytes as a program wrote them that did not know the field yet. */
function writtenWithout(topic: string, schema: RecordSchema, field: string) {
  const older = { ...schema, fields: schema.fields.filter((one) => one.name !== field) }
  const value = sampleOf(schema, new Map()) as Record<string, unknown>
  const { [field]: _, ...old } = value
  const body = avsc.Type.forSchema(older as avsc.Schema).toBuffer(old)
  const head = Buffer.alloc(5)
  head.writeInt32BE(olderId, 1)
  const aged = createCodec((_topic, id) => (id === olderId ? JSON.stringify(older) : undefined))
  return { read: () => aged.decode(topic as never, Buffer.concat([head, body])), old }
}

const stored = topics.filter((topic) => topic.kind !== 'clock').map((topic) => topic.name)

describe.each(stored)('%s', (topic) => {
  const schema = schemas.get(topic) as unknown as RecordSchema
  const sample = sampleOf(schema, new Map())

  test('is read as it was written', () => {
    expect(codec.decode(topic, codec.encode(topic, sample))).toEqual(sample)
  })

  test('is read from before each field that has a default', () => {
    // A field that brings a named type can't go alone: others may use the name.
    const added = schema.fields.filter(
      (field) => field.default !== undefined && !JSON.stringify(field.type).includes('"name"'),
    )
    for (const field of added) {
      const { read, old } = writtenWithout(topic, schema, field.name)
      expect(read(), field.name).toEqual({ ...old, [field.name]: field.default })
    }
  })

  test('is read when its text changed and its fields did not', () => {
    const older = { ...schema, doc: 'in other words' }
    const bytes = Buffer.from(codec.encode(topic, sample))
    bytes.writeInt32BE(olderId, 1)
    const aged = createCodec((_topic, id) => (id === olderId ? JSON.stringify(older) : undefined))
    expect(aged.decode(topic, bytes)).toEqual(sample)
  })
})

test('an amount that damaged bytes have made of money is no amount', () => {
  const { fields } = schemas.get('funding.paid') as unknown as RecordSchema
  expect(fields.map((field) => field.name)).toContain('amount_usd')
  const bytes = Buffer.from(
    codec.encode('funding.paid', sampleOf(schemas.get('funding.paid'), new Map())),
  )
  const at = bytes.indexOf('-12.500')
  bytes.write('-12x500', at)
  expect(() => codec.decode('funding.paid', bytes)).toThrow(
    'expected a decimal number, was "-12x500"',
  )
})

test('a schema that can not become today’s is named', () => {
  const other = { type: 'record', name: 'FundingPaid', namespace: 'quantum.trader', fields: [] }
  const aged = createCodec(() => JSON.stringify(other))
  const bytes = Buffer.from([0, 0, 0, 0, olderId, 0])
  expect(() => aged.decode('funding.paid', bytes)).toThrow(/funding\.paid: expected a schema/)
})
