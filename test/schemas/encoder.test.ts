import avsc from 'avsc'
import { describe, expect, test } from 'vitest'
import { bufferFull, compileEncoder, invalidValue } from '../../schemas/encoder.ts'
import { readSchemas } from '../../schemas/read.ts'
import type { AvroSchema, AvroType } from '../../schemas/read.ts'

const buffer = Buffer.alloc(1 << 20)
const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)

/** A small seeded generator, so that a failing value can be made again. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

/** Named types may be defined inside a union that turns out null: they are collected first. */
function collect(type: AvroType, named: Map<string, AvroSchema>): Map<string, AvroSchema> {
  if (Array.isArray(type)) for (const member of type) collect(member, named)
  else if (typeof type !== 'string') {
    if (type.name !== undefined) named.set(type.name, type)
    if (type.items !== undefined) collect(type.items, named)
    for (const field of type.fields ?? []) collect(field.type, named)
  }
  return named
}

function sample(type: AvroType, random: () => number, named: Map<string, AvroSchema>): unknown {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!
  if (Array.isArray(type)) return random() < 0.4 ? null : sample(type[1]!, random, named)
  const schema: AvroSchema = typeof type === 'string' ? (named.get(type) ?? { type }) : type
  if (schema.logicalType === 'decimal-string')
    return pick(['0', '-1', '12.50', '0.00000001', '123456789.123456789'])
  switch (schema.type) {
    case 'record':
      return Object.fromEntries(
        (schema.fields ?? []).map((f) => [f.name, sample(f.type, random, named)]),
      )
    case 'enum':
      return pick(schema.symbols!)
    case 'array':
      return Array.from({ length: Math.floor(random() * 4) }, () =>
        sample(schema.items!, random, named),
      )
    case 'string':
      return pick([
        '',
        'BTCUSDT',
        'ä€😀',
        'x'.repeat(63),
        'x'.repeat(64),
        'é'.repeat(70),
        'y'.repeat(3_000),
      ])
    case 'boolean':
      return random() < 0.5
    case 'int':
      return pick([0, 1, -1, 63, 64, -64, -65, 2_147_483_647, -2_147_483_648])
    case 'long':
      return pick([
        0, -1, 134_217_727, 134_217_728, -134_217_729, 1_700_000_000_000, 4_503_599_627_370_496,
        -4_503_599_627_370_496,
      ])
    case 'double':
      return pick([0, -0, 1.5, NaN, Infinity, 1e-300, 30_000.1])
    default:
      throw new Error(`no sample for ${schema.type}`)
  }
}

describe('encoder', () => {
  test.each([...readSchemas()])(
    '%s is written byte for byte as avsc writes it',
    (_topic, schema) => {
      const encode = compileEncoder(schema)
      const type = avsc.Type.forSchema(schema as avsc.Schema)
      const random = randomOf(7)
      for (let i = 0; i < 60; i++) {
        const value = sample(schema, random, collect(schema, new Map()))
        const end = encode(value, buffer, view, 3)
        expect(buffer.subarray(3, end).equals(type.toBuffer(value))).toBe(true)
      }
    },
  )

  const record: AvroSchema = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'at_ms', type: 'long' },
      { name: 'side', type: { type: 'enum', name: 'Side', symbols: ['BUY', 'SELL'] } },
      { name: 'flag', type: 'boolean' },
      { name: 'money', type: { type: 'string', logicalType: 'decimal-string' } },
      { name: 'list', type: { type: 'array', items: 'string' } },
      { name: 'maybe', type: ['null', 'double'] },
    ],
  }
  const good = { at_ms: 1, side: 'BUY', flag: true, money: '1.5', list: ['a'], maybe: null }
  const encode = compileEncoder(record)

  test.each([
    ['a fraction as long', { at_ms: 1.5 }],
    ['a long beyond 2^53', { at_ms: 2 ** 60 }],
    ['a symbol that does not exist', { side: 'HOLD' }],
    ['a name from the prototype as symbol', { side: 'constructor' }],
    ['a missing boolean', { flag: undefined }],
    ['a number as boolean', { flag: 1 }],
    ['money as a number', { money: 1.5 }],
    ['money as NaN', { money: 'NaN' }],
    ['a text for a list', { list: 'abc' }],
    ['an undefined optional', { maybe: undefined }],
  ])('%s is refused', (_name, change) => {
    expect(() => encode({ ...good, ...change }, buffer, view, 0)).toThrow(invalidValue)
  })

  test.each([...readSchemas()])(
    '%s in a buffer of any smaller size is reported as full, never overrun',
    (_topic, schema) => {
      const encode = compileEncoder(schema)
      const random = randomOf(11)
      for (let i = 0; i < 4; i++) {
        const value = sample(schema, random, collect(schema, new Map()))
        const end = encode(value, buffer, view, 0)
        for (let size = Math.max(0, end - 400); size < end; size++) {
          const small = Buffer.alloc(size)
          const run = (): number =>
            encode(value, small, new DataView(small.buffer, small.byteOffset, size), 0)
          expect(run, `${String(size)} of ${String(end)} bytes`).toThrow(bufferFull)
        }
      }
    },
  )
})
