// Positions of connectors are moved past the marks of transactions while nothing arrives: what is consumed leaves no lag.
import type { ConnectorPolls } from './connector-polls.ts'
import type { ConnectorWrites } from './connector-writes.ts'

/** How often. */
const everyMs = 1_000

export interface ConnectorMarks {
  pass(): Promise<void>
  /** Does so by itself from now on. */
  start(): void
  stop(): void
}

export function createConnectorMarks(
  polls: () => ConnectorPolls | null,
  writes: () => ConnectorWrites | null,
): ConnectorMarks {
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<void> | null = null
  const passOnce = async (): Promise<void> => {
    await Promise.all(
      (polls()?.passed() ?? []).map(async (consumed) => writes()?.write({ consumed })),
    )
  }
  /** One at a time: while the broker is away they would pile up. */
  const pass = (): Promise<void> => {
    underWay ??= passOnce().finally(() => {
      underWay = null
    })
    return underWay
  }
  return {
    pass,
    start() {
      timer ??= setInterval(() => {
        // A write that fails has stopped the runtime, which tells everybody.
        pass().catch(() => undefined)
      }, everyMs)
    },
    stop() {
      clearInterval(timer)
    },
  }
}
