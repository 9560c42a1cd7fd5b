// Free loopback ports for servers that must come back on the same port after a kill.
import { createServer } from 'node:net'

// Below every range from which systems take ports of outgoing connections: such a port could be taken while a server is down.
const lowestPort = 20_000
const highestPort = 32_000
const attempts = 200

/** Distinct ports of 127.0.0.1 that nobody listens on at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>()
  for (let attempt = 0; attempt < attempts && found.size < count; attempt += 1) {
    const port = lowestPort + Math.floor(Math.random() * (highestPort - lowestPort))
    if (!found.has(port) && (await isFree(port))) found.add(port)
  }
  if (found.size < count)
    throw new Error(`expected ${count} free ports, found ${found.size} in ${attempts} attempts`)
  return [...found]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => {
      resolve(false)
    })
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true)
      })
    })
  })
}
