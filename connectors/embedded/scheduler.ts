// When the next transaction runs. What arrives after a pause is committed at once; what arrives while transactions follow
// each other waits until a commit interval has passed since the last one began, and is committed together. Between
// transactions the process can answer others.

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
  let ranAt = -Infinity

  const runNow = (): void => {
    if (soon !== null) clearTimeout(soon)
    if (now !== null) clearImmediate(now)
    soon = null
    now = null
    ranAt = performance.now()
    try {
      if (run()) wake(true)
    } catch {
      // The runtime has stopped itself and told everybody; a timer has no caller to tell.
    }
  }
  const wake = (urgent: boolean): void => {
    if (look === null || now !== null) return
    const waitMs = urgent ? 0 : ranAt + commitIntervalMs - performance.now()
    // A timer never waits for less than a millisecond.
    if (waitMs < 1) now = setImmediate(runNow)
    else soon ??= setTimeout(runNow, waitMs)
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
