// Whether a container engine answers here, found out in at most two seconds: a client library would wait much longer.
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'

const timeoutMs = 2_000

/** True if one of the usual addresses, or DOCKER_HOST, answers a ping. */
export async function engineAnswers(): Promise<boolean> {
  const host = process.env['DOCKER_HOST']
  if (host !== undefined && host !== '') {
    if (host.startsWith('unix://')) return ping({ socketPath: host.slice('unix://'.length) })
    const { hostname, port } = new URL(host)
    return ping({ host: hostname, port: Number(port) })
  }
  const sockets = [
    '/var/run/docker.sock',
    join(homedir(), '.docker', 'run', 'docker.sock'),
    join(process.env['XDG_RUNTIME_DIR'] ?? '/nowhere', 'docker.sock'),
  ]
  for (const socketPath of sockets)
    if (existsSync(socketPath) && (await ping({ socketPath }))) return true
  return false
}

type Address = { readonly socketPath: string } | { readonly host: string; readonly port: number }

function ping(address: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request({ ...address, path: '/_ping', timeout: timeoutMs }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    probe.on('timeout', () => probe.destroy())
    probe.on('error', () => {
      resolve(false)
    })
    probe.end()
  })
}
