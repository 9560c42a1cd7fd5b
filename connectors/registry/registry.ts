// A schema registry behind the port: lookups over HTTP, registration through the library. It keeps nothing: what may be
// remembered is remembered by the codec.
import { contentOf, meaningOf } from '../../schemas/meaning.ts'
import type { Compatibility } from '../../schemas/topic.ts'
import type { Registered, SchemaRegistry, Verdict } from './port.ts'
import { createRegisterText } from './register.ts'
import { RegistryError } from './registry-error.ts'
import { createAsk } from './rest.ts'
import type { Question, RegistryAddress } from './rest.ts'

/** Opens a registry; nothing is asked yet. Throws a RegistryError CONFIGURATION when the address has a password in it. */
export function openSchemaRegistry(address: RegistryAddress): SchemaRegistry {
  refuseSecretsIn(address.url)
  const ask = createAsk(address)
  const registerText = createRegisterText(address)

  const questionOf = (subject: string, rest: string): Question => ({
    method: 'GET',
    path: `/subjects/${encodeURIComponent(subject)}${rest}`,
    about: `subject ${subject}`,
  })
  /** The version that the registry itself finds for a text. */
  const lookUp = async (subject: string, text: string, query: string): Promise<Registered | null> =>
    registeredOf(
      await orNull(ask({ ...questionOf(subject, query), method: 'POST', body: { schema: text } })),
    )

  const registry: SchemaRegistry = {
    url: address.url,

    async reach() {
      await ask({ method: 'GET', path: '/schemas/types', about: 'its schema types' })
    },

    async subjects() {
      return (await ask({ method: 'GET', path: '/subjects', about: 'its subjects' })) as string[]
    },

    async versions(subject) {
      const found = await orNull(ask(questionOf(subject, '/versions')))
      return ((found ?? []) as number[]).sort((one, other) => one - other)
    },

    async version(subject, version) {
      return registeredOf(await orNull(ask(questionOf(subject, `/versions/${version}`))))
    },

    async schema(id) {
      const found = await orNull(
        ask({ method: 'GET', path: `/schemas/ids/${id}`, about: `schema id ${id}` }),
      )
      return found === null ? null : textIn(found)
    },

    // Registries differ in what they take as equal: white space, the order of attributes, with `normalize` some even other
    // docs or defaults. So each finding is compared by what the schema means.
    async find(subject, text) {
      const isMeant = (found: Registered | null): boolean =>
        found !== null && meaningOf(found.text) === meaningOf(text)
      const exact = await lookUp(subject, text, '')
      if (isMeant(exact)) return exact
      const latest = await registry.version(subject, 'latest')
      if (latest === null || isMeant(latest)) return latest
      const normalised = await lookUp(subject, text, '?normalize=true')
      return isMeant(normalised) ? normalised : null
    },

    async register(subject, text, level) {
      if ((await registry.level(subject)) !== level) await registry.setLevel(subject, level)
      const found = await registry.find(subject, text)
      if (found !== null && contentOf(found.text) === contentOf(text)) return found
      const id = await registerText(subject, text, level)
      const registered = await lookUp(subject, text, '')
      if (registered?.id === id) return registered
      throw new RegistryError(
        'REFUSED',
        `schema registry ${address.url}, subject ${subject}: expected to find what was registered with id ${id}, was ${registered?.id ?? 'nothing'}`,
      )
    },

    async judge(subject, version, text) {
      const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions/${version}?verbose=true`
      const about = `subject ${subject} version ${version}`
      return verdictOf(await ask({ method: 'POST', path, body: { schema: text }, about }))
    },

    async level(subject) {
      const found = await orNull(ask(levelQuestion(subject, 'GET')))
      return (found as { compatibilityLevel?: string } | null)?.compatibilityLevel ?? null
    },

    async setLevel(subject, level: Compatibility) {
      await ask({ ...levelQuestion(subject, 'PUT'), body: { compatibility: level } })
    },
  }
  return registry
}

const levelQuestion = (subject: string, method: 'GET' | 'PUT'): Question => ({
  method,
  path: `/config/${encodeURIComponent(subject)}`,
  about: `level of subject ${subject}`,
})

function refuseSecretsIn(url: string): void {
  const { username, password } = new URL(url)
  if (username === '' && password === '') return
  throw new RegistryError(
    'CONFIGURATION',
    'registry.url: expected no user or password in it; use registry.username and a password file or QUANTUM_REGISTRY_PASSWORD',
  )
}

/** The answer, or null when the registry does not know what is asked for. */
async function orNull(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof RegistryError && error.fault === 'NOT_FOUND') return null
    throw error
  }
}

function registeredOf(answer: unknown): Registered | null {
  if (answer === null) return null
  const { id, version } = answer as { id: number; version: number }
  return { id, version, text: textIn(answer) }
}

const textIn = (answer: unknown): string => (answer as { schema: string }).schema

function verdictOf(answer: unknown): Verdict {
  const { is_compatible, messages } = answer as { is_compatible: boolean; messages?: string[] }
  return { compatible: is_compatible, messages: messages ?? [] }
}
