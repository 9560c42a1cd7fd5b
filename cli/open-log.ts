// The log that a verb looks into: the configuration's, unless options say otherwise. A verb does not know which kind it is.
import { join } from 'node:path'
import { openOperatorLog } from '../connectors/embedded/operator.ts'
import { openReader } from '../connectors/embedded/reader.ts'
import type { LogReader, OperatorLog } from '../connectors/log-reader.ts'
import type { Config } from '../schemas/config.ts'
import { topics } from '../schemas/topics.ts'
import type { Topic } from '../schemas/topic.ts'
import { loadConfig } from './configuration/load.ts'
import type { Override } from './configuration/load.ts'
import type { Invocation, VerbOption } from './verb.ts'
import { UserError } from './verb.ts'

/** Options of every verb that works on a log. */
export const logOptions = {
  config: { type: 'string', help: 'Configuration file (YAML). Default: the demo that `up` runs.' },
  runtime: { type: 'string', help: 'embedded or redpanda. Default: the configuration’s.' },
  log: { type: 'string', help: 'embedded: file of the log. Default: the configuration’s.' },
  brokers: { type: 'string', help: 'redpanda: host:port, and more of them after commas.' },
  registry: { type: 'string', help: 'redpanda: URL of the schema registry.' },
} as const satisfies Record<string, VerbOption>

/** Which setting an option stands for, and the runtime that has it. */
const overrides = {
  runtime: { setting: 'runtime', of: null },
  log: { setting: 'log.path', of: 'embedded' },
  brokers: { setting: 'kafka.brokers', of: 'redpanda' },
  registry: { setting: 'registry.url', of: 'redpanda' },
} as const

/** The configuration that `up` runs with: --config or the demo, the environment, and the options above. */
export function configOf({ values, io }: Pick<Invocation, 'values' | 'io'>): Config {
  const demo = join(import.meta.dirname, 'demo.yaml')
  const given = Object.entries(overrides).flatMap(([name, { setting, of }]) => {
    const value = values[name]
    return typeof value === 'string' ? [{ name, option: `--${name}`, setting, of, value }] : []
  })
  const config = loadConfig(
    (values['config'] as string | undefined) ?? demo,
    io.env,
    given.map(({ name, value, ...rest }): Override => ({
      ...rest,
      value: name === 'brokers' ? value.split(',') : value,
    })),
  )
  for (const { option, of } of given)
    if (of !== null && of !== config.runtime)
      throw new UserError(
        `${option}: expected the runtime ${of}, was ${config.runtime}; add --runtime ${of}`,
      )
  return config
}

/** Opens the log of an invocation for reading. Rejects with an error that names the log when it is not there. */
export async function openLogOf(invocation: Invocation): Promise<LogReader> {
  return openLog(configOf(invocation), invocation.io.env)
}

/** Opens the log of a configuration for reading. */
export async function openLog(config: Config, env: Invocation['io']['env']): Promise<LogReader> {
  switch (config.runtime) {
    case 'embedded':
      return openReader(config.log.path)
    case 'redpanda':
      return (await import('./broker-log.ts')).openBrokerLog(config, env)
  }
}

/** Opens the log of an invocation for an operator's record. */
export async function openOperatorLogOf(invocation: Invocation): Promise<OperatorLog> {
  const config = configOf(invocation)
  switch (config.runtime) {
    case 'embedded':
      return openOperatorLog(config.log.path)
    case 'redpanda':
      return (await import('./broker-log.ts')).openBrokerOperatorLog(config, invocation.io.env)
  }
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

/** A whole number of 0 or more from an option. */
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
