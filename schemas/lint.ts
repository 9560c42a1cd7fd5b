// The house rules of schemas: what every *.avsc must have so that a stranger can read a record and a reader of another
// age can decode it.
import { readSchemas } from './read.ts'
import type { AvroSchema, AvroType } from './read.ts'
import type { Topic } from './topic.ts'

export interface LintFault {
  readonly schema: string
  readonly field: string
  readonly fault: string
}

/** Checks every schema of a folder against the rules and the declared topics. Empty when all is well. */
export function lintSchemas(topics: readonly Topic[], schemas = readSchemas()): LintFault[] {
  const faults: LintFault[] = []
  const names = new Set(topics.map((topic) => topic.name as string))
  for (const [topic, schema] of schemas) {
    if (!names.has(topic))
      faults.push({ schema: topic, field: '', fault: 'no topic has this name' })
    const expected = pascalCase(topic)
    if (schema.name !== expected)
      faults.push({
        schema: topic,
        field: '',
        fault: `expected the name ${expected}, was ${String(schema.name)}`,
      })
    lintRecord(topic, '', schema, faults)
  }
  for (const name of names)
    if (!schemas.has(name))
      faults.push({ schema: name, field: '', fault: 'topic without a schema file' })
  return [...faults, ...foldedNames([...names])]
}

function lintRecord(topic: string, path: string, record: AvroSchema, faults: LintFault[]): void {
  const complain = (field: string, fault: string): void => {
    faults.push({ schema: topic, field: path + field, fault })
  }
  if (isBlank(record.doc)) complain('', 'expected a doc on the record')
  for (const field of record.fields ?? []) {
    if (isBlank(field.doc)) complain(field.name, 'expected a doc')
    if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(field.name))
      complain(field.name, 'expected snake_case')
    if (Array.isArray(field.type) && field.type[0] === 'null' && field.default !== null)
      complain(field.name, 'expected the default null, since it may be null')
    for (const type of parts(field.type)) {
      if (type.type === 'enum' && !(type.symbols ?? []).includes(String(type.default)))
        complain(
          field.name,
          'expected an enum default among its symbols, for readers of another age',
        )
      if (type.type === 'record') lintRecord(topic, `${path}${field.name}.`, type, faults)
    }
    if (/_at$|timestamp|_time$/.test(field.name))
      complain(field.name, 'expected a time to end in _at_ms')
    if (/_usd$/.test(field.name) && !isMoney(field.type) && !statistics.has(field.name))
      complain(field.name, 'expected money as a string with logicalType decimal-string')
  }
}

/** Means over many trades: statistics, not money that is booked. */
const statistics = new Set(['expectancy_usd'])

function parts(type: AvroType): AvroSchema[] {
  if (typeof type === 'string') return []
  if (Array.isArray(type)) return type.flatMap(parts)
  return type.items === undefined ? [type] : [type, ...parts(type.items)]
}

const isMoney = (type: AvroType): boolean =>
  parts(type).some((part) => part.logicalType === 'decimal-string')

const isBlank = (text: string | undefined): boolean => text === undefined || text.trim() === ''

const pascalCase = (topic: string): string =>
  topic.replaceAll(/(^|[._])([a-z])/g, (_, __, letter: string) => letter.toUpperCase())

/** Some brokers' metrics fold `.` and `_` together: no two topics may be equal after that. */
function foldedNames(names: readonly string[]): LintFault[] {
  const seen = new Map<string, string>()
  return names.flatMap((name) => {
    const folded = name.replaceAll('.', '_')
    const other = seen.get(folded)
    seen.set(folded, name)
    return other === undefined
      ? []
      : [{ schema: name, field: '', fault: `folds to the same metric name as ${other}` }]
  })
}
