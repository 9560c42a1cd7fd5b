// How far a long job has come, on stderr: one line drawn anew on a terminal, a line for every tenth elsewhere.
// It never writes to stdout, which belongs to the result, and keeps silent with --json unless a person watches.

/** Where progress goes: process.stderr, or a recorder in a test. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** How a job shows its progress. */
export interface ProgressOptions {
  /** Name of the job, for example backtest. */
  label: string
  stream: ProgressStream
  /** Milliseconds of any clock that moves forward. */
  now: () => number
  /** Whether the result is JSON: then only a terminal sees progress. */
  json: boolean
}

/** The progress of one job. */
export interface Progress {
  /** Work done of the work there is, in any unit; `note` says more, for example ticks so far. */
  update(done: number, total: number, note?: string): void
  /** Ends the line. Call it also when the job fails, so that the error starts on a line of its own. */
  finish(): void
}

/** A terminal is drawn anew this often at most. */
const REDRAW_MS = 100
/** An estimate from less time than this is noise. */
const ESTIMATE_AFTER_MS = 1_000
const BAR_CELLS = 24
const DEFAULT_COLUMNS = 80

/** Progress for a terminal, for a plain stream, or none. */
export function startProgress(options: ProgressOptions): Progress {
  if (options.stream.isTTY === true) return drawnLine(options)
  return options.json ? { update: () => undefined, finish: () => undefined } : tenths(options)
}

function drawnLine({ label, stream, now }: ProgressOptions): Progress {
  const startedAtMs = now()
  let drawnAtMs = -Infinity
  let pending = ''
  return {
    update(done, total, note = '') {
      const atMs = now()
      const share = shareOf(done, total)
      pending = describe(label, share, atMs - startedAtMs, note, drawBar(share))
      if (atMs - drawnAtMs < REDRAW_MS) return
      drawnAtMs = atMs
      draw(stream, pending)
    },
    finish() {
      if (pending === '') return
      draw(stream, pending)
      stream.write('\n')
      pending = ''
    },
  }
}

function tenths({ label, stream, now }: ProgressOptions): Progress {
  const startedAtMs = now()
  let written = 0
  return {
    update(done, total, note = '') {
      const share = shareOf(done, total)
      const tenth = Math.floor(share * 10)
      if (tenth <= written) return
      written = tenth
      stream.write(`${describe(label, share, now() - startedAtMs, note, '')}\n`)
    },
    finish: () => undefined,
  }
}

/** Work that outgrows its estimate stays at all of it; no work at all is done. */
function shareOf(done: number, total: number): number {
  return total > 0 ? Math.min(Math.max(done / total, 0), 1) : 1
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
