// The Java that runs broker and registry, and the flags that keep them small.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Small and quick to start; a benchmark gives its own. */
export const smallHeap: readonly string[] = [
  '-Xmx256m',
  '-Xms64m',
  '-Xss512k',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
]

const oldestJava = 17

/** The command: that of JAVA_HOME, else the one on the path. */
export function javaCommand(): string {
  const home = process.env['JAVA_HOME']
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java')
}

/** Why no broker or registry can run here, or undefined. */
export function javaProblem(): string | undefined {
  const version = spawnSync(javaCommand(), ['-version'], { encoding: 'utf8' })
  if (version.error !== undefined) return `no Java was found (${oldestJava} or newer is needed)`
  const major = Number(/version "(\d+)/.exec(version.stderr)?.[1] ?? 0)
  return major < oldestJava ? `expected Java ${oldestJava} or newer, was ${major}` : undefined
}
