// A real schema registry for tests, Apicurio behind an address that looks like Confluent's.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startGuarded } from './guarded-process.ts'
import type { GuardedProcess } from './guarded-process.ts'
import { javaCommand, smallHeap } from './java.ts'
import { registryJar, registryJars } from './maven.ts'
import { freePorts } from './ports.ts'
import { startRegistryFront } from './registry-front.ts'

const apiPath = '/apis/ccompat/v7'
const startTimeoutMs = 60_000
const pollMs = 50

export interface Registry {
  /** Base address, as Confluent's: no path. */
  readonly url: string
  readonly pid: number
  /** SIGKILL: requests fail with status 502 until `restart`. */
  kill(): Promise<void>
  /** SIGSTOP: requests hang. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /** Same address, same schemas and ids. */
  restart(): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

/** Starts a registry whose global level is BACKWARD and resolves once it answers (about 3 s). Rejects with the end of its log. */
export async function startRegistry(): Promise<Registry> {
  const jars = await registryJars()
  const directory = mkdtempSync(join(tmpdir(), 'quantum-registry-'))
  const [port = 0] = await freePorts(1)
  const start = async (): Promise<GuardedProcess> => {
    const server = await startGuarded({
      command: javaCommand(),
      args: [...smallHeap, '-jar', join(jars, registryJar)],
      directory,
      environment: {
        QUARKUS_HTTP_HOST: '127.0.0.1',
        QUARKUS_HTTP_PORT: String(port),
        APICURIO_STORAGE_KIND: 'sql',
        // In a file and at once, or a restart would forget schemas.
        APICURIO_DATASOURCE_URL: `jdbc:h2:file:${directory}/registry;WRITE_DELAY=0`,
      },
      logFile: join(directory, 'registry.log'),
      discard: directory,
    })
    await untilReady(server, `http://127.0.0.1:${port}${apiPath}/subjects`)
    return server
  }
  let server = await start()
  const front = await startRegistryFront(port, apiPath)
  await setGlobalLevel(front.url)

  return {
    url: front.url,
    get pid() {
      return server.pid
    },
    kill: () => server.kill(),
    pause() {
      server.pause()
    },
    resume() {
      server.resume()
    },
    async restart() {
      await server.stop()
      server = await start()
    },
    async stop() {
      await front.close()
      // Its data goes with it: nothing is worth a clean shutdown.
      await server.kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Apicurio starts with NONE, where others start with BACKWARD. */
async function setGlobalLevel(url: string): Promise<void> {
  const answer = await fetch(`${url}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ compatibility: 'BACKWARD' }),
  })
  if (!answer.ok) throw new Error(`expected the registry to take its level, was ${answer.status}`)
}

async function untilReady(server: GuardedProcess, url: string): Promise<void> {
  const deadlineMs = performance.now() + startTimeoutMs
  while (!(await answers(url))) {
    if (!server.running)
      throw new Error(`the registry ended while starting:\n${server.lastOutput()}`)
    if (performance.now() > deadlineMs) {
      await server.kill()
      throw new Error(`no registry after ${startTimeoutMs} ms:\n${server.lastOutput()}`)
    }
    await wait(pollMs)
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false
  }
}
