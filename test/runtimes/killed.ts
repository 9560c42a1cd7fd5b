// Runs the child process and kills it, for tests about what is left.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Lets a child work on the log, kills it with -9 after it said `lines` numbers, and gives the last number it said. */
export async function killAfter(path: string, lines: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'child.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let last = 0
  let said = 0
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line)
    if (++said === lines) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return last
}
