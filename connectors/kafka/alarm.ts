// A sleep that can be ended early, by whoever has news.

export interface Alarm {
  readonly ring: () => void
  /** Until it rings, at most so long. What rang before the sleep ends it at once. */
  sleep(mostMs: number): Promise<void>
  /** For the whole time, however often it rings, unless it is over at a ring. */
  pause(ms: number, isOver: () => boolean): Promise<void>
}

/** Resolves when the work is settled, or after this time. Never rejects. */
export async function settledWithin(ms: number, work: Promise<unknown>): Promise<void> {
  const alarm = createAlarm()
  void work.then(alarm.ring, alarm.ring)
  await alarm.sleep(ms)
}

export function createAlarm(): Alarm {
  let bell = Promise.withResolvers<void>()
  const sleep = async (mostMs: number): Promise<void> => {
    const timer = setTimeout(() => {
      bell.resolve()
    }, mostMs)
    await bell.promise
    clearTimeout(timer)
    bell = Promise.withResolvers<void>()
  }
  return {
    ring() {
      bell.resolve()
    },
    sleep,
    async pause(ms, isOver) {
      const end = performance.now() + ms
      while (!isOver() && performance.now() < end) await sleep(end - performance.now())
    },
  }
}
