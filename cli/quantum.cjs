#!/usr/bin/env node
// Starts main.ts on the Node that this checkout pins, whichever Node found this file first.
// Plain JavaScript for old Nodes, nothing else belongs here: no options, no logic, no imports of ours.
'use strict'

const { spawn } = require('node:child_process')
const { existsSync } = require('node:fs')
const { constants } = require('node:os')
const { join } = require('node:path')

const root = join(__dirname, '..')
const executable = process.platform === 'win32' ? 'node.exe' : 'node'
const pinnedNode = join(root, 'node_modules', 'node', 'bin', executable)

if (!existsSync(pinnedNode)) {
  console.error(`expected the pinned Node at ${pinnedNode}, found nothing: run "npm ci" in ${root}`)
  process.exit(1)
}

const child = spawn(pinnedNode, [join(root, 'main.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
})

// A terminal sends Ctrl-C to the whole process group, a supervisor signals this process alone. So
// SIGINT is passed on only without a terminal: the child must not take one Ctrl-C for two.
const hasTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY)
process.on('SIGINT', () => {
  if (!hasTerminal) child.kill('SIGINT')
})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))

// npm runs this file under a shell, and a SIGTERM for npm ends that shell without reaching us. An
// orphaned trader would go on unseen, so losing npm's shell counts as that SIGTERM.
if (process.env.npm_command !== undefined) {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    child.kill('SIGTERM')
  }, 500)
  watch.unref()
}

child.on('error', (error) => {
  console.error(`expected the pinned Node to start, was: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => {
  process.exit(signal === null ? code : 128 + constants.signals[signal])
})
