// Health and metrics over HTTP: /livez, /readyz, /metrics. Read-only, for probes and scrapers: it must never show a setting
// or a secret, never wait for long, and never keep the process from ending.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Most connections at a time; probes need one or two. */
const maxConnections = 50

/** Longest time for a request to come in, and for an answer to be made. */
const requestMs = 5_000

/** A port that can't be had. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
}

export interface Answer {
  readonly status: 200 | 503
  readonly contentType: string
  readonly body: string
}

/** Path to what answers it. An answer that fails or takes too long is a 503. */
export type Routes = ReadonlyMap<string, () => Promise<Answer>>

export interface HttpServer {
  /** The port that was given, or found. */
  readonly port: number
  /** Ends every connection at once. */
  close(): Promise<void>
}

export interface ServerOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly routes: Routes
}

/** Listens. Rejects with an HttpError that names the address. */
export async function serve({ host, port, routes }: ServerOptions): Promise<HttpServer> {
  const server = createServer((request, response) => {
    void answer(request, response, routes)
  })
  server.maxConnections = maxConnections
  server.requestTimeout = requestMs
  server.headersTimeout = requestMs
  server.keepAliveTimeout = 1
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const what = error.code === 'EADDRINUSE' ? 'is in use' : error.message
      reject(new HttpError(`http: expected to listen on ${host}:${String(port)}, ${what}`))
    })
    server.listen({ host, port }, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

async function answer(
  { method, url = '/' }: IncomingMessage,
  response: ServerResponse,
  routes: Routes,
): Promise<void> {
  const send = (status: number, contentType: string, body: string, more: object = {}): void => {
    const headers = {
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    }
    response.writeHead(status, { ...headers, ...more }).end(body)
  }
  const plain = 'text/plain; charset=utf-8'
  const make = routes.get(url.split('?')[0]!)
  if (make === undefined) {
    send(404, plain, `expected one of ${[...routes.keys()].join(', ')}\n`)
    return
  }
  if (method !== 'GET') {
    send(405, plain, 'expected GET\n', { allow: 'GET' })
    return
  }
  try {
    const { status, contentType, body } = await inTime(make())
    send(status, contentType, body)
  } catch {
    // Why is in the log of the process: an answer may go to anybody.
    send(503, plain, `expected an answer within ${String(requestMs)} ms, was none\n`)
  }
}

/** The answer, or an error when it takes too long. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const tooLate = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    tooLate.reject(new HttpError('too late'))
  }, requestMs)
  try {
    return await Promise.race([work, tooLate.promise])
  } finally {
    clearTimeout(timer)
  }
}
