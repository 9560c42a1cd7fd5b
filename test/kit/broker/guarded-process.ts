// A server process that can't outlive the test that started it, however that test ends, and that can be killed or stopped
// in mid-air. It ends only what it started itself.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

export interface GuardedProcess {
  readonly pid: number
  readonly running: boolean
  /** SIGKILL: nothing is flushed, nothing is said to anyone. Resolves when the process is gone. */
  kill(): Promise<void>
  /** SIGSTOP: sockets stay open, nobody answers. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /** SIGTERM, and SIGKILL if it is still there after `graceMs`. */
  stop(graceMs?: number): Promise<void>
  /** The last lines that it printed. */
  lastOutput(): string
}

export interface ProcessOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly directory: string
  readonly environment?: Readonly<Record<string, string>>
  /** File that gets its output, after what is there. */
  readonly logFile: string
  /** Folder to remove when the starting process ends without having stopped it. */
  readonly discard?: string
}

const shownLines = 25
const defaultGraceMs = 10_000

/** Starts it. Rejects when the command can't be run at all. */
export async function startGuarded(options: ProcessOptions): Promise<GuardedProcess> {
  const log = openSync(options.logFile, 'a')
  const child = spawn(options.command, options.args, {
    cwd: options.directory,
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  await once(child, 'spawn')
  const { pid } = child
  if (pid === undefined) throw new Error(`expected ${options.command} to have a process id`)
  const guard = startGuard(pid, options.discard ?? '')
  const gone = once(child, 'exit').then(() => {
    guard.kill('SIGKILL')
  })
  // Alone, a server keeps no test alive.
  child.unref()
  const running = () => child.exitCode === null && child.signalCode === null
  const until = async (promise: Promise<unknown>) => {
    child.ref()
    await promise
    child.unref()
  }

  return {
    pid,
    get running() {
      return running()
    },
    async kill() {
      if (running()) child.kill('SIGKILL')
      await until(gone)
    },
    pause() {
      child.kill('SIGSTOP')
    },
    resume() {
      child.kill('SIGCONT')
    },
    async stop(graceMs = defaultGraceMs) {
      if (!running()) return until(gone)
      // A paused process takes no SIGTERM.
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      await until(Promise.race([gone, wait(graceMs)]))
      if (running()) child.kill('SIGKILL')
      await until(gone)
    },
    lastOutput() {
      return readFileSync(options.logFile, 'utf8')
        .trimEnd()
        .split('\n')
        .slice(-shownLines)
        .join('\n')
    },
  }
}

/**
 * A shell of its own process group that waits for the end of its input, which comes however this process ends (a kill, an
 * interrupt, the end of a worker), and then ends the server.
 */
function startGuard(pid: number, discard: string): ChildProcess {
  const remove = '[ -z "$2" ] || rm -rf "$2" || { sleep 1; rm -rf "$2"; }'
  const script = `cat >/dev/null; kill -9 "$1"; ${remove}`
  const guard = spawn('sh', ['-c', script, 'guard', String(pid), discard], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  // Neither the guard nor the pipe to it keeps this process alive.
  guard.unref()
  const input = guard.stdin as Socket
  input.unref()
  return guard
}
