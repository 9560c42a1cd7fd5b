// I-28: votes were a number map or a text, times were ISO or epoch, and a field named ts was a statistic.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCodec } from '../../schemas/codec.ts'
import { readSchemas } from '../../schemas/read.ts'
import type { AvroSchema, AvroType } from '../../schemas/read.ts'
import { topics } from '../../schemas/topics.ts'

const codec = createCodec()
const schemas = readSchemas()

describe('I-28: every record of every topic comes back as it was', () => {
  test.each(topics.map((topic) => topic.name))('%s, with any values', (topic) => {
    const named = new Map<string, AvroSchema>()
    const values = arbitrary(schemas.get(topic)!, named)
    fc.assert(
      fc.property(values, (value) => {
        expect(codec.decode(topic, codec.encode(topic, value))).toStrictEqual(value)
      }),
      { numRuns: 25 },
    )
  })

  test('times are numbers of milliseconds, in fields that say so', () => {
    for (const [topic, schema] of schemas)
      for (const { name, type } of leavesOf(schema))
        if (/_ms$/.test(name))
          expect(kindOf(type), `${topic} ${name}`).toMatch(/^(long|int|double)$/)
        else expect(name, topic).not.toMatch(/^(ts|time|timestamp|date)$|_(ts|time|timestamp|at)$/)
  })
})

/** Any value that a schema allows. */
function arbitrary(type: AvroType, named: Map<string, AvroSchema>): fc.Arbitrary<unknown> {
  if (Array.isArray(type)) return fc.oneof(...type.map((member) => arbitrary(member, named)))
  if (typeof type === 'string') {
    const known = named.get(type)
    return known === undefined ? primitive(type) : arbitrary(known, named)
  }
  if (type.name !== undefined) named.set(type.name, type)
  switch (type.type) {
    case 'record':
      return fc.record(
        Object.fromEntries(type.fields!.map((f) => [f.name, arbitrary(f.type, named)])),
        { noNullPrototype: true },
      )
    case 'enum':
      return fc.constantFrom(...type.symbols!)
    case 'array':
      return fc.array(arbitrary(type.items!, named), { maxLength: 3 })
    default:
      return type.logicalType === 'decimal-string' ? decimalText : primitive(type.type)
  }
}

const decimalText = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(10 ** 8))
  .map(([whole, part]) => (part === 0 ? String(whole) : `${whole}.${part}`))

function primitive(type: string): fc.Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'int':
      return fc.integer()
    case 'long':
      // Within 2^52: every time in ms, every offset.
      return fc.maxSafeInteger().map((n) => Math.trunc(n / 2) + 0)
    case 'double':
      return fc.double({ noNaN: true })
    case 'string':
      return fc.string({ unit: 'grapheme' })
    default:
      throw new Error(`expected a type of our schemas, was ${type}`)
  }
}

function leavesOf(schema: unknown): { name: string; type: AvroType }[] {
  if (typeof schema !== 'object' || schema === null) return []
  const fields = 'fields' in schema ? (schema.fields as { name: string; type: AvroType }[]) : []
  return [...fields, ...Object.values(schema).flatMap((part) => leavesOf(part))]
}

function kindOf(type: AvroType): string {
  if (Array.isArray(type)) return kindOf(type.find((member) => member !== 'null') ?? 'null')
  if (typeof type === 'string') return type
  return type.type === 'array' ? kindOf(type.items!) : kindOf(type.type)
}
