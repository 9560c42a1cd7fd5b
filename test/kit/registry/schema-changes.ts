// Changes of a schema and what they break. A change that is `stricter` is refused by us and accepted by registries.

export interface SchemaChange {
  readonly change: string
  readonly older: string
  readonly newer: string
  /** Today's program reads earlier records. */
  readonly backward: boolean
  /** The earlier program reads today's records. */
  readonly forward: boolean
  /** Why we refuse what a registry accepts. */
  readonly stricter?: string
}

const record = (fields: readonly object[], more: object = {}): string =>
  JSON.stringify({ type: 'record', name: 'Sample', namespace: 'quantum.test', fields, ...more })
const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more })
const letters = (symbols: readonly string[], more: object = {}) =>
  ({ type: 'enum', name: 'Letter', symbols, ...more }) as const
const nested = (...fields: readonly object[]) => ({ type: 'record', name: 'Part', fields })
const arrayOf = (items: unknown) => ({ type: 'array', items })
const money = { type: 'string', logicalType: 'decimal-string' }
const time = (logicalType: string) => ({ type: 'long', logicalType })
const a = field('a', 'int')

const both = { backward: true, forward: true }
const onlyBackward = { backward: true, forward: false }
const onlyForward = { backward: false, forward: true }
const neither = { backward: false, forward: false }
type Reads = typeof both

const changed = (
  change: string,
  older: string,
  newer: string,
  reads: Reads,
  stricter?: string,
): SchemaChange => ({
  ...{ change, older, newer },
  ...reads,
  ...(stricter === undefined ? {} : { stricter }),
})
/** One field `f` of a type that changes. */
const retyped = (change: string, before: unknown, after: unknown, reads: Reads, why?: string) =>
  changed(change, record([field('f', before)]), record([field('f', after)]), reads, why)
/** The same field, nullable with default null. */
const nullable = (change: string, before: unknown, after: unknown, reads: Reads) => {
  const of = (type: unknown) => record([field('f', ['null', type], { default: null })])
  return changed(change, of(before), of(after), reads)
}
const X = { default: 'X' }
const otherMeaning = 'a logical type is a meaning, and stays'
const otherName = 'a namespace is part of a name'

