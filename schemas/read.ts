// Reads the *.avsc files of this folder.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type AvroType = string | AvroType[] | AvroSchema

export interface AvroSchema {
  type: string
  name?: string
  doc?: string
  default?: unknown
  logicalType?: string
  items?: AvroType
  symbols?: string[]
  fields?: { name: string; type: AvroType; doc?: string; default?: unknown }[]
}

/** Every schema of a folder, by topic name. */
export function readSchemas(folder: string = import.meta.dirname): Map<string, AvroSchema> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.avsc'))
  return new Map(
    files
      .sort()
      .map((file) => [
        file.slice(0, -'.avsc'.length),
        JSON.parse(readFileSync(join(folder, file), 'utf8')) as AvroSchema,
      ]),
  )
}

let ownSchemas: ReadonlyMap<string, AvroSchema> | undefined

/** The symbols of an enum field of a topic. */
export function symbolsOf(topic: string, field: string): readonly string[] {
  ownSchemas ??= readSchemas()
  const type = ownSchemas.get(topic)?.fields?.find((one) => one.name === field)?.type
  return (type as AvroSchema | undefined)?.symbols ?? []
}
