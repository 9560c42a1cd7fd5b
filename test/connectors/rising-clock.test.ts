// The runtime's time never goes back.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { risingClock } from '../../connectors/rising-clock.ts'

test('follows the wall clock', () => {
  let wall = 1_000
  const clock = risingClock(() => wall)
  expect(clock.nowMs()).toBe(1_000)
  wall = 1_500.7
  expect(clock.nowMs()).toBe(1_500)
})

test('goes on from where it was when the wall clock is behind, at the pace of the wall clock', () => {
  let wall = 1_000
  const clock = risingClock(() => wall)
  clock.raise(5_000)
  expect(clock.nowMs()).toBe(5_000)
  wall = 1_200
  expect(clock.nowMs()).toBe(5_200)
  wall = 100
  expect(clock.nowMs()).toBe(5_200)
  wall = 400
  expect(clock.nowMs()).toBe(5_500)
})

test('never goes back, whatever the wall clock does', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.array(fc.nat(10_000)), (atLeast, walls) => {
      let wall = 0
      const clock = risingClock(() => wall)
      clock.raise(atLeast)
      let last = atLeast
      for (wall of walls) {
        const now = clock.nowMs()
        expect(now).toBeGreaterThanOrEqual(last)
        last = now
      }
    }),
  )
})
