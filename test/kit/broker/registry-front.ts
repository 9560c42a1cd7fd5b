// Puts a registry that serves its API below a path where clients expect it: at the root, as Confluent's and Redpanda's do.
import { createServer, request } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RegistryFront {
  /** Without a path and without a slash at the end. */
  readonly url: string
  close(): Promise<void>
}

/** Forwards everything to the target below `path`. While nobody listens there it answers 502. */
export async function startRegistryFront(port: number, path: string): Promise<RegistryFront> {
  const server = createServer((incoming, outgoing) => {
    forward(incoming, outgoing, port, path)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const { port: ownPort } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${ownPort}`, close: () => close(server) }
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  port: number,
  path: string,
): void {
  const { method, headers } = incoming
  const onward = request(
    {
      host: '127.0.0.1',
      port,
      method,
      path: `${path}${incoming.url ?? ''}`,
      headers: { ...headers, host: `127.0.0.1:${port}` },
    },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    },
  )
  onward.on('error', (error) => {
    if (outgoing.headersSent) outgoing.destroy()
    else outgoing.writeHead(502, { 'content-type': 'text/plain' }).end(error.message)
  })
  outgoing.on('close', () => onward.destroy())
  incoming.pipe(onward)
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
  })
}
