// How far a long job has come, on stderr: one line drawn anew on a terminal, a line for every tenth elsewhere.
// It never writes to stdout, which belongs to the result, and keeps silent with --json unless a person watches.
import type { Io } from './verb.ts'

/** A terminal that a line can be drawn on. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** How a job shows its progress. */
export interface ProgressOptions {
  /** Name of the job, for example backtest. */
  label: string
  /** The verb's own ways out: its clock, and where whole lines go. */
  io: Pick<Io, 'err' | 'now'>
  /** Whether the result is JSON: then only a terminal sees progress. */
  json: boolean
  /** Where a line is drawn if it is a terminal; stderr by default. */
  stream?: ProgressStream
}

/** The progress of one job. */
export interface Progress {
  /** Share of the work that is done, 0 to 1; `note` says more, for example ticks so far. */
  update(share: number, note?: string): void
  /** Ends the line. Call it also when the job fails, so that the error starts on a line of its own. */
  done(): void
}

/** A terminal is drawn anew this often at most. */
const REDRAW_MS = 100
/** An estimate from less time than this is noise. */
const ESTIMATE_AFTER_MS = 1_000
const BAR_CELLS = 24
const DEFAULT_COLUMNS = 80

/** Progress for a terminal, for a plain stream, or none. */
export function createProgress(options: ProgressOptions): Progress {
  const stream = options.stream ?? process.stderr
  if (stream.isTTY === true) return drawnLine(options, stream)
  return options.json ? { update: () => undefined, done: () => undefined } : tenths(options)
}

function drawnLine({ label, io }: ProgressOptions, stream: ProgressStream): Progress {
  const startedAtMs = io.now()
  let drawnAtMs = -Infinity
  let pending = ''
  return {
    update(given, note = '') {
      const atMs = io.now()
      const share = bounded(given)
      pending = describe(label, share, atMs - startedAtMs, note, drawBar(share))
      if (atMs - drawnAtMs < REDRAW_MS) return
      drawnAtMs = atMs
      draw(stream, pending)
    },
    done() {
      if (pending === '') return
      draw(stream, pending)
      stream.write('\n')
      pending = ''
    },
  }
}

function tenths({ label, io }: ProgressOptions): Progress {
  const startedAtMs = io.now()
  let written = 0
  return {
    update(given, note = '') {
      const share = bounded(given)
      const tenth = Math.floor(share * 10)
      if (tenth <= written) return
      written = tenth
      io.err(describe(label, share, io.now() - startedAtMs, note, ''))
    },
    done: () => undefined,
  }
}

/** Work that outgrows its estimate stays at all of it; a share of no work at all, NaN, is all too. */
function bounded(share: number): number {
  return share < 1 ? Math.max(share, 0) : 1
}

function describe(
  label: string,
  share: number,
  spentMs: number,
  note: string,
  bar: string,
): string {
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`
  const left = share > 0 && share < 1 && spentMs >= ESTIMATE_AFTER_MS
  const rest = left ? `${seconds((spentMs * (1 - share)) / share)} left` : seconds(spentMs)
  return [label, bar, percent, note, rest].filter((part) => part !== '').join('  ')
}

function drawBar(share: number): string {
  const full = Math.floor(share * BAR_CELLS)
  return '█'.repeat(full) + '░'.repeat(BAR_CELLS - full)
}

/** Back to the start, the line, then away with the rest of the one before. A longer line would wrap and could not be drawn over. */
function draw(stream: ProgressStream, line: string): void {
  const columns = stream.columns ?? DEFAULT_COLUMNS
  stream.write(`\r${[...line].slice(0, Math.max(columns - 1, 1)).join('')}\u001b[K`)
}

function seconds(lengthMs: number): string {
  const whole = Math.round(lengthMs / 1_000)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} m ${whole % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} m`
}
