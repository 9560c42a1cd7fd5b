// Passwords: from the environment or from files that the configuration names, never from the configuration itself. They are
// handed to whoever connects and go nowhere else: no text here or anywhere may hold one.
import { readFileSync, statSync } from 'node:fs'
import type { Config } from '../../schemas/config.ts'
import { UserError } from '../verb.ts'

export interface Secrets {
  /** Null when the brokers ask for none. */
  readonly kafkaPassword: string | null
  /** Null when the registry asks for none. */
  readonly registryPassword: string | null
  /** What is not wrong and not good either, such as a file that everybody may read. */
  readonly warnings: readonly string[]
}

type Env = Readonly<Record<string, string | undefined>>

/**
 * The passwords of a configuration. Throws a UserError that names setting, file or variable: a password from two places, an
 * empty or unreadable file, somebody who logs in without one, or one for nobody. A file that everybody may read is a warning:
 * containers get their secrets in such files.
 */
export function secretsOf(config: Config, env: Env): Secrets {
  const { mechanism, password_file: path } = config.kafka.sasl
  const warnings: string[] = []
  const kafkaPassword = passwordOf(
    {
      user: ['kafka.sasl.mechanism', mechanism === 'none' ? '' : mechanism],
      file: ['kafka.sasl.password_file', path],
      variable: 'QUANTUM_KAFKA_PASSWORD',
    },
    env,
    warnings,
  )
  const { brokers, tls } = config.kafka
  const open = brokers.filter((broker) => !isOwnMachine(broker.replace(/:\d+$/, '')))
  if (mechanism === 'plain' && !tls.enabled && open.length > 0)
    warnings.push(
      `kafka.sasl.mechanism: plain without kafka.tls.enabled sends the password in the clear to ${open.join(', ')}`,
    )
  return { kafkaPassword, registryPassword: registryPasswordOf(config, env, warnings), warnings }
}

/** The registry's alone, for verbs that ask no broker. Throws as `secretsOf` does; adds to `warnings`. */
export function registryPasswordOf(config: Config, env: Env, warnings: string[]): string | null {
  const { url, username, password_file: path } = config.registry
  const { protocol, hostname } = new URL(url)
  if (username !== '' && protocol === 'http:' && !isOwnMachine(hostname))
    warnings.push(`registry.url: http sends the password of ${username} in the clear to ${url}`)
  return passwordOf(
    {
      user: ['registry.username', username],
      file: ['registry.password_file', path],
      variable: 'QUANTUM_REGISTRY_PASSWORD',
    },
    env,
    warnings,
  )
}

const isOwnMachine = (host: string): boolean => /^(localhost|127\..*|\[::1\])$/.test(host)

interface Source {
  /** The setting that says who logs in, and what it says; empty for nobody. */
  readonly user: readonly [setting: string, value: string]
  readonly file: readonly [setting: string, path: string | null]
  readonly variable: string
}

function passwordOf(
  { user: [userSetting, user], file: [fileSetting, path], variable }: Source,
  env: Env,
  warnings: string[],
): string | null {
  // An empty variable is how compose files pass on what nobody set.
  const given = env[variable] === '' ? undefined : env[variable]
  if (given !== undefined && path !== null)
    throw new UserError(
      `${fileSetting}: expected a password from one place, was ${path} and the variable ${variable}`,
    )
  const password = given ?? (path === null ? null : contentOf(fileSetting, path, warnings))
  if (user === '' && password !== null)
    throw new UserError(
      `${userSetting}: expected who logs in with the password of ${given === undefined ? fileSetting : variable}, was nobody`,
    )
  if (user !== '' && password === null)
    throw new UserError(
      `${userSetting}: expected a password for ${user} in ${variable} or ${fileSetting}, was none`,
    )
  return password
}

function contentOf(setting: string, path: string, warnings: string[]): string {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
    // Who may read the last group of bits is anybody on the machine. Windows has no such bits.
    if (process.platform !== 'win32' && (statSync(path).mode & 0o004) !== 0)
      warnings.push(
        `${setting}: everybody on this machine may read ${path}; chmod o-r takes it back`,
      )
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UserError(`${setting}: expected a readable file, was ${path} (${code ?? 'unknown'})`)
  }
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw new UserError(`${setting}: expected a password in ${path}, was empty`)
  return password
}
