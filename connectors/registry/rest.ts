// Questions to a registry over HTTP, each bounded in time, and faults in words. It must never show a password.
import { RegistryError, faultOfStatus } from './registry-error.ts'

export interface RegistryAddress {
  /** Base URL, with the path if the API lies below one. */
  readonly url: string
  /** User name for basic authentication; empty: none. */
  readonly username: string
  readonly password: string | null
  readonly timeoutMs: number
}

export interface Question {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly body?: object
  /** What the question is about, for the text of a fault: a subject or an id. */
  readonly about: string
}

/** Asks and gives the answer as JSON. Rejects with a RegistryError. */
export type Ask = (question: Question) => Promise<unknown>

export function createAsk({ url, username, password, timeoutMs }: RegistryAddress): Ask {
  const base = url.replace(/\/+$/, '')
  const headers: Record<string, string> = {
    accept: 'application/vnd.schemaregistry.v1+json, application/json',
    'content-type': 'application/vnd.schemaregistry.v1+json',
  }
  if (username !== '')
    headers['authorization'] =
      `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`

  return async ({ method, path, body, about }) => {
    const named = `schema registry ${base}, ${about}`
    let status: number
    let text: string
    try {
      const answer = await fetch(`${base}${path}`, {
        method,
        headers,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      status = answer.status
      text = await answer.text()
    } catch (error) {
      throw new RegistryError('UNREACHABLE', `${named}: ${whyNoAnswer(error, timeoutMs)}`, error)
    }
    return read(named, status, text)
  }
}

function read(named: string, status: number, text: string): unknown {
  const content = parsed(text)
  const fault = faultOfStatus(status)
  if (fault === null && content !== undefined) return content
  const isRegistry = typeof content === 'object' && content !== null && 'error_code' in content
  // A page that is not there, one that is elsewhere, or anything but JSON is no answer of a registry.
  if (fault === null || fault === 'CONFIGURATION' || (fault === 'NOT_FOUND' && !isRegistry))
    throw new RegistryError(
      'CONFIGURATION',
      `${named}: expected an answer of a schema registry, was status ${status} with ${excerpt(text)}; check registry.url`,
    )
  throw new RegistryError(fault, `${named}: ${reasonOf(status, content, text)}`)
}

function reasonOf(status: number, content: unknown, text: string): string {
  if (status === 401 || status === 403)
    return `it refuses this user (status ${status}); check registry.username and its password`
  const message = (content as { message?: unknown } | undefined)?.message
  return `status ${status}: ${typeof message === 'string' ? message : excerpt(text)}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const excerpt = (text: string): string =>
  text.trim() === '' ? 'no text' : JSON.stringify(text.trim().slice(0, 120))

/** fetch says only that it failed; why is in the cause. */
function whyNoAnswer(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`
  const cause = error.cause instanceof Error ? error.cause : error
  const code = (cause as NodeJS.ErrnoException).code
  return code === undefined ? cause.message : `${code} ${cause.message}`.trim()
}
