// What may follow a schema, over every kind of change there is. A real registry is held to the same table.
import { describe, expect, test } from 'vitest'
import { incompatibilities } from '../../schemas/compatibility.ts'
import { compatibilityOf } from '../../schemas/topic.ts'
import { topics } from '../../schemas/topics.ts'
import { createCodec } from '../../schemas/codec.ts'
import { schemaChanges } from '../kit/registry/schema-changes.ts'

describe.each(schemaChanges)('$change', ({ older, newer, backward, forward }) => {
  test(`${backward ? 'may' : 'may not'} follow as an event`, () => {
    expect(incompatibilities('BACKWARD_TRANSITIVE', newer, older).length === 0).toBe(backward)
  })

  test(`${backward && forward ? 'may' : 'may not'} follow as state`, () => {
    const found = incompatibilities('FULL_TRANSITIVE', newer, older)
    expect(found.length === 0).toBe(backward && forward)
  })
})

test('the reason names the field', () => {
  const change = (name: string) => schemaChanges.find((one) => one.change === name)!
  const { newer, older } = change('a field without default is added')
  expect(incompatibilities('BACKWARD_TRANSITIVE', newer, older)).toEqual([
    { direction: 'backward', reason: expect.stringContaining('Sample.b') as string },
  ])
  const time = change('milliseconds become microseconds')
  expect(incompatibilities('BACKWARD_TRANSITIVE', time.newer, time.older)).toEqual([
    {
      direction: 'backward',
      reason:
        'f: expected the logical type timestamp-millis, was timestamp-micros; a new meaning is a new field',
    },
  ])
})

test('a logical type is kept in parts, lists and under an alias', () => {
  const schema = (type: unknown, more: object = {}) =>
    JSON.stringify({
      ...{ type: 'record', name: 'Sample', fields: [{ name: 'f', type, ...more }] },
    })
  const amount = { type: 'string', logicalType: 'decimal-string' }
  const part = (type: unknown) => ({
    ...{ type: 'record', name: 'Part', fields: [{ name: 'm', type: ['null', type] }] },
  })
  const reasons = (newer: string, older: string) =>
    incompatibilities('BACKWARD_TRANSITIVE', newer, older).map((one) => one.reason)
  const list = (type: unknown) => ({ type: 'array', items: part(type) })
  expect(reasons(schema(list('string')), schema(list(amount)))).toEqual([
    expect.stringContaining('f[].m: expected the logical type decimal-string, was none'),
  ])
  const renamed = schema('string', { aliases: ['g'] })
  const before = JSON.stringify({
    ...{ type: 'record', name: 'Sample', fields: [{ name: 'g', type: amount }] },
  })
  expect(reasons(renamed, before)).toHaveLength(1)
})

test.each(topics.map((topic) => [topic.name, topic] as const))(
  '%s may follow itself',
  (name, topic) => {
    const { text } = createCodec().writerSchema(name)
    expect(incompatibilities(compatibilityOf(topic), text, text)).toEqual([])
  },
)
