// Cuts the bytes of a file into rows and fields, in place and without a string: fields are two offsets into one window.
// It knows commas and line ends, and nothing about what the fields mean. Quoted fields don't occur in these files.
import type { ByteSource } from './byte-source.ts'
import { MarketFileError } from './market-file-error.ts'
import { parseDecimal } from './numbers.ts'

/** No line of market data is longer; a file with a longer one is something else. */
const LINE_LIMIT_BYTES = 64 * 1024
const WINDOW_BYTES = LINE_LIMIT_BYTES + 256 * 1024
/** Offsets are kept for so many fields; a row with more is counted, and refused by its count. */
const FIELD_LIMIT = 16

const COMMA = 44
const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** The row read last, and the window that it lies in. */
export interface RowReader {
  readonly file: string
  readonly source: ByteSource
  readonly bytes: Buffer
  /** Field i lies between starts[i] and ends[i]. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** Line of that row, from 1. */
  line: number
  /** Number of its fields. */
  fields: number
  from: number
  to: number
  /** Unread bytes of the window. */
  next: number
  end: number
}

/** A reader before the first row. */
export function readRows(file: string, source: ByteSource): RowReader {
  return {
    file,
    source,
    bytes: Buffer.allocUnsafe(WINDOW_BYTES),
    starts: new Int32Array(FIELD_LIMIT),
    ends: new Int32Array(FIELD_LIMIT),
    line: 0,
    fields: 0,
    from: 0,
    to: 0,
    next: 0,
    end: 0,
  }
}

/** Moves to the next row that is not blank; false at the end of the file. Throws MarketFileError when the file is broken. */
export function nextRow(rows: RowReader): boolean {
  for (;;) {
    const stop = cutRow(rows)
    if (stop < 0) {
      if (refill(rows)) continue
      if (rows.next === rows.end) return false
    }
    // The last line of a file may lack its line feed.
    const lineEnd = stop < 0 ? rows.end : stop
    const to = rows.bytes[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd
    rows.from = rows.next
    rows.to = Math.max(to, rows.from)
    if (rows.fields < FIELD_LIMIT) rows.ends[rows.fields] = rows.to
    rows.fields += 1
    rows.next = stop < 0 ? rows.end : stop + 1
    rows.line += 1
    if (rows.to > rows.from) return true
  }
}

/** Sets the offsets of the fields up to the line feed and returns where it is, -1 when the window ends before it. */
function cutRow(rows: RowReader): number {
  const { bytes, starts, ends, end } = rows
  let at = rows.next
  let fields = 0
  starts[0] = at
  for (; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte > COMMA) continue
    if (byte === COMMA) {
      if (fields < FIELD_LIMIT - 1) {
        ends[fields] = at
        starts[fields + 1] = at + 1
      }
      fields += 1
    } else if (byte === LINE_FEED) {
      rows.fields = fields
      return at
    }
  }
  rows.fields = fields
  return -1
}

/** Moves the rest to the front of the window and puts the next piece behind it; false when there is none. */
function refill(rows: RowReader): boolean {
  const rest = rows.end - rows.next
  if (rest > LINE_LIMIT_BYTES) {
    throw new MarketFileError({
      file: rows.file,
      line: rows.line + 1,
      column: '',
      value: 'a longer one',
      expected: `a line of at most ${LINE_LIMIT_BYTES} bytes`,
    })
  }
  const piece = rows.source.read(rows.line + 1)
  if (piece === null) return false
  rows.bytes.copyWithin(0, rows.next, rows.end)
  piece.copy(rows.bytes, rest)
  rows.next = 0
  rows.end = rest + piece.length
  if (rows.line === 0 && rest === 0) skipByteOrderMark(rows)
  return true
}

function skipByteOrderMark(rows: RowReader): void {
  const [first, second, third] = rows.bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) rows.next = 3
}

/** A field as text. */
export function fieldText(rows: RowReader, index: number): string {
  return rows.bytes.toString('utf8', rows.starts[index], rows.ends[index])
}

/** Whether a field has no bytes. */
export function isEmptyField(rows: RowReader, index: number): boolean {
  return rows.starts[index] === rows.ends[index]
}

/** A field as a decimal number, NaN when it is none. */
export function decimalField(rows: RowReader, index: number): number {
  return parseDecimal(rows.bytes, rows.starts[index] ?? 0, rows.ends[index] ?? 0)
}

/** A copy of the whole row without its line end. */
export function rowBytes(rows: RowReader): Buffer {
  return Buffer.from(rows.bytes.subarray(rows.from, rows.to))
}
