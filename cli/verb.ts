// What a verb of the command line is. Every verb has --help, --json and documented exit codes.
import type { ParseArgsOptionsConfig } from 'node:util'

/** Exit codes, the same for every verb. */
export const exit = {
  ok: 0,
  /** The verb worked and found something wrong: a bad row on the map, a lint error, an unknown id. */
  finding: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** It could not do its work: a file is missing, the log is in use, the disk is full. */
  failed: 3,
} as const

export interface Io {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => number
  readonly isTty: boolean
}

export interface Invocation {
  readonly values: Readonly<Record<string, string | boolean | string[] | undefined>>
  readonly positionals: readonly string[]
  readonly io: Io
  readonly json: boolean
}

export interface Verb {
  readonly name: string
  readonly summary: string
  /** What --help says about it besides the summary. */
  readonly details?: string
  /** The part after the verb's name, for example `FILES… [--bar 5s]`. */
  readonly usage: string
  /** Option name to what --help says about it. */
  readonly options: Readonly<Record<string, VerbOption>>
  readonly run: (invocation: Invocation) => Promise<number>
}

export type VerbOption = NonNullable<ParseArgsOptionsConfig>[string] & { readonly help: string }

/** A fault of the person at the keyboard, or of a file: its text is all that is shown. */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly exitCode: number
  constructor(text: string, exitCode: number = exit.usage) {
    super(text)
    this.exitCode = exitCode
  }
}

const durationUnits: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Milliseconds of `60s`, `5m`, `1h`, `250ms`. Throws a UserError that names the option. */
export function durationMs(option: string, text: string): number {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text)
  const value = match === null ? 0 : Number(match[1]) * durationUnits[match[2]!]!
  if (value <= 0)
    throw new UserError(`--${option}: expected a duration such as 60s, 5m or 1h, was ${text}`)
  return value
}
