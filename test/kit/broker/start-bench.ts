// Chooses where the shared broker and registry come from: the environment, a container, or Java; and says why if from nowhere.
import type { BenchAddress } from './bench-address.ts'
import { engineAnswers } from './container-engine.ts'
import { javaProblem } from './java.ts'
import { jarsProblem } from './maven.ts'
import { startBroker } from './start-broker.ts'
import { startRegistry } from './start-registry.ts'

// Pinned: a test run must not change because somebody published an image.
const redpandaImage = 'redpandadata/redpanda:v26.1.14'

export interface Bench {
  readonly address: BenchAddress
  readonly stop: () => Promise<void>
}

type Started = Pick<BenchAddress, 'brokers' | 'registryUrl' | 'from' | 'faultProblem'> & {
  readonly stop: () => Promise<void>
}

/** Starts what the tests share. Never rejects: without a bench the address says why. */
export async function startBench(): Promise<Bench> {
  const named = process.env['KAFKA_BROKERS'] ?? ''
  // Whoever names a broker wants that one and no other.
  const sources = named === '' ? [fromContainer, fromJava] : [() => fromEnvironment(named)]
  const problems: string[] = []
  for (const source of sources) {
    try {
      const { stop, ...started } = await source()
      return { address: { ...started, problem: '' }, stop }
    } catch (error) {
      problems.push((error as Error).message)
    }
  }
  const problem = `no broker for tests: ${problems.join('; ')}`
  return {
    address: { brokers: [], registryUrl: '', from: 'nowhere', problem, faultProblem: problem },
    stop: () => Promise.resolve(),
  }
}

async function fromEnvironment(brokers: string): Promise<Started> {
  const started = {
    brokers: brokers.split(','),
    from: 'environment',
    faultProblem: 'KAFKA_BROKERS names a broker, and tests must not kill what they did not start',
  } as const
  const url = process.env['SCHEMA_REGISTRY_URL'] ?? ''
  if (url !== '')
    return { ...started, registryUrl: url.replace(/\/$/, ''), stop: () => Promise.resolve() }
  const registry = await startRegistry()
  return { ...started, registryUrl: registry.url, stop: () => registry.stop() }
}

/** Why no broker can be started from jars, or undefined. */
function ownProblem(): string | undefined {
  return javaProblem() ?? jarsProblem()
}

async function fromContainer(): Promise<Started> {
  if (!(await engineAnswers())) throw new Error('no container engine answers')
  const { RedpandaContainer } = await import('@testcontainers/redpanda')
  const container = await new RedpandaContainer(redpandaImage).start()
  return {
    brokers: [container.getBootstrapServers()],
    registryUrl: container.getSchemaRegistryAddress(),
    from: 'container',
    faultProblem: ownProblem() ?? '',
    async stop() {
      await container.stop()
    },
  }
}

async function fromJava(): Promise<Started> {
  const problem = ownProblem()
  if (problem !== undefined) throw new Error(problem)
  const [broker, registry] = await Promise.all([startBroker(), startRegistry()])
  return {
    brokers: broker.brokers,
    registryUrl: registry.url,
    from: 'java',
    faultProblem: '',
    async stop() {
      await Promise.all([broker.stop(), registry.stop()])
    },
  }
}
