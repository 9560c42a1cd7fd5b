// A real Apache Kafka of one node for tests, with the faults that a machine has: it can be killed, stopped in mid-air and
// started again on the same ports with the same data.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { coordinatorWorks } from './coordinator-probe.ts'
import type { CoordinatorKind } from './coordinator-probe.ts'
import { startGuarded } from './guarded-process.ts'
import type { GuardedProcess } from './guarded-process.ts'
import { javaCommand, smallHeap } from './java.ts'
import { brokerJars, kafkaVersion } from './maven.ts'
import { freePorts } from './ports.ts'
import { secureListener } from './secure-listener.ts'
import type { SecureAccess } from './secure-listener.ts'
import { propertiesText, serverProperties } from './server-properties.ts'
import type { Listener, Properties } from './server-properties.ts'
import { startProxy } from './start-proxy.ts'
import type { Proxy } from './start-proxy.ts'

const run = promisify(execFile)
const startTimeoutMs = 60_000
const pollMs = 50

export interface BrokerOptions {
  /** Settings of server.properties, in place of the bench's or in addition to them. */
  readonly properties?: Properties
  /** Flags of the JVM instead of the small ones. */
  readonly javaArgs?: readonly string[]
  /** Version of Apache Kafka; default QUANTUM_TEST_KAFKA, else 4.4.0. */
  readonly version?: string
  /**
   * So many proxies in front of it, each with a listener of its own: a client that enters through a proxy is told that
   * proxy's address and stays behind it, while others talk to the broker itself.
   */
  readonly proxies?: number
  /** Also listen with TLS and SASL. */
  readonly secure?: boolean
}

export interface Broker {
  /** Bootstrap addresses, host:port: the broker itself. */
  readonly brokers: string[]
  readonly proxies: readonly Proxy[]
  /** How to get in with TLS and SASL, if asked for. */
  readonly secure: SecureAccess | undefined
  readonly pid: number
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGSTOP: connections stay open, nothing is answered. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /**
   * Same ports, same data. A broker that still runs is stopped first; one that was killed recovers. Resolves when it
   * answers (about 2 to 3 s).
   */
  restart(): Promise<void>
  /** Ends it and its proxies and removes its data. */
  stop(): Promise<void>
}

/** Starts a broker and resolves once its coordinators answer (about 2 s). Rejects with the end of its log. */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const jars = await brokerJars(options.version ?? kafkaVersion())
  const directory = mkdtempSync(join(tmpdir(), 'quantum-broker-'))
  const proxies = await Promise.all(
    Array.from({ length: options.proxies ?? 0 }, () => startProxy()),
  )
  const ports = await freePorts(4 + proxies.length)
  const [port = 0, controllerPort = 0, saslPort = 0, tlsPort = 0, ...proxiedPorts] = ports
  const listeners: Listener[] = [{ name: 'PLAINTEXT', port, protocol: 'PLAINTEXT' }]
  for (const [index, proxy] of proxies.entries()) {
    const proxiedPort = proxiedPorts[index] ?? 0
    proxy.target(`127.0.0.1:${proxiedPort}`)
    const name = `PROXIED${index}`
    listeners.push({ name, port: proxiedPort, protocol: 'PLAINTEXT', advertised: proxy.address })
  }
  const secure = options.secure === true ? secureListener(directory, saslPort, tlsPort) : undefined
  if (secure !== undefined) {
    listeners.push({ name: 'SASL', port: saslPort, protocol: 'SASL_SSL' })
    listeners.push({ name: 'TLS', port: tlsPort, protocol: 'SSL' })
  }
  const settings = join(directory, 'server.properties')
  const properties = { ...secure?.properties, ...options.properties }
  const all = serverProperties(directory, controllerPort, listeners, properties)
  writeFileSync(settings, propertiesText(all))

  const classPath = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', join(jars, '*')]
  // Its first character is a letter: one that began with a dash would be taken for an option.
  const clusterId = Buffer.concat([Buffer.of(0), randomBytes(15)]).toString('base64url')
  const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', settings]
  await run(javaCommand(), [...smallHeap, ...classPath, ...format, ...(secure?.formatArgs ?? [])])
  const start = async (): Promise<GuardedProcess> => {
    const process = await startGuarded({
      command: javaCommand(),
      args: [...(options.javaArgs ?? smallHeap), ...classPath, 'kafka.Kafka', settings],
      directory,
      logFile: join(directory, 'broker.log'),
      discard: directory,
    })
    await untilReady(process, `127.0.0.1:${port}`)
    return process
  }
  let server = await start()

  return {
    brokers: [`127.0.0.1:${port}`],
    proxies,
    secure: secure?.access,
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
      await Promise.all(proxies.map((proxy) => proxy.stop()))
      // Its data goes with it: nothing is worth a clean shutdown.
      await server.kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function untilReady(server: GuardedProcess, address: string): Promise<void> {
  const deadlineMs = performance.now() + startTimeoutMs
  for (const kind of ['group', 'transaction'] as const) {
    while (!(await answers(address, kind))) {
      if (!server.running)
        throw new Error(`the broker ended while starting:\n${server.lastOutput()}`)
      if (performance.now() > deadlineMs) {
        await server.kill()
        throw new Error(`no broker after ${startTimeoutMs} ms:\n${server.lastOutput()}`)
      }
      await wait(pollMs)
    }
  }
}

async function answers(address: string, kind: CoordinatorKind): Promise<boolean> {
  try {
    return await coordinatorWorks(address, kind)
  } catch {
    return false
  }
}
