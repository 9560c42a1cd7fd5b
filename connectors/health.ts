// What a runtime says of its own health. It must never be a process that says it runs: every check rests on work done.

export interface HealthCheck {
  /** For example `assigned`, `restored`, `registry`. */
  readonly name: string
  readonly ok: boolean
  /** What was expected and what was seen; never a secret. */
  readonly detail: string
}

export interface Health {
  /** Whether the process is worth keeping: a check that fails here asks for a restart. The world's faults are none. */
  live(): readonly HealthCheck[]
  /** Whether it does its work now: partitions assigned, state restored, registry reachable. */
  ready(): Promise<readonly HealthCheck[]>
}

/** A check that something was done within a limit. */
export function progressCheck(name: string, agoMs: number, limitMs: number): HealthCheck {
  return {
    name,
    ok: agoMs <= limitMs,
    detail: `expected work within ${String(limitMs)} ms, was ${String(agoMs)} ms ago`,
  }
}

/** Before a runtime is there: alive, and not ready. */
export const starting: Health = {
  live: () => [],
  ready: async () => [{ name: 'started', ok: false, detail: 'the runtime is being opened' }],
}
