// The one executable: everything it can do is a file in cli/.
import { run } from './cli/run.ts'

// Who reads our output may stop reading: `quantum topics list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  env: process.env,
  now: () => Date.now(),
  isTty: process.stdout.isTTY,
})
