// What people are shown of a change: each field that came, went or changed, and nothing when only the formatting did.
import { expect, test } from 'vitest'
import { differencesOf } from '../../schemas/difference.ts'
import { contentOf, fingerprintOf, meaningOf } from '../../schemas/meaning.ts'
import { readSchemas } from '../../schemas/read.ts'

const record = (fields: object[], more: object = {}) =>
  JSON.stringify({ type: 'record', name: 'Sample', fields, ...more })
const side = (symbols: string[]) => ({ type: 'enum', name: 'Side', symbols, default: 'UNKNOWN' })

test('fields that came, went and changed, in parts and lists too', () => {
  const older = record([
    { name: 'a', type: 'int' },
    { name: 'gone', type: 'string', default: '' },
    { name: 'side', type: side(['BUY', 'UNKNOWN']) },
    {
      name: 'legs',
      type: {
        type: 'array',
        items: { type: 'record', name: 'Leg', fields: [{ name: 'quantity', type: 'double' }] },
      },
    },
  ])
  const newer = record([
    { name: 'a', type: 'long', doc: 'a number' },
    { name: 'side', type: side(['BUY', 'SELL', 'UNKNOWN']) },
    {
      name: 'legs',
      type: {
        type: 'array',
        items: {
          ...{ type: 'record', name: 'Leg' },
          fields: [{ name: 'quantity', type: { type: 'string', logicalType: 'decimal-string' } }],
        },
      },
    },
    { name: 'note', type: ['null', 'string'], default: null },
  ])
  const changed = (field: string, what: string, before: string | null, after: string) => ({
    ...{ field, change: 'changed', what, before, after },
  })
  expect(differencesOf(newer, older)).toEqual([
    changed('a', 'type', 'int', 'long'),
    changed('a', 'doc', null, '"a number"'),
    changed(
      'side',
      'type',
      'enum Side(BUY, UNKNOWN) = "UNKNOWN"',
      'enum Side(BUY, SELL, UNKNOWN) = "UNKNOWN"',
    ),
    changed('legs[].quantity', 'type', 'double', 'string (decimal-string)'),
    { field: 'note', change: 'added', what: 'field', before: null, after: 'null | string = null' },
    { field: 'gone', change: 'removed', what: 'field', before: 'string = ""', after: null },
  ])
})

/** Every copy of a schema with one attribute changed. */
function changesOf(schema: unknown): string[] {
  const found: string[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, value] of Object.entries(node)) {
      const owner = node as Record<string, unknown>
      if (key === 'default') continue
      if (typeof value === 'string') {
        owner[key] = `${value}_other`
        found.push(JSON.stringify(schema))
        owner[key] = value
      } else visit(value)
    }
  }
  visit(schema)
  return found
}

test.each([...readSchemas()])('no change of %s goes unseen', (_, schema) => {
  const text = JSON.stringify(schema)
  expect(differencesOf(text, text)).toEqual([])
  for (const changed of changesOf(structuredClone(schema)))
    expect(differencesOf(changed, text), changed).not.toEqual([])
})

test('formatting is no difference; docs are one for people, not for programs', () => {
  const text = record([{ name: 'a', type: { type: 'int' }, doc: 'one' }])
  const formatted = JSON.stringify(
    { fields: [{ doc: 'one', type: 'int', name: 'a' }], name: 'Sample', type: 'record' },
    null,
    2,
  )
  expect(contentOf(formatted)).toBe(contentOf(text))
  expect(fingerprintOf(formatted)).toBe(fingerprintOf(text))
  const reworded = text.replace('one', 'two')
  expect(contentOf(reworded)).not.toBe(contentOf(text))
  expect(meaningOf(reworded)).toBe(meaningOf(text))
})

test('a default is data, docs and all', () => {
  const withDefault = (value: unknown) => record([{ name: 'a', type: 'string', default: value }])
  expect(meaningOf(withDefault({ doc: 'x' }))).not.toBe(meaningOf(withDefault({ doc: 'y' })))
})

test('what is no JSON is equal to itself alone', () => {
  expect(meaningOf('syntax = "proto3";')).toBe('syntax = "proto3";')
  expect(differencesOf(record([]), 'syntax = "proto3";')).not.toEqual([])
})
