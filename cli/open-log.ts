// The log that a verb looks into: --log, or the configuration's.
import { join } from 'node:path'
import { openReader } from '../connectors/embedded/reader.ts'
import type { LogReader } from '../connectors/embedded/reader.ts'
import type { Config } from '../schemas/config.ts'
import { topics } from '../schemas/topics.ts'
import type { Topic } from '../schemas/topic.ts'
import { loadConfig } from './configuration/load.ts'
import type { Invocation, VerbOption } from './verb.ts'
import { UserError } from './verb.ts'

/** Options of every verb that looks into a log. */
export const logOptions = {
  log: { type: 'string', help: 'File of the embedded log. Default: the configuration’s log.path.' },
  config: { type: 'string', help: 'Configuration file (YAML). Default: the demo that `up` runs.' },
} as const satisfies Record<string, VerbOption>

/** The configuration that `up` runs with: --config, or the demo. */
export function configOf({ values, io }: Pick<Invocation, 'values' | 'io'>): Config {
  const demo = join(import.meta.dirname, 'demo.yaml')
  return loadConfig((values['config'] as string | undefined) ?? demo, io.env)
}

/** The path of the log that the options name. */
export function logPathOf(invocation: Invocation): string {
  return (invocation.values['log'] as string | undefined) ?? configOf(invocation).log.path
}

/** Opens the log for reading. Throws a LogError that names the file when there is none. */
export function openLogOf(invocation: Invocation): LogReader {
  return openReader(logPathOf(invocation))
}

/** The topic of a name. Throws a UserError that lists the names there are. */
export function topicOf(name: string | undefined): Topic {
  const topic = topics.find((candidate) => candidate.name === name && candidate.kind !== 'clock')
  if (topic !== undefined) return topic
  const names = topics
    .filter((t) => t.kind === 'event' || t.kind === 'compacted')
    .map((t) => t.name)
  throw new UserError(`expected a topic (${names.join(', ')}), was ${name ?? 'nothing'}`)
}

/** A whole number above 0 from an option. */
export function countOf(
  option: string,
  text: Invocation['values'][string],
  otherwise: number,
): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0)
    throw new UserError(`--${option}: expected a whole number of 0 or more, was ${String(text)}`)
  return value
}
