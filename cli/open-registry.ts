// The schema registry of a configuration.
import type { SchemaRegistry } from '../connectors/registry/port.ts'
import { RegistryError } from '../connectors/registry/registry-error.ts'
import { openSchemaRegistry } from '../connectors/registry/registry.ts'
import type { Config } from '../schemas/config.ts'
import { registryPasswordOf } from './configuration/secrets.ts'
import { UserError } from './verb.ts'
import type { Io } from './verb.ts'

/** Opens it for a verb that asks no broker; nothing is asked yet. What is not good about its secrets goes to stderr. */
export function openRegistryOf(config: Config, io: Io): SchemaRegistry {
  const warnings: string[] = []
  const password = registryPasswordOf(config, io.env, warnings)
  for (const warning of warnings) io.err(`warning: ${warning}`)
  return openRegistry(config, password)
}

/** Opens it with its password. Throws a UserError when the address can't be right. */
export function openRegistry({ registry }: Config, password: string | null): SchemaRegistry {
  const { url, username, timeout_ms: timeoutMs } = registry
  try {
    return openSchemaRegistry({ url, username, password, timeoutMs })
  } catch (error) {
    if (error instanceof RegistryError && error.fault === 'CONFIGURATION')
      throw new UserError(error.message)
    throw error
  }
}
