// Random values of a schema, made by a seeded generator, so that a failing one can be made again.
import type { AvroSchema, AvroType } from '../../schemas/read.ts'

/** Numbers from 0 up to and without 1. */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

/** A value of a record's schema, with the borders of every type among its fields. */
export function sampleOf(schema: AvroSchema, random: () => number): unknown {
  return sample(schema, random, collect(schema, new Map()))
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
        ...['', 'BTCUSDT', 'ä€😀', 'é'.repeat(70), 'y'.repeat(3_000)],
        ...['x'.repeat(63), 'x'.repeat(64), 'z'.repeat(Math.floor(random() * 40))],
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
      return pick([0, -0, 1.5, NaN, Infinity, 1e-300, 30_000.1, random()])
    default:
      throw new Error(`no sample for ${schema.type}`)
  }
}
