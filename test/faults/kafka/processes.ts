// Processes of the faulty topology: started, watched through their logs, killed, stopped in mid-air.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startGuarded } from '../../kit/broker/guarded-process.ts'
import type { GuardedProcess } from '../../kit/broker/guarded-process.ts'
import { pinnedNode } from '../running.ts'
import type { ChildTask } from './child.ts'

const childFile = join(import.meta.dirname, 'child.ts')
const pollMs = 20

export interface LogLine {
  readonly level: number
  readonly msg: string
  readonly task?: string
  readonly group?: string
  readonly partitions?: readonly number[]
  readonly generation?: number
  readonly err?: { readonly message: string; readonly fault?: string }
}

export interface Child extends GuardedProcess {
  readonly name: string
  /** What it has logged. */
  lines(): LogLine[]
  /** Waits for a line that fits, from the n-th on. Rejects when the process ends before, or the time is up. */
  said(
    fits: (line: LogLine) => boolean,
    what: string,
    limitMs?: number,
    from?: number,
  ): Promise<LogLine>
  /** Waits for its end, however it comes. */
  over(what: string, limitMs?: number): Promise<void>
  /** Its name and what it said last, for people. */
  story(): string
}

export interface Nursery {
  start(name: string, task: ChildTask): Promise<Child>
  /** All that were ever started. */
  children(): readonly Child[]
  /** Kills what still runs and removes the logs. */
  end(): Promise<void>
}

/** Where children start; compiled code is shared between them. */
export function createNursery(): Nursery {
  const folder = mkdtempSync(join(tmpdir(), 'quantum-children-'))
  const children: Child[] = []
  let count = 0
  return {
    children: () => children,
    async start(name, task) {
      count++
      const logFile = join(folder, `${String(count).padStart(3, '0')}-${name}.log`)
      const guarded = await startGuarded({
        ...{ command: pinnedNode, args: [childFile, JSON.stringify(task)], directory: folder },
        environment: { NODE_COMPILE_CACHE: join(folder, 'compiled') },
        logFile,
      })
      const child = childOf(name, guarded, logFile)
      children.push(child)
      return child
    },
    async end() {
      await Promise.all(children.map((child) => child.kill()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function childOf(name: string, guarded: GuardedProcess, logFile: string): Child {
  const lines = (): LogLine[] =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .filter((text) => text.startsWith('{') && text.endsWith('}'))
      .map((text) => JSON.parse(text) as LogLine)
  return {
    ...guarded,
    get running() {
      return guarded.running
    },
    ...{ name, lines },
    story: () =>
      `${name}${guarded.running ? '' : ' (over)'}:\n${lines()
        .slice(-12)
        .map((line) => JSON.stringify(line).slice(0, 400))
        .join('\n')}`,
    async said(fits, what, limitMs = 60_000, from = 0) {
      for (const end = performance.now() + limitMs; ; await sleep(pollMs)) {
        const { running } = guarded
        const found = lines().slice(from).find(fits)
        if (found !== undefined) return found
        if (!running || performance.now() > end)
          throw new Error(
            `expected ${what} of ${name}, ${running ? `was none in ${limitMs} ms` : 'it ended'}:\n${guarded.lastOutput()}`,
          )
      }
    },
    async over(what, limitMs = 60_000) {
      for (const end = performance.now() + limitMs; guarded.running; await sleep(pollMs))
        if (performance.now() > end)
          throw new Error(
            `expected ${what} of ${name} in ${limitMs} ms, was none:\n${guarded.lastOutput()}`,
          )
    },
  }
}
