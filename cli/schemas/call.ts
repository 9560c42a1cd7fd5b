// What every action of `quantum schemas` starts from: the schemas of this program, and where their registry is.
import { join } from 'node:path'
import type { SchemaRegistry } from '../../connectors/registry/port.ts'
import { subjectOf } from '../../connectors/registry/port.ts'
import type { Config } from '../../schemas/config.ts'
import { readSchemas } from '../../schemas/read.ts'
import { compatibilityOf } from '../../schemas/topic.ts'
import type { Compatibility, Topic } from '../../schemas/topic.ts'
import { topics } from '../../schemas/topics.ts'
import { loadConfig } from '../configuration/load.ts'
import { topicOf } from '../open-log.ts'
import { openRegistryOf } from '../open-registry.ts'
import type { Invocation, Io } from '../verb.ts'
import { UserError } from '../verb.ts'

/** The project that the schemas belong to. */
export const projectRoot = join(import.meta.dirname, '../..')

/** A topic's schema as this program has it, and what its subject has to be. */
export interface OwnSchema {
  readonly topic: Topic
  readonly subject: string
  readonly text: string
  readonly level: Compatibility
}

export interface SchemasCall {
  readonly io: Io
  readonly json: boolean
  readonly values: Invocation['values']
  readonly config: Config
  readonly prefix: string
  /** Of the topics named, or of all that are stored. */
  readonly schemas: readonly OwnSchema[]
  /** What stands behind the action. */
  readonly names: readonly string[]
  readonly openRegistry: () => SchemaRegistry
  /** Prints an object, or the lines of a text. */
  readonly tell: (data: object, lines: readonly string[]) => void
}

export function callOf({ values, positionals, io, json }: Invocation): SchemasCall {
  const [, ...names] = positionals
  const url = values['registry']
  const config = loadConfig(
    (values['config'] as string | undefined) ?? join(import.meta.dirname, '../demo.yaml'),
    io.env,
    url === undefined ? [] : [{ option: '--registry', setting: 'registry.url', value: url }],
  )
  const prefix = config.kafka.topic_prefix
  const chosen = names.map((name) => topicOf(topicNameOf(prefix, name)))
  const files = readSchemas()
  return {
    ...{ io, json, values, config, prefix, names },
    schemas: (names.length > 0 ? chosen : topics)
      .filter((topic) => topic.kind !== 'clock')
      .map((topic) => ({
        topic,
        subject: subjectOf(prefix, topic.name),
        text: textOf(files, topic),
        level: compatibilityOf(topic),
      })),
    openRegistry: () => openRegistryOf(config, io),
    tell(data, lines) {
      if (json) io.out(JSON.stringify(data))
      else for (const line of lines) io.out(line)
    },
  }
}

/** The topic that a name on the command line means: it may be a subject. */
function topicNameOf(prefix: string, name: string): string {
  if (!name.endsWith('-value')) return name
  const topic = name.slice(0, -'-value'.length)
  return topic.startsWith(prefix) ? topic.slice(prefix.length) : topic
}

function textOf(files: ReturnType<typeof readSchemas>, topic: Topic): string {
  const schema = files.get(topic.name)
  if (schema === undefined)
    throw new UserError(`${topic.name}: expected schemas/${topic.name}.avsc`)
  return JSON.stringify(schema)
}
