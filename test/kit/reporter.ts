// The last line of a test run: what passed, what failed, what was skipped, in one fixed form for people and scripts.
// It only counts and prints; it must never change whether a run passes.
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** Tests of one run by outcome. Whatever fails outside of a test (loading, hooks, stray errors) counts as failed. */
export type Tally = { passed: number; failed: number; skipped: number }

/** The fixed form of the last line: `N passed, N failed`, and `, N skipped` only where something was. */
export function lastLine(tally: Tally): string {
  const line = `${tally.passed} passed, ${tally.failed} failed`
  return tally.skipped > 0 ? `${line}, ${tally.skipped} skipped` : line
}

/** Prints each skipped test with its reason when the run ends, and the last line when the process does. */
export function tallyReporter(): Reporter {
  let tally: Tally | undefined
  // Other reporters and vitest itself still print after the run ended, so the line waits for the exit.
  process.once('exit', () => {
    if (tally !== undefined) process.stdout.write(`${lastLine(tally)}\n`)
  })

  return {
    onTestRunStart() {
      // What the line says if the run breaks off before its end.
      tally = { passed: 0, failed: 1, skipped: 0 }
    },
    onTestRunEnd(testModules, unhandledErrors, reason) {
      tally = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
      for (const testModule of testModules) countModule(testModule, tally)
      // An interrupted or otherwise failed run must not read as a clean one.
      if (reason !== 'passed' && tally.failed === 0) tally.failed = 1
    },
  }
}

function countModule(testModule: TestModule, tally: Tally): void {
  tally.failed += testModule.errors().length
  for (const suite of testModule.children.allSuites()) tally.failed += suite.errors().length
  for (const test of testModule.children.allTests()) countTest(test, tally)
}

function countTest(test: TestCase, tally: Tally): void {
  const result = test.result()
  switch (result.state) {
    case 'passed':
      tally.passed += 1
      return
    case 'failed':
      tally.failed += 1
      return
    case 'skipped':
      tally.skipped += 1
      process.stdout.write(`skipped: ${test.module.relativeModuleId} > ${test.fullName}\n`)
      process.stdout.write(`  reason: ${reasonOf(test, result.note)}\n`)
      return
    case 'pending':
      // Collected and never run: the run broke off before it.
      tally.failed += 1
      return
  }
}

function reasonOf(test: TestCase, note: string | undefined): string {
  if (note !== undefined) return note
  const { skipReason } = test.meta()
  if (skipReason !== undefined) return skipReason
  if (test.options.mode === 'todo') return 'not written yet'
  return 'none given: only skip(reason), called inside the test, or a skipReason can say why'
}