export const schemaChanges: readonly SchemaChange[] = [
  changed('nothing', record([a]), record([a]), both),
  changed('docs', record([a]), record([field('a', 'int', { doc: 'a number' })]), both),
  changed(
    'a field without default is added',
    record([a]),
    record([a, field('b', 'int')]),
    onlyForward,
  ),
  changed(
    'a field with default is added',
    record([a]),
    record([a, field('b', 'int', { default: 0 })]),
    both,
  ),
  changed(
    'a nullable field with default null is added',
    record([a]),
    record([a, field('b', ['null', 'string'], { default: null })]),
    both,
  ),
  changed(
    'a nullable field without default is added',
    record([a]),
    record([a, field('b', ['null', 'string'])]),
    onlyForward,
  ),
  changed(
    'a field without default is removed',
    record([a, field('b', 'int')]),
    record([a]),
    onlyBackward,
  ),
  changed(
    'a field with default is removed',
    record([a, field('b', 'int', { default: 0 })]),
    record([a]),
    both,
  ),
  changed(
    'a default is removed',
    record([field('b', 'int', { default: 0 })]),
    record([field('b', 'int')]),
    both,
  ),
  changed(
    'a default is added',
    record([field('b', 'int')]),
    record([field('b', 'int', { default: 0 })]),
    both,
  ),
  changed(
    'fields change places',
    record([a, field('b', 'string')]),
    record([field('b', 'string'), a]),
    both,
  ),
  changed('a field is renamed', record([a]), record([field('b', 'int')]), neither),
  changed(
    'a field is renamed with an alias',
    record([a]),
    record([field('b', 'int', { aliases: ['a'] })]),
    onlyBackward,
  ),
  changed(
    'a field with default is renamed with an alias',
    record([field('a', 'int', { default: 0 })]),
    record([field('b', 'int', { default: 0, aliases: ['a'] })]),
    both,
  ),
  changed('the record is renamed', record([a]), record([a], { name: 'Other' }), neither),
  changed(
    'the record is renamed with an alias',
    record([a]),
    record([a], { name: 'Other', aliases: ['Sample'] }),
    onlyBackward,
  ),
  changed(
    'the record moves to another namespace',
    record([a]),
    record([a], { namespace: 'other' }),
    neither,
    otherName,
  ),
  changed(
    'the record moves to another namespace with an alias',
    record([a]),
    record([a], { namespace: 'other', aliases: ['quantum.test.Sample'] }),
    onlyBackward,
    otherName,
  ),
  retyped('int becomes long', 'int', 'long', onlyBackward),
  retyped('int becomes float', 'int', 'float', onlyBackward),
  retyped('int becomes double', 'int', 'double', onlyBackward),
  retyped('long becomes float', 'long', 'float', onlyBackward),
  retyped('long becomes double', 'long', 'double', onlyBackward),
  retyped('float becomes double', 'float', 'double', onlyBackward),
  retyped('long becomes int', 'long', 'int', onlyForward),
  retyped('double becomes float', 'double', 'float', onlyForward),
  retyped('double becomes long', 'double', 'long', onlyForward),
  retyped('int becomes string', 'int', 'string', neither),
  retyped('boolean becomes int', 'boolean', 'int', neither),
  retyped('string becomes bytes', 'string', 'bytes', both),
  retyped('bytes become string', 'bytes', 'string', both),
  retyped(
    'a symbol is added, nobody has a default',
    letters(['X']),
    letters(['X', 'Y']),
    onlyBackward,
  ),
  retyped(
    'a symbol is added, both have a default',
    letters(['X'], X),
    letters(['X', 'Y'], X),
    both,
  ),
  retyped(
    'a symbol is added, only the new one has a default',
    letters(['X']),
    letters(['X', 'Y'], X),
    onlyBackward,
  ),
  retyped(
    'a symbol is removed, nobody has a default',
    letters(['X', 'Y']),
    letters(['X']),
    onlyForward,
  ),
  retyped(
    'a symbol is removed, both have a default',
    letters(['X', 'Y'], X),
    letters(['X'], X),
    both,
  ),
  retyped('the default of an enum is removed', letters(['X', 'Y'], X), letters(['X', 'Y']), both),
  retyped('symbols change places', letters(['X', 'Y']), letters(['Y', 'X']), both),
  retyped('an enum is renamed', letters(['X']), letters(['X'], { name: 'Sign' }), neither),
  retyped(
    'an enum is renamed with an alias',
    letters(['X']),
    letters(['X'], { name: 'Sign', aliases: ['Letter'] }),
    onlyBackward,
  ),
  retyped(
    'an enum moves to another namespace',
    letters(['X']),
    letters(['X'], { namespace: 'other' }),
    neither,
    otherName,
  ),
  retyped('an enum becomes string', letters(['X']), 'string', neither),
  retyped('string becomes an enum', 'string', letters(['X'], X), neither),
  retyped('string becomes an amount', 'string', money, neither, otherMeaning),
  retyped('an amount becomes string', money, 'string', neither, otherMeaning),
  retyped('an amount becomes bytes', money, 'bytes', neither, otherMeaning),
  retyped('double becomes an amount', 'double', money, neither),
  retyped('an amount becomes double', money, 'double', neither),
  retyped('long becomes a time', 'long', time('timestamp-millis'), neither, otherMeaning),
  retyped(
    'milliseconds become microseconds',
    time('timestamp-millis'),
    time('timestamp-micros'),
    neither,
    otherMeaning,
  ),
  retyped('union members change places', ['null', 'string'], ['string', 'null'], both),
  retyped('a field becomes nullable', 'string', ['null', 'string'], onlyBackward),
  retyped('a field is nullable no longer', ['null', 'string'], 'string', onlyForward),
  retyped('a union gets a member', ['null', 'string'], ['null', 'string', 'int'], onlyBackward),
  retyped('a union loses a member', ['null', 'string', 'int'], ['null', 'string'], onlyForward),
  nullable('nullable int becomes nullable long', 'int', 'long', onlyBackward),
  nullable(
    'a nullable enum gets a symbol, both have a default',
    letters(['X'], X),
    letters(['X', 'Y'], X),
    both,
  ),
  nullable(
    'a nullable enum loses a symbol, nobody has a default',
    letters(['X', 'Y']),
    letters(['X']),
    onlyForward,
  ),
  nullable('a nullable part loses a field', nested(a, field('b', 'int')), nested(a), onlyBackward),
  retyped('items become long', arrayOf('int'), arrayOf('long'), onlyBackward),
  retyped(
    'map values become long',
    { type: 'map', values: 'int' },
    { type: 'map', values: 'long' },
    onlyBackward,
  ),
  retyped(
    'a part gets a field without default',
    nested(a),
    nested(a, field('b', 'int')),
    onlyForward,
  ),
  retyped(
    'a part gets a field with default',
    nested(a),
    nested(a, field('b', 'int', { default: 1 })),
    both,
  ),
  retyped(
    'parts in a list get a field without default',
    arrayOf(nested(a)),
    arrayOf(nested(a, field('b', 'int'))),
    onlyForward,
  ),
  retyped('a part is renamed', nested(a), { ...nested(a), name: 'Piece' }, neither),
]
