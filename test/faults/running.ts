// A real `quantum up` in a folder of its own: started, watched from outside, killed.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, onTestFinished } from 'vitest'
import { stringify } from 'yaml'

const root = join(import.meta.dirname, '../..')
export const pinnedNode = join(root, 'node_modules/node/bin/node')
export const mainFile = join(root, 'main.ts')

export interface Home {
  readonly folder: string
  readonly logPath: string
  readonly venuePath: string
  /** Writes a configuration of this home and returns its path. */
  readonly configFile: (name: string, settings: object) => string
}

/** A folder that goes away with the test, or with all tests of the file. */
export function createHome(lifetime: 'test' | 'file' = 'test'): Home {
  const folder = mkdtempSync(join(tmpdir(), 'quantum-faults-'))
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true })
  }
  if (lifetime === 'file') afterAll(remove)
  else
    onTestFinished(({ task }) => {
      // The files of a failed test are what explains it.
      if (task.result?.state === 'fail') console.log(`left for a look: ${folder}`)
      else remove()
    })
  const logPath = join(folder, 'log.sqlite')
  const venuePath = join(folder, 'venue.sqlite')
  return {
    folder,
    logPath,
    venuePath,
    configFile(name, settings) {
      const path = join(folder, name)
      const own = { log: { path: logPath }, simulator: { path: venuePath } }
      writeFileSync(path, stringify({ ...own, ...settings }))
      return path
    },
  }
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface Running {
  readonly pid: number
  readonly ended: Promise<Ended>
  isOver(): boolean
  kill(signal: NodeJS.Signals): void
}

export interface StartOptions {
  readonly env?: Record<string, string>
  /** No file may grow beyond so many KiB: to the process the disk is full. */
  readonly fileLimitKib?: number
  /** Longest life in ms, if it takes longer than a command that a test waits for. */
  readonly lifeMs?: number
}

/** Longest life of a command that a test waits for. */
const runTimeoutMs = 120_000

/** Starts `quantum <argv>`; what still runs when the test ends is killed. */
export function start(argv: readonly string[], options: StartOptions = {}): Running {
  const running = launch(argv, options)
  onTestFinished(() => {
    if (!running.isOver()) running.kill('SIGKILL')
  })
  return running
}

/** On the pinned Node, without any environment of the test run's own. */
function launch(argv: readonly string[], options: StartOptions): Running {
  const { env, fileLimitKib } = options
  const command = [pinnedNode, mainFile, ...argv]
  const limited = [
    'bash',
    '-c',
    `ulimit -f ${fileLimitKib ?? 'unlimited'}; exec "$0" "$@"`,
    ...command,
  ]
  const [file = '', ...rest] = fileLimitKib === undefined ? command : limited
  const child: ChildProcess = spawn(file, rest, {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.lifeMs ?? runTimeoutMs,
    killSignal: 'SIGKILL',
  })
  let out = ''
  let err = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  let isOver = false
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      isOver = true
      resolve({ code, signal, out, err: withoutAlerts(err) })
    })
  })
  return {
    pid: child.pid ?? 0,
    ended,
    isOver: () => isOver,
    kill: (signal) => {
      child.kill(signal)
    },
  }
}

/** An alert tells of the market or of a busy machine; it is no fault of the process. */
function withoutAlerts(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.includes('"msg":"alert raised"'))
    .join('\n')
}

/** Runs `quantum <argv>` to its end. */
export const run = (argv: readonly string[], options: StartOptions = {}): Promise<Ended> =>
  launch(argv, options).ended

/** Waits until the condition holds; fails when the process ends before, or after `limitMs`. */
export async function waitUntil(
  running: Running,
  holds: () => boolean,
  what: string,
  limitMs = 20_000,
): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += 20) {
    if (running.isOver()) {
      const { code, err } = await running.ended
      throw new Error(`expected ${what}, the process ended with ${String(code)}: ${err}`)
    }
    if (waitedMs >= limitMs) throw new Error(`expected ${what} within ${limitMs} ms, was none`)
    await sleep(20)
  }
}
