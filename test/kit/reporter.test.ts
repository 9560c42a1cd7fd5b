// The last line of a run is read by scripts: its form is fixed.
import { expect, test } from 'vitest'
import { lastLine } from './reporter.ts'

test('the last line names what passed and what failed', () => {
  expect(lastLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed')
  expect(lastLine({ passed: 0, failed: 3, skipped: 0 })).toBe('0 passed, 3 failed')
})

test('the last line names what was skipped only where something was', () => {
  expect(lastLine({ passed: 12, failed: 1, skipped: 2 })).toBe('12 passed, 1 failed, 2 skipped')
})
