// Options of a `describe` or `test` that can't run everywhere: skipped with the reason on a machine that lacks something, a
// failure in CI. Hooks inside a skipped `describe` don't run either.
import { execFileSync } from 'node:child_process'
import { inject } from 'vitest'
import type { TestOptions } from 'vitest'
import { pythonProblem } from './python.ts'

/** Needs the shared broker and registry. */
export function needsBench(): TestOptions {
  return unless(inject('bench').problem)
}

/** Starts a broker or registry of its own, to break it. */
export function needsFaults(): TestOptions {
  return unless(inject('bench').faultProblem)
}

/** Needs the shared bench, and Python with Confluent's client. */
export function needsPython(): TestOptions {
  const { problem } = inject('bench')
  return unless(problem === '' ? (pythonProblem() ?? '') : problem)
}

/** Needs a command of this name, for instance kcat or promtool. It may stand in any project. */
export function needsCommand(name: string): TestOptions {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], { stdio: 'ignore' })
    return {}
  } catch {
    return unless(`no command ${name} was found`)
  }
}

function unless(problem: string): TestOptions {
  if (problem === '') return {}
  const ci = process.env['CI'] ?? ''
  if (ci !== '' && ci !== 'false') throw new Error(`${problem} (in CI nothing may be skipped)`)
  return { skip: true, meta: { skipReason: problem } }
}
