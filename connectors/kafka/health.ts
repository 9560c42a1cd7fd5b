// The health of the broker runtime. Ready means: every group has given this process its partitions, every task runs, and the
// registry answers. A task that has stopped is not ready and yet alive: a restart would end the others too.
import type { Health, HealthCheck } from '../health.ts'
import type { SchemaRegistry } from '../registry/port.ts'
import type { Group } from './group.ts'

export interface HealthOptions {
  readonly groups: readonly Group[]
  readonly registry: SchemaRegistry
  /** What has stopped the whole runtime, or null. */
  readonly failure: () => Error | null
}

export function healthOf({ groups, registry, failure }: HealthOptions): Health {
  const live = (): HealthCheck[] => {
    const stopped = failure()
    return [{ name: 'runtime', ok: stopped === null, detail: stopped?.message ?? 'it works' }]
  }
  const assigned = (): HealthCheck => {
    const waiting = groups.filter((group) => !group.isAssigned()).map(({ name }) => name)
    return {
      name: 'assigned',
      ok: waiting.length === 0,
      detail:
        waiting.length === 0
          ? 'every group has assigned its partitions'
          : `expected partitions from ${waiting.join(', ')}, was none yet`,
    }
  }
  const restored = (): HealthCheck => {
    const behind = groups.flatMap(({ sub, tasks }) =>
      tasks()
        // One that runs and says something waits for it, and decides nothing but ticks meanwhile.
        .filter((task) => task.status() !== 'RUNNING' || task.detail() !== '')
        .map((task) =>
          `${sub.name}|${task.partition} ${task.status().toLowerCase()} ${task.detail()}`.trim(),
        ),
    )
    return {
      name: 'restored',
      ok: behind.length === 0,
      detail:
        behind.length === 0 ? 'every task runs' : `expected RUNNING, was ${behind.join('; ')}`,
    }
  }
  const registryCheck = async (): Promise<HealthCheck> => {
    const answer = await registry.reach().then(
      () => 'it answers',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    return { name: 'registry', ok: answer === 'it answers', detail: answer }
  }
  return {
    live,
    ready: async () => [assigned(), restored(), await registryCheck()],
  }
}
