// Looks at the beginning of a market file without reading the rest: columns, first time, length of bars, steps of its numbers.
// So every file of a long run is checked before its first tick, and opened in full only when its turn comes.
import { readColumns, type Columns } from './columns.ts'
import type { MarketFileName } from './file-name.ts'
import { MarketFileError } from './market-file-error.ts'
import { parseTimeMs } from './numbers.ts'
import { peekBytes } from './open-bytes.ts'
import { nextRow, readRows, type RowReader } from './rows.ts'

/** So many rows are enough to see the interval of bars and the decimals of prices. */
const SAMPLE_ROWS = 1_000

/** What the first rows say. */
export interface FilePeek {
  columns: Columns
  /** Length of the bars; null for trades and quotes. */
  intervalMs: number | null
}

/** A reader over the whole lines at the beginning of a file, standing before its first line. */
export function openHead(file: string): RowReader {
  const { head, whole } = peekBytes(file)
  const cut = whole ? head.length : head.lastIndexOf(10) + 1
  let rest: Buffer | null = head.subarray(0, cut)
  return readRows(file, {
    // In pieces, because a piece must fit into the reader's window.
    read() {
      if (rest === null || rest.length === 0) return null
      const piece = rest.subarray(0, 65_536)
      rest = rest.subarray(piece.length)
      return piece
    },
    bytesRead: () => 0,
    close: () => undefined,
  })
}

/** Checks the beginning of a file. Throws MarketFileError for unknown columns, no rows, or bars of another length than named. */
export function peekFile(name: MarketFileName): FilePeek {
  const rows = openHead(name.path)
  const columns = openFirstRow(rows, name)
  return { columns, intervalMs: name.kind === 'klines' ? readInterval(rows, name) : null }
}

/** Reads the columns and leaves the reader on the first row that holds data. */
export function openFirstRow(rows: RowReader, name: MarketFileName): Columns {
  const hasLine = nextRow(rows)
  const columns = hasLine ? readColumns(rows, name.kind) : null
  if (columns === null || (columns.hasHeader && !nextRow(rows))) {
    throw new MarketFileError({
      file: name.path,
      line: rows.line,
      column: '',
      value: hasLine ? 'a header alone' : 'no line',
      expected: `at least one row of ${name.kind}`,
    })
  }
  return columns
}

/** The name's interval, else the smallest step between open times, else the length of the only bar. */
function readInterval(rows: RowReader, name: MarketFileName): number {
  let smallest = Infinity
  let before = NaN
  let length = NaN
  for (let count = 0; count < SAMPLE_ROWS; count += 1) {
    const openAtMs = timeAt(rows, 0)
    const closeAtMs = timeAt(rows, 6)
    if (Number.isNaN(length)) length = closeAtMs + 1 - openAtMs
    if (openAtMs > before) smallest = Math.min(smallest, openAtMs - before)
    before = openAtMs
    if (!nextRow(rows)) break
  }
  const seen = smallest === Infinity ? length : smallest
  if (name.intervalMs !== null && !(seen < name.intervalMs)) return name.intervalMs
  if (name.intervalMs === null && seen > 0) return seen
  throw new MarketFileError({
    file: name.path,
    line: 0,
    column: 'open_time',
    value: Number.isNaN(seen) ? 'unknown' : `${seen} ms apart`,
    expected: `bars of ${name.intervalMs ?? 'some'} ms`,
  })
}

function timeAt(rows: RowReader, index: number): number {
  return parseTimeMs(rows.bytes, rows.starts[index] ?? 0, rows.ends[index] ?? 0)
}
