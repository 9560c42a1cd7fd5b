// When transactions run: nobody waits after a pause, and a stream of records is not one commit each.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createScheduler } from '../../../connectors/embedded/scheduler.ts'
import type { Scheduler } from '../../../connectors/embedded/scheduler.ts'

let scheduler: Scheduler
let ranAt: number[] = []

beforeEach(() => {
  vi.useFakeTimers()
  ranAt = []
  scheduler = createScheduler({
    commitIntervalMs: 10,
    isDue: () => false,
    run() {
      ranAt.push(performance.now() - startedAt)
      return false
    },
  })
  scheduler.start()
  vi.advanceTimersByTime(100)
  ranAt = []
})
afterEach(() => {
  scheduler.stop()
  vi.useRealTimers()
})

let startedAt = 0
const begin = (): void => {
  startedAt = performance.now()
}

test('what arrives after a pause does not wait', () => {
  begin()
  scheduler.wake(false)
  vi.advanceTimersByTime(0)
  expect(ranAt).toEqual([0])
})

test('what arrives soon after a transaction goes together, one interval after that one began', () => {
  begin()
  scheduler.wake(false)
  vi.advanceTimersByTime(3)
  for (let n = 0; n < 3; n++) {
    scheduler.wake(false)
    vi.advanceTimersByTime(1)
  }
  expect(ranAt).toEqual([0])
  vi.advanceTimersByTime(50)
  expect(ranAt).toEqual([0, 10])
})

test('urgent work does not wait, and takes along what does', () => {
  begin()
  scheduler.wake(false)
  vi.advanceTimersByTime(3)
  scheduler.wake(false)
  scheduler.wake(true)
  vi.advanceTimersByTime(50)
  expect(ranAt).toEqual([0, 3])
})

test('a stopped scheduler runs nothing', () => {
  begin()
  scheduler.wake(false)
  scheduler.stop()
  scheduler.wake(true)
  vi.advanceTimersByTime(50)
  expect(ranAt).toEqual([])
})
