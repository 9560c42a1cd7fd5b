// Generates types.gen.ts from the *.avsc files: interfaces, string unions and one map of topics, no runtime code.
// `--check` writes nothing and ends with 1 when the committed file is out of date.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSchemas } from './read.ts'
import type { AvroSchema, AvroType } from './read.ts'

const target = join(import.meta.dirname, 'types.gen.ts')

const primitives: Record<string, string> = {
  string: 'string',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  boolean: 'boolean',
  null: 'null',
}

/** Renders all schemas as one TypeScript file. Throws when one name has two shapes. */
export function renderTypes(schemas: ReadonlyMap<string, AvroSchema>): string {
  const named = new Map<string, string>()

  const declare = (name: string, body: string, doc: string, topic: string): void => {
    const before = named.get(name)
    const text = `${doc === '' ? '' : `/** ${doc} */\n`}${body}\n`
    if (before !== undefined && withoutDocs(before) !== withoutDocs(text))
      throw new Error(`${topic}.avsc: ${name} has another shape in an earlier schema`)
    if (before === undefined) named.set(name, text)
  }

  const render = (type: AvroType, topic: string): string => {
    if (typeof type === 'string') return primitives[type] ?? type
    if (Array.isArray(type)) return type.map((member) => render(member, topic)).join(' | ')
    if (type.type === 'array') return `${wrap(render(type.items!, topic))}[]`
    if (type.type === 'enum') {
      const union = type.symbols!.map((symbol) => `  | '${symbol}'`).join('\n')
      declare(type.name!, `export type ${type.name!} =\n${union}`, '', topic)
      return type.name!
    }
    if (type.type === 'record') {
      const fields = type
        .fields!.map((f) => `  /** ${f.doc ?? ''} */\n  ${f.name}: ${render(f.type, topic)}`)
        .join('\n')
      declare(type.name!, `export interface ${type.name!} {\n${fields}\n}`, type.doc ?? '', topic)
      return type.name!
    }
    const primitive = primitives[type.type]
    if (primitive === undefined)
      throw new Error(`${topic}.avsc: type ${type.type} is not supported`)
    return primitive
  }

  const topics = [...schemas].map(([topic, schema]) => `  '${topic}': ${render(schema, topic)}`)
  const bodies = [...named].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
  return [
    '// Generated from the *.avsc files by `npm run generate`. Not edited by hand.',
    '',
    ...bodies,
    `/** Topic name to the shape of its records. */\nexport interface TopicRecords {\n${topics.join('\n')}\n}`,
    '',
  ].join('\n')
}

const wrap = (text: string): string => (text.includes('|') ? `(${text})` : text)
const withoutDocs = (text: string): string => text.replaceAll(/\/\*\*[\s\S]*?\*\/\s*/g, '')

if (import.meta.main) {
  const text = renderTypes(readSchemas())
  if (!process.argv.includes('--check')) writeFileSync(target, text)
  else if (readFileSync(target, 'utf8') !== text) {
    console.error('schemas/types.gen.ts is out of date: run `npm run generate`')
    process.exitCode = 1
  }
}
