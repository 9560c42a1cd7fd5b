// A folder with a log for one test, and short ways to open it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { openEmbeddedRuntime } from '../../../connectors/embedded/runtime.ts'
import type { EmbeddedOptions, EmbeddedRuntime } from '../../../connectors/embedded/runtime.ts'
import { testConfig } from '../../kit/given.ts'
import { silentLogger } from '../../kit/silent-logger.ts'
import { sample, startMs } from '../../runtimes/sample.ts'

export interface TemporaryLog {
  /** Path of the log, in a folder that goes with the test. */
  path(): string
  /** Opens it; what is still open when the test ends is let go. */
  open(options?: Partial<EmbeddedOptions> & { readonly log?: object }): EmbeddedRuntime
}

/** Registers a log for each test of the file. */
export function temporaryLog(): TemporaryLog {
  let folder = ''
  const opened: EmbeddedRuntime[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quantum-log-'))
  })
  afterEach(() => {
    for (const runtime of opened.splice(0)) runtime.abandon()
    rmSync(folder, { recursive: true, force: true })
  })
  const path = (): string => join(folder, 'log.sqlite')
  return {
    path,
    open({ log = {}, ...options } = {}) {
      const runtime = openEmbeddedRuntime({
        topology: sample,
        config: testConfig({ log: { path: path(), ...log } }),
        wallMs: () => startMs,
        logger: silentLogger,
        ...options,
      })
      opened.push(runtime)
      return runtime
    },
  }
}
