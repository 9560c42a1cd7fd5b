// Registers through @kafkajs/confluent-schema-registry, which checks a schema before it is sent. Only this file knows the
// library: its parsed schemas lose docs and logical types that it does not know, and it can neither ask for compatibility
// nor look schemas up however they are formatted, so reading goes another way (see rest.ts).
import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import type { Compatibility } from '../../schemas/topic.ts'
import { RegistryError, faultOfStatus } from './registry-error.ts'
import type { RegistryAddress } from './rest.ts'

/**
 * Registers a text under a subject that has the level already, and gives the id. The library sets a missing level only after
 * the first version, which would be judged by the registry's default, and refuses a level that differs.
 */
export type RegisterText = (subject: string, text: string, level: Compatibility) => Promise<number>

type Middlewares = NonNullable<ConstructorParameters<typeof SchemaRegistry>[0]['middlewares']>

export function createRegisterText(address: RegistryAddress): RegisterText {
  const { url, username, password, timeoutMs } = address
  const host = url.replace(/\/+$/, '')
  const middlewares: Middlewares = [
    () => ({
      prepareRequest: async (next) => (await next()).enhance({ timeout: timeoutMs }),
    }),
  ]
  const library = new SchemaRegistry({
    host,
    clientId: 'quantum',
    retry: { retries: 0 },
    middlewares,
    ...(username === '' ? {} : { auth: { username, password: password ?? '' } }),
  })
  return async (subject, text, level) => {
    try {
      const { id } = await library.register(
        { type: SchemaType.AVRO, schema: text },
        { subject, compatibility: COMPATIBILITY[level], updateConfig: false },
      )
      return id
    } catch (error) {
      throw registryErrorOf(error, `schema registry ${host}, subject ${subject}`)
    }
  }
}

/** The library's fault in our words: its errors have a status when the registry was asked, and none when it did not come to that. */
function registryErrorOf(error: unknown, named: string): RegistryError {
  const text = error instanceof Error ? error.message : String(error)
  const status = (error as { status?: unknown }).status
  if (typeof status !== 'number') return new RegistryError('REFUSED', `${named}: ${text}`, error)
  // The library gives a request that found no answer this status, and this beginning to what has no message.
  const unanswered = /Error, status 400: (.*)$/s.exec(text)?.[1]
  if (status === 400 && unanswered !== undefined)
    return new RegistryError('UNREACHABLE', `${named}: ${unanswered}`, error)
  return new RegistryError(faultOfStatus(status) ?? 'REFUSED', `${named}: ${text}`, error)
}
