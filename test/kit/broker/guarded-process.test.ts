// A server that outlives its test would keep ports and memory of a machine for ever.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { startGuarded } from './guarded-process.ts'

const directory = mkdtempSync(join(tmpdir(), 'quantum-guarded-'))
afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

const sleeper = {
  command: 'sleep',
  args: ['60'],
  directory,
  logFile: join(directory, 'sleeper.log'),
}

const discard = join(directory, 'left')

/** A process that starts a sleeper, says its process id and does nothing more. */
const starter = `
  import { startGuarded } from ${JSON.stringify(join(import.meta.dirname, 'guarded-process.ts'))}
  const { pid } = await startGuarded(${JSON.stringify({ ...sleeper, discard })})
  console.log(pid)
  setInterval(() => undefined, 1_000)
`

/** A process that is dead and only not yet collected by its new parent does not live. */
function lives(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

test.for(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'a server and its folder go with the process that started it, even by %s',
  async (signal) => {
    mkdirSync(discard)
    const parent = spawn(process.execPath, ['--input-type=module', '-e', starter], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(said.toString())
    expect(lives(pid)).toBe(true)
    parent.kill(signal)
    await vi.waitFor(() => {
      expect([lives(pid), existsSync(discard)]).toEqual([false, false])
    }, 5_000)
  },
)

test('a paused server can still be stopped', async () => {
  const server = await startGuarded(sleeper)
  server.pause()
  await server.stop()
  expect([server.running, lives(server.pid)]).toEqual([false, false])
})

test('a server that takes no SIGTERM is killed after the grace', async () => {
  const deaf = ['-c', 'trap "" TERM; echo deaf; while :; do sleep 0.05; done']
  const server = await startGuarded({ ...sleeper, command: 'sh', args: deaf })
  await vi.waitFor(() => {
    expect(server.lastOutput()).toContain('deaf')
  })
  await server.stop(100)
  expect(lives(server.pid)).toBe(false)
})

test('a command that does not exist is an error, not a server', async () => {
  await expect(startGuarded({ ...sleeper, command: 'no-such-command' })).rejects.toThrow(/ENOENT/)
})
