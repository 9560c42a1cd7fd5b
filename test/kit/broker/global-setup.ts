// Starts the broker and registry that all tests of the project share, before the first and until after the last of them.
import type { TestProject } from 'vitest/node'
import { startBench } from './start-bench.ts'

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { address, stop } = await startBench()
  const { problem, brokers, registryUrl, from } = address
  process.stderr.write(
    problem === ''
      ? `test bench: broker ${brokers.join(',')}, registry ${registryUrl}, from ${from}\n`
      : `test bench: SKIPPED, ${problem}\n`,
  )
  project.provide('bench', address)
  return stop
}
