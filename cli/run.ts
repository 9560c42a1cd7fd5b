// Finds the verb, parses its options, runs it and turns faults into one clear line and an exit code.
import { parseArgs } from 'node:util'
import type { Invocation, Io, Verb } from './verb.ts'
import { UserError, exit } from './verb.ts'
import { version } from './version.ts'

/** Verb to the file that has it, in the order of the help text. A verb is loaded only when it runs. */
const verbs: Record<string, () => Promise<{ verb: Verb }>> = {
  up: () => import('./up.ts'),
  backtest: () => import('./backtest.ts'),
  describe: () => import('./describe.ts'),
  map: () => import('./map.ts'),
  lag: () => import('./lag.ts'),
  topics: () => import('./topics.ts'),
  'dead-letters': () => import('./dead-letters.ts'),
  explain: () => import('./explain.ts'),
  'safe-mode': () => import('./safe-mode.ts'),
  schemas: () => import('./schemas.ts'),
  config: () => import('./config.ts'),
}

/** Runs `quantum <argv>` and gives the exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined || ['--help', '-h', 'help'].includes(name)) {
    io.out(await overview())
    return name === undefined ? exit.usage : exit.ok
  }
  if (name === '--version' || name === '-v') {
    io.out(version())
    return exit.ok
  }
  const load = verbs[name]
  if (load === undefined) {
    io.err(`quantum: expected a verb (${Object.keys(verbs).join(', ')}), was ${name}`)
    return exit.usage
  }
  const { verb } = await load()
  const json = rest.includes('--json')
  try {
    const invocation = parse(verb, rest, io)
    if (invocation.values['help'] === true) {
      io.out(helpOf(verb))
      return exit.ok
    }
    return await verb.run(invocation)
  } catch (error) {
    return report(name, error, json, io)
  }
}

function parse(verb: Verb, argv: readonly string[], io: Io): Invocation {
  const options = Object.fromEntries(
    Object.entries(verb.options).map(([key, { help: _help, ...option }]) => [key, option]),
  )
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { ...options, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  })
  return { values, positionals, io, json: values['json'] === true }
}

/** Known faults become one line; anything else is a bug and keeps its stack. */
function report(name: string, error: unknown, json: boolean, io: Io): number {
  const code = codeOf(error)
  const text = error instanceof Error ? error.message : String(error)
  io.err(`quantum ${name}: ${text}`)
  if (code === exit.failed && error instanceof Error && error.stack !== undefined && isBug(error))
    io.err(error.stack)
  if (json) io.out(JSON.stringify({ error: text, exit_code: code }))
  return code
}

function codeOf(error: unknown): number {
  if (error instanceof UserError) return error.exitCode
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
    return exit.usage
  return exit.failed
}

/** Errors with a name of their own say all that is to be said. */
const isBug = (error: Error): boolean =>
  ['Error', 'TypeError', 'RangeError', 'InvariantError'].includes(error.name)

async function overview(): Promise<string> {
  const loaded = await Promise.all(Object.values(verbs).map((load) => load()))
  const width = Math.max(...loaded.map(({ verb }) => verb.name.length))
  return [
    'usage: quantum VERB [options]',
    '',
    ...loaded.map(({ verb }) => `  ${verb.name.padEnd(width)}  ${verb.summary}`),
    '',
    'Each verb has --help and --json. --version says which version this is.',
    exitCodes,
  ].join('\n')
}

const exitCodes =
  'exit codes: 0 done · 1 done, and something is wrong or was not found · 2 wrong command line or configuration · 3 could not do it'

function helpOf(verb: Verb): string {
  const rows = Object.entries({
    ...verb.options,
    json: { help: 'Print JSON; the last line is one object.' },
    help: { help: 'Print this text.' },
  })
  const width = Math.max(...rows.map(([key]) => key.length))
  return [
    `usage: quantum ${verb.name} ${verb.usage}`.trimEnd(),
    '',
    verb.summary,
    ...(verb.details === undefined ? [] : ['', verb.details]),
    '',
    ...rows.map(([key, { help }]) => `  --${key.padEnd(width)}  ${help}`),
    '',
    exitCodes,
  ].join('\n')
}
