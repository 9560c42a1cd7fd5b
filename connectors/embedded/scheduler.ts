// When the next transaction runs. Records that arrive together are committed together, but nobody waits for more of them
// than the commit interval; between transactions the process can answer others.

/** How often the scheduler looks for a due clock tick, or for what another process appended. */
const lookMs = 20

export interface SchedulerOptions {
  readonly commitIntervalMs: number
  /** Whether there is work that nobody announced. */
  readonly isDue: () => boolean
  /** Runs one transaction. True when work is left. What it throws has been dealt with. */
  readonly run: () => boolean
}

export interface Scheduler {
  start(): void
  stop(): void
  isRunning(): boolean
  /** Announces work. Urgent work does not wait for the commit interval. */
  wake(urgent: boolean): void
}

export function createScheduler({ commitIntervalMs, isDue, run }: SchedulerOptions): Scheduler {
  let look: NodeJS.Timeout | null = null
  let soon: NodeJS.Timeout | null = null
  let now: NodeJS.Immediate | null = null

  const runNow = (): void => {
    if (soon !== null) clearTimeout(soon)
    if (now !== null) clearImmediate(now)
    soon = null
    now = null
    try {
      if (run()) wake(true)
    } catch {
      // The runtime has stopped itself and told everybody; a timer has no caller to tell.
    }
  }
  const wake = (urgent: boolean): void => {
    if (look === null || now !== null) return
    if (urgent) now = setImmediate(runNow)
    else soon ??= setTimeout(runNow, commitIntervalMs)
  }

  return {
    start() {
      look ??= setInterval(() => {
        if (isDue()) runNow()
      }, lookMs)
      wake(true)
    },
    stop() {
      if (look !== null) clearInterval(look)
      if (soon !== null) clearTimeout(soon)
      if (now !== null) clearImmediate(now)
      look = null
      soon = null
      now = null
    },
    isRunning: () => look !== null,
    wake,
  }
}
