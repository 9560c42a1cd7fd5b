// Every setting with its default and meaning, read from the schema itself.
import { z } from 'zod'
import { configSchema } from '../../schemas/config.ts'

export interface Setting {
  readonly name: string
  readonly default: string
  readonly meaning: string
}

interface JsonSchema {
  readonly properties?: Record<string, JsonSchema>
  readonly description?: string
  readonly default?: unknown
}

/** All settings, sections flattened with dots. */
export function settings(): Setting[] {
  return flatten(z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema, [])
}

function flatten(schema: JsonSchema, path: readonly string[]): Setting[] {
  if (schema.properties === undefined)
    return [
      {
        name: path.join('.'),
        default: JSON.stringify(schema.default) ?? 'none',
        meaning: schema.description ?? '',
      },
    ]
  return Object.entries(schema.properties).flatMap(([key, member]) =>
    flatten(member, [...path, key]),
  )
}
