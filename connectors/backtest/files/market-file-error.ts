// What can be wrong with a market file: a fault of the file stops it, a fault of one row is handed over and the feed goes on.
// Every fault names file, line, column, value and what was expected; no row is ever dropped without one.
import { basename } from 'node:path'
import type { DeadLetter } from '../../../schemas/types.gen.ts'

/** Where a fault lies. `line` counts from 1, the header included; 0 means the file as a whole. */
export interface FaultPlace {
  file: string
  line: number
  column: string
  value: string
  expected: string
}

/** A fault of a file as a whole: missing, not gzip, truncated, unknown columns, empty. Thrown by opening and by reading. */
export class MarketFileError extends Error {
  override readonly name = 'MarketFileError'
  readonly file: string
  readonly line: number
  readonly column: string
  readonly value: string
  readonly expected: string

  constructor(place: FaultPlace) {
    super(describeFault(place, place.file))
    this.file = place.file
    this.line = place.line
    this.column = place.column
    this.value = place.value
    this.expected = place.expected
  }
}

/** A row that is refused, with the record that keeps it. */
export interface BadRow extends FaultPlace {
  letter: DeadLetter
}

/** What a decoder says about a row that it can't read. */
export interface RowFault {
  column: string
  value: string
  expected: string
}

/**
 * The refusal of one row. The record names the file without its folder, so that a run gives the same
 * records wherever the files lie, and it carries the raw line.
 */
export function refuseRow(place: FaultPlace, symbol: string, line: Buffer, atMs: number): BadRow {
  return {
    ...place,
    letter: {
      topic: 'exchange.tick',
      partition: -1,
      offset: -1,
      key: symbol,
      processor: 'market-files',
      cause: 'INVALID_VALUE',
      detail: describeFault(place, basename(place.file)),
      payload_encoding: 'BASE64',
      payload: line.toString('base64'),
      at_ms: atMs,
    },
  }
}

function describeFault(place: FaultPlace, file: string): string {
  const line = place.line > 0 ? `:${place.line}` : ''
  const column = place.column === '' ? '' : ` ${place.column}`
  return `${file}${line}${column}: expected ${place.expected}, was ${place.value}`
}
