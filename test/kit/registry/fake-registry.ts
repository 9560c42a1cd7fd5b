// A schema registry in this process: a faithful subset of the API that Confluent, Redpanda and Apicurio share, held to the
// same contract as a real one. It can be away, silent or talk nonsense.
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSubjects } from './fake-subjects.ts'
import type { Answer } from './fake-subjects.ts'

export interface FakeRegistry {
  /** Base URL; the same after a restart. */
  readonly url: string
  /** So many requests were answered. */
  readonly requests: () => number
  /** So many were under way at once, at most. */
  readonly busiest: () => number
  /** Ends every connection and takes none until `start`; what is registered stays. */
  stop(): Promise<void>
  start(): Promise<void>
  /** From now on: nothing is answered, or always this; null: as usual. */
  misbehave(how: 'silent' | Answer | null): void
}

export interface FakeRegistryOptions {
  /** Level of subjects without one of their own. Default BACKWARD, as in Confluent's and Redpanda's. */
  readonly globalLevel?: string
  /** Only who shows these may ask. */
  readonly credentials?: { readonly username: string; readonly password: string }
}

export async function startFakeRegistry(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
  const subjects = createSubjects(options.globalLevel ?? 'BACKWARD')
  const { credentials } = options
  const wanted =
    credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
  let how: 'silent' | Answer | null = null
  let requests = 0
  let underWay = 0
  let busiest = 0

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    busiest = Math.max(busiest, ++underWay)
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    // Others get a turn, so that requests that come together are seen together.
    await new Promise((resolve) => setImmediate(resolve))
    underWay--
    requests++
    if (how === 'silent') return
    const refused = { status: 401, body: { error_code: 40101, message: 'Unauthorized' } }
    const isKnown = wanted === undefined || incoming.headers.authorization === wanted
    const { status, body } = how ?? (isKnown ? subjects(requestOf(incoming, text)) : refused)
    outgoing.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
    outgoing.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  let server: Server | null = null
  let port = 0
  const start = async (): Promise<void> => {
    const started = createServer((incoming, outgoing) => void answer(incoming, outgoing))
    await new Promise<void>((resolve) => started.listen(port, '127.0.0.1', resolve))
    started.unref()
    port = (started.address() as AddressInfo).port
    server = started
  }
  const stop = async (): Promise<void> => {
    const stopped = server
    server = null
    if (stopped === null) return
    stopped.closeAllConnections()
    await new Promise((resolve) => stopped.close(resolve))
  }
  await start()
  return {
    url: `http://127.0.0.1:${String(port)}`,
    requests: () => requests,
    busiest: () => busiest,
    start,
    stop,
    misbehave(next) {
      how = next
    },
  }
}

function requestOf(incoming: IncomingMessage, text: string) {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://registry')
  return {
    method: incoming.method ?? 'GET',
    path: pathname.split('/').slice(1).map(decodeURIComponent),
    query: searchParams,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  }
}
