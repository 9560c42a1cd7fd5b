// Programs that are measured run in processes of their own; the last line of their output is JSON.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'

export interface Running {
  readonly process: ChildProcess
  /** The last line of the output; rejects with what the program said on its error output. */
  readonly result: Promise<unknown>
  /** Resolves at the first line of the output. */
  readonly begun: Promise<void>
}

export function runProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd = process.cwd(),
): Running {
  const child = spawn(command, args, { env: { ...process.env, ...env }, cwd })
  const begun = Promise.withResolvers<void>()
  const result = Promise.withResolvers<unknown>()
  result.promise.catch(() => undefined)
  begun.promise.catch(() => undefined)
  let output = ''
  let errors = ''
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString()
    begun.resolve()
  })
  child.stderr.on('data', (data: Buffer) => {
    errors = (errors + data.toString()).slice(-4_000)
  })
  child.once('error', (error) => {
    begun.reject(error)
    result.reject(error)
  })
  child.once('close', (code, signal) => {
    const last = output.trim().split('\n').at(-1) ?? ''
    const text = `${command} ${args.join(' ')} ended with ${String(code ?? signal)}: ${errors}`
    begun.reject(new Error(text))
    try {
      result.resolve(JSON.parse(last) as unknown)
    } catch {
      result.reject(new Error(`${text}\n${last}`))
    }
  })
  return { process: child, result: result.promise, begun: begun.promise }
}

/** One of the programs below this folder. */
export function runScript(file: string, env: Readonly<Record<string, string>>): Running {
  return runProgram(process.execPath, [join(import.meta.dirname, file)], env)
}

/** Asks a process to end and waits until it has. */
export async function endProcess({ process: child }: Running, mostMs = 10_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), mostMs)
  await closed
  clearTimeout(timer)
}
