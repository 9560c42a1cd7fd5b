// The launcher, in a folder of its own with a main.ts of its own: what it hands down and what it hands back.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'

// Says what it was started with, then ends as its first argument asks.
const mainSource = `
const [how = '', ...rest] = process.argv.slice(2)
const alive = setInterval(() => {}, 1000)
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => { console.log(signal); clearInterval(alive); process.exitCode = 3 })
}
console.log(JSON.stringify([process.execPath, how, ...rest]))
if (how === 'exit') process.exit(Number(rest[0]))
if (how === 'die') process.kill(process.pid, 'SIGKILL')
`

let root = ''
let launcher = ''
let pinnedNode = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quantum-launcher-'))
  launcher = join(root, 'cli', 'quantum.cjs')
  pinnedNode = join(root, 'node_modules', 'node', 'bin', 'node')
  mkdirSync(join(root, 'cli'))
  mkdirSync(join(root, 'node_modules', 'node', 'bin'), { recursive: true })
  copyFileSync(join(import.meta.dirname, '../../cli/quantum.cjs'), launcher)
  symlinkSync(process.execPath, pinnedNode)
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(root, 'main.ts'), mainSource)
})

afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

type Launched = {
  child: ChildProcess
  lines: AsyncIterator<string>
  /** Exit code and signal of the started process. Watched from the start: it may be gone before the test asks. */
  ended: Promise<unknown[]>
}

function start(command: string, args: string[], environment: NodeJS.ProcessEnv): Launched {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], env: environment })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { child, lines, ended: once(child, 'exit') }
}

function launch(args: string[]): Launched {
  return start(process.execPath, [launcher, ...args], process.env)
}

test('main.ts gets the arguments as they were given, and its exit code comes back', async () => {
  const { lines, ended } = launch(['exit', '7', 'two words', '--flag=$x'])
  const started = JSON.parse((await lines.next()).value as string) as string[]
  expect(started.slice(1)).toEqual(['exit', '7', 'two words', '--flag=$x'])
  expect(await ended).toEqual([7, null])
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`a ${signal} for the launcher reaches main.ts, which decides how to end`, async () => {
    const { child, lines, ended } = launch(['wait'])
    await lines.next()
    child.kill(signal)
    expect((await lines.next()).value).toBe(signal)
    expect(await ended).toEqual([3, null])
  })
}

test('main.ts ends when the shell of npm is gone, instead of going on unseen', async () => {
  // Two commands, so that the shell stays in between, as some shells do under npm.
  const shell = ['-c', '"$0" "$@"; exit', process.execPath, launcher, 'wait']
  const { child, lines } = start('sh', shell, { ...process.env, npm_command: 'exec' })
  await lines.next()
  child.kill('SIGTERM')
  expect((await lines.next()).value).toBe('SIGTERM')
})

test('a main.ts that is killed reads as killed, not as success', async () => {
  const { ended } = launch(['die'])
  expect(await ended).toEqual([128 + 9, null])
})

test('without the pinned Node nothing starts on another one', async () => {
  rmSync(pinnedNode)
  const { lines, ended } = launch(['exit', '0'])
  expect(await ended).toEqual([1, null])
  expect(await lines.next()).toEqual({ done: true, value: undefined })
})
